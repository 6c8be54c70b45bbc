use buio_ingest::{MAX_TEXT_BYTES, count_drop, html_to_text};
use buio_types::{DropReason, Post, Role};

use crate::charset::to_text;
use crate::date::parse_date;
use crate::document::{Document, Item, Text};
use crate::json::parse_json;
use crate::xml::parse_xml;

/// What a document does not say about itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedContext {
    /// The feed's address: tells apart items of different feeds that use the same short ids.
    pub url: String,
    /// The name that its posts carry as their source.
    pub source: String,
    /// Who speaks in it.
    pub role: Role,
    /// The language, where the operator knows better than the feed.
    pub lang: Option<String>,
    /// Services that all of it is about.
    pub services: Vec<String>,
    /// The `Content-Type` of the answer, for its charset.
    pub content_type: Option<String>,
}

impl FeedContext {
    /// A newsroom's feed named `feed`.
    #[must_use]
    pub fn new(url: &str) -> Self {
        FeedContext {
            url: url.to_owned(),
            source: "feed".to_owned(),
            role: Role::News,
            ..FeedContext::default()
        }
    }
}

/// What a document held.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// Its posts, oldest first; those without a time keep their place.
    pub posts: Vec<Post>,
    /// Its other items, by reason. A document that breaks off counts one malformed item.
    pub dropped: Vec<(DropReason, u64)>,
    /// How long the publisher wants copies to be kept.
    pub ttl_minutes: Option<u64>,
}

/// Reads a feed document of any supported format.
///
/// # Errors
/// What the bytes are instead of a feed, for people.
pub fn decode(bytes: &[u8], context: &FeedContext) -> Result<Decoded, String> {
    let text = to_text(bytes, context.content_type.as_deref());
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}');
    let document = match text.chars().next() {
        None => return Err("an empty answer instead of a feed".to_owned()),
        Some('{') => parse_json(text)?,
        Some('<') if is_web_page(text) => return Err("a web page instead of a feed".to_owned()),
        Some('<') => parse_xml(text)?,
        Some(_) => return Err("neither XML nor JSON".to_owned()),
    };
    Ok(posts_of(document, context))
}

fn is_web_page(text: &str) -> bool {
    let head: String = text
        .chars()
        .take(15)
        .collect::<String>()
        .to_ascii_lowercase();
    head.starts_with("<!doctype html") || head.starts_with("<html") || head.starts_with("<head")
}

fn posts_of(document: Document, context: &FeedContext) -> Decoded {
    let mut decoded = Decoded {
        ttl_minutes: document.ttl_minutes,
        ..Decoded::default()
    };
    count_drop(
        &mut decoded.dropped,
        DropReason::TooLarge,
        document.n_beyond,
    );
    count_drop(
        &mut decoded.dropped,
        DropReason::Malformed,
        u64::from(document.is_cut),
    );
    // Feeds are newest first; those that are not are put in order by their times.
    for item in document.items.into_iter().rev() {
        match post(item, document.language.as_deref(), context) {
            Some(post) => decoded.posts.push(post),
            None => count_drop(&mut decoded.dropped, DropReason::Empty, 1),
        }
    }
    if decoded.posts.iter().all(|post| post.posted_at.is_some()) {
        decoded.posts.sort_by_key(|post| post.posted_at);
    }
    decoded
}

fn post(item: Item, feed_language: Option<&str>, context: &FeedContext) -> Option<Post> {
    let text = text_of(&item);
    if text.is_empty() {
        return None;
    }
    let languages = [
        context.lang.as_deref(),
        Some(item.language.as_str()),
        feed_language,
    ];
    let lang = languages.into_iter().flatten().find_map(language);
    let posted_at = parse_date(&item.published).or_else(|| parse_date(&item.updated));
    Some(Post {
        id: id_of(&item, &text, &context.url),
        source: context.source.clone(),
        text,
        posted_at,
        author: author_of(&item, context),
        lang,
        services: context.services.clone(),
        url: Some(item.link).filter(|link| is_web_link(link)),
        role: context.role,
        ..Post::default()
    })
}

/// Title and description, each once: many feeds begin the description with the title, and forum
/// feeds cut a title out of the text.
fn text_of(item: &Item) -> String {
    let title = plain(&item.title, MAX_TEXT_BYTES / 4);
    let body = if item.summary.is_empty() {
        &item.content
    } else {
        &item.summary
    };
    let body = plain(body, MAX_TEXT_BYTES - title.len() - 1);
    let body = without_reddit_tail(&body);
    let stem = title.trim_end_matches(['…', '.', ' ']);
    if stem.is_empty() || body.starts_with(stem) {
        body.to_owned()
    } else if body.is_empty() || title.contains(body) {
        title
    } else {
        format!("{title}\n{body}")
    }
}

/// Reddit ends each entry with "submitted by /u/name [link] [comments]", which nobody wrote.
fn without_reddit_tail(body: &str) -> &str {
    let tail = body
        .rfind("submitted by /u/")
        .filter(|_| body.ends_with("[comments]"));
    let end = tail.unwrap_or(body.len());
    body.get(..end).unwrap_or(body).trim_end()
}

fn plain(text: &Text, max_bytes: usize) -> String {
    if !text.is_plain {
        return html_to_text(&text.value, max_bytes);
    }
    let mut plain = String::new();
    for line in text.value.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        if !plain.is_empty() {
            plain.push('\n');
        }
        plain.push_str(&words.join(" "));
    }
    plain.truncate(plain.floor_char_boundary(max_bytes.min(plain.len())));
    plain
}

/// The item's own id, else its link, else its text. An id that is not unique in the world is
/// made so by the feed's address.
fn id_of(item: &Item, text: &str, feed_url: &str) -> String {
    const MAX_ID_CHARS: usize = 512;
    let own = [&item.id, &item.link]
        .into_iter()
        .map(|id| id.trim())
        .find(|id| !id.is_empty());
    let is_global =
        |id: &str| id.contains("://") || id.starts_with("tag:") || id.starts_with("urn:");
    let id = match own {
        Some(id) if is_global(id) => id.to_owned(),
        Some(id) => format!("{feed_url}#{id}"),
        None => format!("{feed_url}#{} {}", item.published.trim(), text),
    };
    id.chars().take(MAX_ID_CHARS).collect()
}

/// A forum's author is one of its users; a newsroom speaks with one voice.
fn author_of(item: &Item, context: &FeedContext) -> Option<String> {
    if context.role != Role::User {
        return Some(context.source.clone());
    }
    let name: String = item.author.trim().chars().take(200).collect();
    (!name.is_empty()).then(|| format!("{name}@{}", context.source))
}

/// A plausible BCP 47 tag.
fn language(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let first = tag.split('-').next()?;
    let is_tag = (2..=3).contains(&first.len())
        && tag.len() <= 16
        && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && first.chars().all(|c| c.is_ascii_alphabetic());
    is_tag.then_some(tag)
}

fn is_web_link(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

#[cfg(test)]
#[path = "decode/tests.rs"]
mod tests;
