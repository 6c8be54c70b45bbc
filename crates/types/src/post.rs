use serde::{Deserialize, Serialize};

use crate::{CountryCode, Timestamp};

/// One public post as an ingestor hands it over: plain text and what the platform said beside it.
///
/// The contract's NDJSON line is read by [`Post::from_json`]. Fields that the platform fills
/// badly (a country that is no code, a time that is none) are left empty rather than refused;
/// only `id`, `source` and `text` are required.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Post {
    /// Unique within `source`.
    pub id: String,
    /// Where the post comes from: `bluesky`, `mastodon`, a feed's name, …
    pub source: String,
    /// Plain text; empty only for a tombstone.
    pub text: String,
    /// When the author claims to have posted.
    pub posted_at: Option<Timestamp>,
    /// When the server that carried the post says it arrived there.
    pub server_at: Option<Timestamp>,
    /// When we received it; in a replay, the running maximum of `posted_at`.
    pub received_at: Option<Timestamp>,
    /// Opaque key of the author.
    pub author: Option<String>,
    /// BCP 47 tag declared by author or platform: often missing, sometimes wrong.
    pub lang: Option<String>,
    /// Country declared by the platform (geotag, place).
    pub country: Option<CountryCode>,
    /// The profile's free-text location.
    pub place: Option<String>,
    /// Names of services that the collection context binds the post to.
    pub services: Vec<String>,
    /// A copy of somebody else's post.
    pub is_repost: bool,
    /// An answer to another post.
    pub is_reply: bool,
    /// Where a person can read it.
    pub url: Option<String>,
    /// Who speaks.
    pub role: Role,
    /// When the account was made, if the platform says so.
    pub author_since: Option<Timestamp>,
    /// A tombstone: the post of this `source` and `id` was deleted upstream.
    pub is_deleted: bool,
}

/// Who speaks in a post. Only users report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A person using the service.
    #[default]
    User,
    /// The service or its staff.
    Official,
    /// A bot or page that watches services.
    Monitor,
    /// A newsroom.
    News,
}

/// Why a post was not counted. Every post that comes in is either counted or dropped for one of
/// these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The line or message could not be read as a post.
    Malformed,
    /// The line or message was longer than the written bound.
    TooLarge,
    /// The text is empty after trimming.
    Empty,
    /// A replay needs `posted_at`.
    NoTime,
    /// `posted_at` lies after the command's own start.
    Future,
    /// The same `source` and `id` were seen before.
    Duplicate,
    /// A tombstone, honoured.
    Tombstone,
}

impl DropReason {
    /// All reasons, so that counters can be registered at zero.
    pub const ALL: [DropReason; 7] = [
        DropReason::Malformed,
        DropReason::TooLarge,
        DropReason::Empty,
        DropReason::NoTime,
        DropReason::Future,
        DropReason::Duplicate,
        DropReason::Tombstone,
    ];

    /// The reason's name in the contract's output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DropReason::Malformed => "malformed",
            DropReason::TooLarge => "too_large",
            DropReason::Empty => "empty",
            DropReason::NoTime => "no_time",
            DropReason::Future => "future",
            DropReason::Duplicate => "duplicate",
            DropReason::Tombstone => "tombstone",
        }
    }
}

/// Why a JSON object is no post; `column` counts bytes of the line from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PostFault {
    /// What is wrong, without the position.
    pub message: String,
    /// Where in the line, 0 when unknown.
    pub column: usize,
}

/// The contract's line, as loosely typed as the world writes it.
#[derive(Deserialize)]
#[serde(expecting = "a JSON object that is a post")]
struct PostLine {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
    source: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    posted_at: Option<String>,
    #[serde(default)]
    author: Option<String>,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    place: Option<String>,
    #[serde(default)]
    services: Option<Vec<String>>,
    #[serde(default)]
    repost: Option<bool>,
    #[serde(default)]
    reply: Option<bool>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    author_since: Option<String>,
    #[serde(default)]
    deleted: Option<bool>,
}

/// Exports often hold numeric ids; they are taken as their digits.
fn text_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Unsigned(u64),
        Signed(i64),
    }
    Ok(match Id::deserialize(deserializer)? {
        Id::Text(text) => text,
        Id::Unsigned(number) => number.to_string(),
        Id::Signed(number) => number.to_string(),
    })
}

impl Post {
    /// Reads one line of the contract's NDJSON. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`PostFault`] when the line is no JSON object, or lacks `id`, `source` or (unless it is a
    /// tombstone) `text`, or `posted_at` is present and no RFC 3339 time.
    pub fn from_json(line: &[u8]) -> Result<Post, PostFault> {
        let line: PostLine = serde_json::from_slice(line).map_err(|error| PostFault {
            // serde_json appends the position; callers show it as file:line:column instead.
            message: error
                .to_string()
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned(),
            column: error.column(),
        })?;
        let is_deleted = line.deleted.unwrap_or(false);
        let text = match line.text {
            Some(text) => text,
            None if is_deleted => String::new(),
            None => return Err(fault("missing field `text`")),
        };
        let posted_at = match line.posted_at.as_deref().map(Timestamp::parse) {
            None => None,
            Some(Ok(posted_at)) => Some(posted_at),
            Some(Err(error)) => return Err(fault(&format!("field `posted_at`: {error}"))),
        };
        Ok(Post {
            id: line.id,
            source: line.source,
            text,
            posted_at,
            server_at: None,
            received_at: None,
            author: line.author.filter(|author| !author.is_empty()),
            lang: line.lang.filter(|lang| !lang.is_empty()),
            country: line.country.and_then(|country| country.trim().parse().ok()),
            place: line.place.filter(|place| !place.is_empty()),
            services: line.services.unwrap_or_default(),
            is_repost: line.repost.unwrap_or(false),
            is_reply: line.reply.unwrap_or(false),
            url: line.url,
            role: match line.role.as_deref() {
                Some("official") => Role::Official,
                Some("monitor") => Role::Monitor,
                Some("news") => Role::News,
                _ => Role::User,
            },
            author_since: line
                .author_since
                .and_then(|since| Timestamp::parse(&since).ok()),
            is_deleted,
        })
    }

    /// Event time: the earlier of the claimed and the server's time, at most `ahead_secs` after
    /// `now`. A post without any time happened at `now`.
    #[must_use]
    pub fn event_time(&self, now: Timestamp, ahead_secs: i64) -> Timestamp {
        let said = match (self.posted_at, self.server_at) {
            (Some(claimed), Some(server)) => claimed.min(server),
            (Some(time), None) | (None, Some(time)) => time,
            (None, None) => now,
        };
        said.min(now.plus_secs(ahead_secs))
    }
}

fn fault(message: &str) -> PostFault {
    PostFault {
        message: message.to_owned(),
        column: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_odd_optional_fields_is_still_a_post() {
        let line = br#"{"id":7,"source":"x","text":"hm","country":"Italia","role":"king",
            "author":"","author_since":"then","unknown":[1,{}],"services":null}"#;
        let post = Post::from_json(line).unwrap();
        assert_eq!(
            (post.id.as_str(), post.country, post.role),
            ("7", None, Role::User)
        );
        assert_eq!((post.author, post.author_since), (None, None));
    }

    #[test]
    fn what_is_required_is_asked_for_by_name() {
        let message = |line: &str| Post::from_json(line.as_bytes()).unwrap_err().message;
        assert_eq!(message(r#"{"source":"x","text":""}"#), "missing field `id`");
        assert_eq!(
            message(r#"{"id":"1","source":"x"}"#),
            "missing field `text`"
        );
        assert!(message(r#"{"id":"1","source":"x","text":"","posted_at":"now"}"#).contains("now"));
        assert!(
            Post::from_json(br#"{"id":"1","source":"x","deleted":true}"#)
                .unwrap()
                .is_deleted
        );
    }

    #[test]
    fn event_time_is_the_earlier_claim_and_never_far_ahead() {
        let at = |secs| Some(Timestamp::from_secs(secs));
        let event = |posted_at, server_at| {
            Post {
                posted_at,
                server_at,
                ..Post::default()
            }
            .event_time(Timestamp::from_secs(1000), 120)
            .as_secs()
        };
        assert_eq!(event(at(900), at(950)), 900);
        assert_eq!(event(at(5000), at(990)), 990);
        assert_eq!(event(at(5000), None), 1120);
        assert_eq!(event(None, None), 1000);
    }
}
