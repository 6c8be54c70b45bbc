use std::collections::BTreeMap;

use buio_ingest::{MAX_TEXT_BYTES, count_drop, html_to_text};
use buio_types::{DropReason, Post, Role, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// What a page does not say about itself.
#[derive(Debug, Clone, Default)]
pub struct DecodeContext {
    /// Host of the server that answered: local authors are named without it.
    pub instance: String,
    /// Hashtag (lower case, without `#`) → service that a post under it is about.
    pub services: BTreeMap<String, String>,
}

impl DecodeContext {
    /// A server without any hints.
    #[must_use]
    pub fn new(instance: &str) -> Self {
        DecodeContext {
            instance: instance.to_owned(),
            services: BTreeMap::new(),
        }
    }
}

/// What a page held.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// Its posts, oldest first.
    pub posts: Vec<Post>,
    /// Its other items, by reason.
    pub dropped: Vec<(DropReason, u64)>,
    /// Items in all; fewer than asked for means that nothing newer is there yet.
    pub n_items: usize,
    /// The server's largest id on the page, for `min_id`.
    pub newest_id: Option<String>,
    /// The smallest one.
    pub oldest_id: Option<String>,
}

/// The parts of a status that are used. Everything but `uri` may be missing: other servers of
/// the same API leave much out.
#[derive(Deserialize)]
struct Status {
    uri: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    spoiler_text: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    in_reply_to_id: Option<Value>,
    #[serde(default)]
    reblog: Option<Box<Status>>,
    #[serde(default)]
    tags: Option<Vec<Tag>>,
    #[serde(default)]
    account: Option<Account>,
}

#[derive(Deserialize)]
struct Tag {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    acct: String,
    #[serde(default)]
    bot: Option<bool>,
    #[serde(default)]
    created_at: Option<String>,
}

/// Reads one page of a timeline: a JSON array of statuses. A status that cannot be read is
/// counted as malformed and costs only itself.
///
/// # Errors
/// What the bytes are instead of a page, for people.
pub fn decode(bytes: &[u8], context: &DecodeContext) -> Result<Decoded, String> {
    let items: Vec<Value> = serde_json::from_slice(bytes).map_err(|_| what_instead(bytes))?;
    let mut decoded = Decoded {
        n_items: items.len(),
        ..Decoded::default()
    };
    for item in items {
        if let Some(id) = item
            .get("id")
            .and_then(Value::as_str)
            .filter(|id| is_id(id))
        {
            let is_beyond = |known: &Option<String>, beyond: fn(&str, &str) -> bool| {
                known.as_deref().is_none_or(|known| beyond(id, known))
            };
            if is_beyond(&decoded.newest_id, is_newer) {
                decoded.newest_id = Some(id.to_owned());
            }
            if is_beyond(&decoded.oldest_id, |id, oldest| is_newer(oldest, id)) {
                decoded.oldest_id = Some(id.to_owned());
            }
        }
        match serde_json::from_value(item) {
            Ok(status) => match post(status, context) {
                Ok(post) => decoded.posts.push(post),
                Err(reason) => count_drop(&mut decoded.dropped, reason, 1),
            },
            Err(_) => count_drop(&mut decoded.dropped, DropReason::Malformed, 1),
        }
    }
    // Pages are newest first; among posts of one instant that order is turned round as well.
    decoded.posts.reverse();
    decoded.posts.sort_by_key(|post| post.posted_at);
    Ok(decoded)
}

/// Reads one status, as recorded in a file.
///
/// # Errors
/// Why it is no post.
pub fn decode_status(bytes: &[u8], context: &DecodeContext) -> Result<Post, DropReason> {
    let status = serde_json::from_slice(bytes).map_err(|_| DropReason::Malformed)?;
    post(status, context)
}

/// Whether server id `a` was given after `b`. All servers of this API give ids that sort by
/// length and then by byte: snowflakes, flakes, ULIDs.
pub(crate) fn is_newer(a: &str, b: &str) -> bool {
    (a.len(), a) > (b.len(), b)
}

/// Whether `id` may be sent back in a query and kept in a cursor.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn post(status: Status, context: &DecodeContext) -> Result<Post, DropReason> {
    let server_at = status.id.as_deref().and_then(snowflake_time);
    let is_repost = status.reblog.is_some();
    let (uri, created_at, account) = (status.uri, status.created_at, status.account);
    // A boost carries its text in the boosted status; who boosts, and when, is outside.
    let body = match status.reblog {
        Some(boosted) => *boosted,
        None => Status {
            uri: String::new(),
            id: None,
            created_at: None,
            account: None,
            reblog: None,
            ..status
        },
    };
    if uri.is_empty() {
        return Err(DropReason::Malformed);
    }
    let text = text_of(&body);
    if text.is_empty() {
        return Err(DropReason::Empty);
    }
    let account = account.unwrap_or(Account {
        acct: String::new(),
        bot: None,
        created_at: None,
    });
    Ok(Post {
        id: uri,
        source: "mastodon".to_owned(),
        text,
        posted_at: created_at.as_deref().and_then(time),
        server_at,
        received_at: None,
        author: author_of(&account.acct, &context.instance),
        lang: body.language.filter(|lang| !lang.is_empty()),
        country: None,
        place: None,
        services: services_of(body.tags.as_deref().unwrap_or_default(), context),
        is_repost,
        is_reply: body.in_reply_to_id.is_some_and(|id| !id.is_null()),
        url: body.url.filter(|url| is_web_link(url)),
        role: match account.bot {
            Some(true) => Role::Monitor,
            _ => Role::User,
        },
        author_since: account.created_at.as_deref().and_then(time),
        is_deleted: false,
    })
}

fn text_of(status: &Status) -> String {
    let warning = status.spoiler_text.as_deref().unwrap_or_default().trim();
    let content = status.content.as_deref().unwrap_or_default();
    if warning.is_empty() {
        return html_to_text(content, MAX_TEXT_BYTES);
    }
    let mut text = warning.to_owned();
    text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES / 2));
    let content = html_to_text(content, MAX_TEXT_BYTES - text.len() - 1);
    if !content.is_empty() {
        text.push('\n');
        text.push_str(&content);
    }
    text
}

/// `user@host` for everybody: servers leave their own host out.
fn author_of(acct: &str, instance: &str) -> Option<String> {
    let acct = acct.trim().to_lowercase();
    if acct.is_empty() {
        None
    } else if acct.contains('@') {
        Some(acct)
    } else {
        Some(format!("{acct}@{instance}"))
    }
}

fn services_of(tags: &[Tag], context: &DecodeContext) -> Vec<String> {
    let mut services: Vec<String> = tags
        .iter()
        .filter_map(|tag| context.services.get(&tag.name.to_lowercase()))
        .cloned()
        .collect();
    services.sort_unstable();
    services.dedup();
    services
}

fn is_web_link(url: &str) -> bool {
    url.len() <= 2048 && (url.starts_with("https://") || url.starts_with("http://"))
}

/// Some servers leave the offset out; they mean UTC.
fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text)
        .or_else(|_| Timestamp::parse(&format!("{text}Z")))
        .ok()
}

/// Mastodon's ids hold the milliseconds of arrival above 16 bits of counter. Ids of other
/// servers are no such numbers, or give years in which there was no Mastodon.
fn snowflake_time(id: &str) -> Option<Timestamp> {
    const FIRST_MILLIS: i64 = 1_451_606_400_000; // 2016
    const LAST_MILLIS: i64 = 4_102_444_800_000; // 2100
    let millis = id.parse::<i64>().ok()? >> 16;
    (FIRST_MILLIS..LAST_MILLIS)
        .contains(&millis)
        .then(|| Timestamp::from_millis(millis))
}

fn what_instead(bytes: &[u8]) -> String {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => "an empty answer instead of a timeline",
        Some(b'<') => "a web page instead of a timeline",
        Some(b'{') => "an error object instead of a timeline",
        Some(b'[') => "a damaged timeline",
        Some(_) => "something else than a timeline",
    }
    .to_owned()
}

#[cfg(test)]
#[path = "decode/tests.rs"]
mod tests;
