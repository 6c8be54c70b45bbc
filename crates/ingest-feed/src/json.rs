use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::document::{Document, Item, MAX_FIELD_BYTES, MAX_ITEMS, Text};

/// JSON Feed 1.0 and 1.1, with the fields that are used.
#[derive(Deserialize)]
struct JsonFeed {
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    language: Option<String>,
    items: JsonItems,
}

/// The items up to the bound, and how many lie beyond.
#[derive(Default)]
struct JsonItems {
    items: Vec<JsonItem>,
    n_beyond: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct JsonItem {
    id: Option<Id>,
    url: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    content_text: Option<String>,
    content_html: Option<String>,
    date_published: Option<String>,
    date_modified: Option<String>,
    language: Option<String>,
    author: Option<Author>,
    authors: Option<Vec<Author>>,
}

/// The standard asks for a string and tolerates a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(serde_json::Number),
}

#[derive(Deserialize)]
struct Author {
    #[serde(default)]
    name: Option<String>,
}

/// Reads a JSON Feed.
///
/// # Errors
/// What the text is instead.
pub(crate) fn parse_json(text: &str) -> Result<Document, String> {
    let feed: JsonFeed = serde_json::from_str(text).map_err(|error| {
        let is_cut = error.is_eof();
        if is_cut {
            "JSON Feed broke off"
        } else {
            "JSON, but no JSON Feed"
        }
        .to_owned()
    })?;
    if !feed
        .version
        .is_some_and(|version| version.contains("jsonfeed.org"))
    {
        return Err("JSON, but no JSON Feed".to_owned());
    }
    Ok(Document {
        language: feed.language,
        n_beyond: feed.items.n_beyond,
        items: feed.items.items.into_iter().map(item).collect(),
        ..Document::default()
    })
}

fn item(json: JsonItem) -> Item {
    let authors = json.authors.into_iter().flatten().chain(json.author);
    let plain = |value: Option<String>| Text {
        value: short(value.unwrap_or_default(), MAX_FIELD_BYTES),
        is_plain: true,
    };
    let content = match json.content_html {
        Some(html) => Text {
            value: short(html, MAX_FIELD_BYTES),
            is_plain: false,
        },
        None => plain(json.content_text),
    };
    let small = |value: Option<String>| short(value.unwrap_or_default(), 2048);
    Item {
        id: match json.id {
            Some(Id::Text(id)) => short(id, 2048),
            Some(Id::Number(number)) => number.to_string(),
            None => String::new(),
        },
        link: small(json.url),
        title: plain(json.title),
        summary: plain(json.summary),
        content,
        author: small(authors.filter_map(|author| author.name).next()),
        published: small(json.date_published),
        updated: small(json.date_modified),
        language: small(json.language),
    }
}

fn short(mut text: String, max_bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(max_bytes.min(text.len())));
    text
}

impl<'de> Deserialize<'de> for JsonItems {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = JsonItems;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<JsonItems, A::Error> {
        let mut items = JsonItems::default();
        while items.items.len() < MAX_ITEMS {
            match seq.next_element()? {
                Some(item) => items.items.push(item),
                None => return Ok(items),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            items.n_beyond += 1;
        }
        Ok(items)
    }
}
