use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::document::{Document, Item, MAX_FIELD_BYTES, MAX_ITEMS, Text, append};

/// Real feeds stay below ten; XHTML content adds a few.
const MAX_DEPTH: usize = 64;
const MAX_ATTRIBUTES: usize = 64;
const MAX_TAG_BYTES: usize = 16 * 1024;

/// Reads RSS of any version, RDF and Atom in one pass over borrowed text.
///
/// # Errors
/// What the text is instead of a feed.
pub(crate) fn parse_xml(text: &str) -> Result<Document, String> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut feed = FeedReader::default();
    loop {
        let step = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => feed.event(&event),
            Err(error) => Err(format!("damaged XML: {error}")),
        };
        if let Err(fault) = step {
            // What came before the fault is good.
            if feed.document.items.is_empty() {
                return Err(fault);
            }
            feed.document.is_cut = true;
            break;
        }
    }
    if !feed.has_root {
        return Err("no feed: no XML element".to_owned());
    }
    feed.document.is_cut |= !feed.open.is_empty();
    Ok(feed.document)
}

#[derive(Default)]
struct FeedReader {
    document: Document,
    /// Names of the open elements. Kept here, because real feeds forget to close some: an end
    /// tag closes everything above its start, and one without a start closes nothing.
    open: Vec<String>,
    has_root: bool,
    /// The entry being read, and the depth of its element.
    item: Option<(Item, usize)>,
    field: Option<Capture>,
}

/// A field being read.
struct Capture {
    field: Field,
    depth: usize,
    text: Text,
    /// Markup below this element is content (Atom's `xhtml`), not an escaped string.
    is_xhtml: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Id,
    Link,
    Title,
    Summary,
    Content,
    Author,
    Published,
    Updated,
    Language,
    FeedLanguage,
    FeedTtl,
}

impl FeedReader {
    fn event(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(tag) => self.start(tag)?,
            Event::Empty(tag) => {
                self.start(tag)?;
                self.close(self.open.len());
            }
            Event::End(tag) => {
                let name = tag.name();
                let start = self.open.iter().rposition(|open| open == name.as_ref());
                match start {
                    Some(idx) => self.close(idx + 1),
                    None => self.markup("/", name.as_ref()),
                }
            }
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => self.reference(reference),
            // Entities are never expanded, so only a document that defines some is suspect.
            Event::DocType(doctype) if doctype.contains('[') => {
                return Err("DOCTYPE with definitions".to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        if tag.len() > MAX_TAG_BYTES {
            return Err(format!("tag longer than {MAX_TAG_BYTES} bytes"));
        }
        let mut attributes = tag.attributes();
        if attributes
            .with_checks(false)
            .take(MAX_ATTRIBUTES + 1)
            .count()
            > MAX_ATTRIBUTES
        {
            return Err(format!("more than {MAX_ATTRIBUTES} attributes on one tag"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} elements"));
        }
        let qualified = tag.name();
        self.open.push(qualified.as_ref().to_owned());
        let depth = self.open.len();
        let name = plain_name(qualified.as_ref());
        if !self.has_root {
            self.root(tag, name)?;
        }
        if self.field.is_some() {
            self.markup("", name);
            return Ok(());
        }
        if self.item.is_none() && matches!(name, "item" | "entry") {
            let item = Item {
                // RSS 1.0 names its items by this.
                id: attribute(tag, "rdf:about").unwrap_or_default(),
                language: attribute(tag, "xml:lang").unwrap_or_default(),
                ..Item::default()
            };
            self.item = Some((item, depth));
            return Ok(());
        }
        let field = match &mut self.item {
            Some((item, item_depth)) => {
                let is_taken = name == "link" && take_link(item, tag);
                let depth_in_item = depth.saturating_sub(*item_depth);
                item_field(name, depth_in_item).filter(|_| !is_taken)
            }
            None => feed_field(name, depth),
        };
        self.field = field.map(|field| {
            let kind = attribute(tag, "type");
            Capture {
                field,
                depth,
                text: Text {
                    value: String::new(),
                    is_plain: matches!(kind.as_deref(), Some("text" | "plain" | "text/plain")),
                },
                is_xhtml: kind.as_deref() == Some("xhtml"),
            }
        });
        Ok(())
    }

    fn root(&mut self, tag: &BytesStart<'_>, name: &str) -> Result<(), String> {
        self.has_root = true;
        match name {
            "rss" | "rdf:RDF" | "RDF" | "feed" | "channel" => {
                self.document.language = attribute(tag, "xml:lang");
                Ok(())
            }
            "entry" | "item" => Ok(()),
            "html" | "HTML" => Err("a web page instead of a feed".to_owned()),
            other => Err(format!(
                "no feed: the document is <{}>",
                other.chars().take(40).collect::<String>()
            )),
        }
    }

    /// Closes the element at `depth` and all within it.
    fn close(&mut self, depth: usize) {
        let name = self
            .open
            .get(depth.saturating_sub(1))
            .cloned()
            .unwrap_or_default();
        self.open.truncate(depth.saturating_sub(1));
        if let Some(capture) = self.field.take_if(|capture| capture.depth >= depth) {
            self.keep(capture);
        } else {
            self.markup("/", &name);
        }
        if let Some((item, _)) = self.item.take_if(|(_, item_depth)| *item_depth >= depth) {
            if self.document.items.len() < MAX_ITEMS {
                self.document.items.push(item);
            } else {
                self.document.n_beyond += 1;
            }
        }
    }

    /// Keeps a tag inside a field (unescaped HTML, or XHTML) as markup for the HTML reader.
    fn markup(&mut self, slash: &str, name: &str) {
        /// Longer names are no HTML.
        const MAX_NAME_BYTES: usize = 32;
        if let Some(capture) = &mut self.field
            && name.len() <= MAX_NAME_BYTES
        {
            append(&mut capture.text.value, &format!("<{slash}{name}>"));
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(capture) = &mut self.field {
            append(&mut capture.text.value, text);
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) {
        let Some(capture) = &mut self.field else {
            return;
        };
        let name = reference.xml10_content();
        let known = match name.as_ref() {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => reference.resolve_char_ref().ok().flatten(),
        };
        match known {
            Some(c) if !capture.is_xhtml => {
                append(&mut capture.text.value, c.encode_utf8(&mut [0; 4]))
            }
            // In XHTML, and for HTML's own names that feeds use undefined, the HTML reader knows.
            _ if name.len() <= 32 => append(&mut capture.text.value, &format!("&{name};")),
            _ => {}
        }
    }

    fn keep(&mut self, capture: Capture) {
        let value = capture.text.value.trim();
        let short = || value.chars().take(2048).collect::<String>();
        match (&mut self.item, capture.field) {
            (_, Field::FeedLanguage) => self.document.language = Some(short()),
            (_, Field::FeedTtl) => self.document.ttl_minutes = value.parse().ok(),
            (None, _) => {}
            (Some((item, _)), field) => match field {
                Field::Title => first_text(&mut item.title, capture.text),
                Field::Summary => first_text(&mut item.summary, capture.text),
                Field::Content => first_text(&mut item.content, capture.text),
                Field::Id => item.id = short(),
                Field::Link => first(&mut item.link, short()),
                Field::Author => first(&mut item.author, short()),
                Field::Published => first(&mut item.published, short()),
                Field::Updated => first(&mut item.updated, short()),
                Field::Language => first(&mut item.language, short()),
                Field::FeedLanguage | Field::FeedTtl => {}
            },
        }
    }
}

fn first(place: &mut String, value: String) {
    if place.is_empty() {
        *place = value;
    }
}

fn first_text(place: &mut Text, text: Text) {
    debug_assert!(text.value.len() <= MAX_FIELD_BYTES);
    if place.is_empty() {
        *place = text;
    }
}

/// Atom's links are attributes, RSS's are text. Only the entry's own page is taken.
fn take_link(item: &mut Item, tag: &BytesStart<'_>) -> bool {
    let Some(href) = attribute(tag, "href") else {
        return false;
    };
    let rel = attribute(tag, "rel");
    if matches!(rel.as_deref(), None | Some("alternate")) {
        first(&mut item.link, href);
    }
    true
}

/// The name without the prefixes that some feeds put before Atom's and RSS's own elements. Other
/// vocabularies keep theirs: `media:title` is no title.
fn plain_name(name: &str) -> &str {
    let prefixes = ["atom:", "a10:", "rss:", "atom10:"];
    prefixes
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

fn item_field(name: &str, depth_in_item: usize) -> Option<Field> {
    match (name, depth_in_item) {
        ("title", 1) => Some(Field::Title),
        ("description" | "summary", 1) => Some(Field::Summary),
        ("content:encoded" | "content" | "fullitem", 1) => Some(Field::Content),
        ("guid" | "id", 1) => Some(Field::Id),
        ("link", 1) => Some(Field::Link),
        ("pubDate" | "pubdate" | "published" | "issued" | "dc:date", 1) => Some(Field::Published),
        ("updated" | "modified" | "dcterms:modified", 1) => Some(Field::Updated),
        ("dc:creator", 1) | ("name", 2) => Some(Field::Author),
        ("dc:language", 1) => Some(Field::Language),
        _ => None,
    }
}

fn feed_field(name: &str, depth: usize) -> Option<Field> {
    match (name, depth) {
        ("language" | "dc:language", 2 | 3) => Some(Field::FeedLanguage),
        ("ttl", 3) => Some(Field::FeedTtl),
        _ => None,
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref() == name)?;
    // A bare `&` in a link is common; then the raw value is the better guess.
    let value = unescape(&found.value).unwrap_or(Cow::Borrowed(&found.value));
    Some(value.trim().chars().take(2048).collect()).filter(|value: &String| !value.is_empty())
}
