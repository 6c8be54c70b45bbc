use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use buio_outbound::{Outbound, OutboundError};
use buio_types::{DropReason, Post, Timestamp};
use serde::de::DeserializeOwned;

/// One place where posts come from.
pub trait Source: Send {
    /// Unique among the running sources and the same after a restart: the key of the cursor.
    /// `mastodon:mastodon.social`, `feed:https://example.org/feed.xml`.
    fn name(&self) -> &str;

    /// Fetches what is new after `cursor` (what an earlier poll returned, perhaps in an earlier
    /// run; `None` at the very first). May wait for the network, but returns within ten minutes.
    ///
    /// A failed poll must leave the source such that the next one, with the same cursor, finds
    /// what this one did not hand on.
    fn poll<'p>(&'p mut self, cursor: Option<&'p str>, now: Timestamp) -> PollFuture<'p>;

    /// Silence longer than this is a fault of the source (a firehose), not calm (a hashtag).
    fn stall_after(&self) -> Option<Duration> {
        None
    }
}

/// What [`Source::poll`] returns.
pub type PollFuture<'p> = Pin<Box<dyn Future<Output = Result<Polled, PollError>> + Send + 'p>>;

/// A successful poll.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Polled {
    /// New posts, oldest first where the source knows an order. At most a few hundred.
    pub posts: Vec<Post>,
    /// What was read and is no new post.
    pub dropped: Vec<(DropReason, u64)>,
    /// The cursor after these posts; `None` when it has not moved.
    pub cursor: Option<String>,
    /// When to ask again, from now.
    pub next_in: Duration,
    /// A stretch that the source no longer offers, for people.
    pub gap: Option<String>,
}

/// Adds `n` to the count of `reason`.
pub fn count_drop(dropped: &mut Vec<(DropReason, u64)>, reason: DropReason, n: u64) {
    if n == 0 {
        return;
    }
    match dropped.iter_mut().find(|(known, _)| *known == reason) {
        Some((_, count)) => *count = count.saturating_add(n),
        None => dropped.push((reason, n)),
    }
}

/// A failed poll, named by what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// Ask again soon, then less and less often.
    #[error("{0}")]
    Unreachable(String),
    /// The same, but something answered: not what was promised.
    #[error("{0}")]
    Unreadable(String),
    /// Ask again after `retry_after`.
    #[error("asked to wait {} s", retry_after.as_secs())]
    RateLimited {
        /// How long to stay away.
        retry_after: Duration,
    },
    /// Nothing came where silence is a fault; connect anew.
    #[error("{0}")]
    Stalled(String),
    /// The operator or the server's owner must change something; ask again in an hour.
    #[error("{0}")]
    Disabled(String),
}

impl From<OutboundError> for PollError {
    fn from(error: OutboundError) -> Self {
        match error {
            OutboundError::RateLimited { retry_after } => PollError::RateLimited { retry_after },
            OutboundError::Refused(_) | OutboundError::Settings(_) => {
                PollError::Disabled(error.to_string())
            }
            // 408 and 425 ask for a repetition, 421 for another connection.
            OutboundError::Status(408 | 421 | 425) => PollError::Unreachable(error.to_string()),
            OutboundError::Status(status @ 400..=499) => PollError::Disabled(refusal(status)),
            OutboundError::TooLarge(_) | OutboundError::Encoding(_) => {
                PollError::Unreadable(error.to_string())
            }
            OutboundError::Unreachable(_)
            | OutboundError::TimedOut(_)
            | OutboundError::Status(_) => PollError::Unreachable(error.to_string()),
        }
    }
}

fn refusal(status: u16) -> String {
    let meaning = match status {
        401 => "wants a login",
        403 => "forbidden",
        404 => "not found",
        410 => "gone for good",
        451 => "withheld for legal reasons",
        _ => "refused",
    };
    format!("status {status}: {meaning}")
}

/// A kind of source: what a `[[source]]` table with its `type` is built by. Each source crate
/// exports one; the program lists them.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The `type` in the configuration.
    pub name: &'static str,
    /// A table that builds, without its header and `type`; shown to people.
    pub example: &'static str,
    /// Reads the table (without `type`) and makes its sources. Opens no connection.
    pub build: fn(toml::Table, &BuildContext) -> Built,
}

/// What [`Kind::build`] returns: the sources of one table, or what is wrong with it.
pub type Built = Result<Vec<Box<dyn Source>>, BuildError>;

/// What sources are given besides their settings.
#[derive(Clone)]
pub struct BuildContext {
    /// The way out.
    pub outbound: Arc<Outbound>,
    /// Hashtags worth following (without `#`) and the service that each is about, for sources
    /// whose settings name none.
    pub hashtags: Vec<(String, Option<String>)>,
}

/// The settings of a source are wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BuildError {
    /// What is wrong, lower-case.
    pub message: String,
    /// The key that it is about, so that the caller can find its line.
    pub key: Option<String>,
}

impl BuildError {
    /// A fault of the value of `key`.
    #[must_use]
    pub fn new(key: &str, message: impl Into<String>) -> Self {
        BuildError {
            message: message.into(),
            key: Some(key.to_owned()),
        }
    }
}

/// Reads a source's table into its settings.
///
/// # Errors
/// [`BuildError`] naming the unknown or ill-typed key.
pub fn settings<T: DeserializeOwned>(table: toml::Table) -> Result<T, BuildError> {
    table.clone().try_into().map_err(|error: toml::de::Error| {
        let message = error.message().to_owned();
        // "unknown field `x`, expected …" names the key; other faults are found by trying.
        let key = message
            .split('`')
            .nth(1)
            .filter(|key| table.contains_key(*key))
            .map(str::to_owned);
        BuildError { message, key }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        #[expect(dead_code, reason = "only its reading is tested")]
        instances: Vec<String>,
    }

    #[test]
    fn a_mistyped_key_is_named() {
        let table = "instancs = []".parse().unwrap();
        let error = settings::<Settings>(table).unwrap_err();
        assert_eq!(error.key.as_deref(), Some("instancs"));
        assert!(error.message.contains("instances"), "{error}");
        assert!(settings::<Settings>("instances = 7".parse().unwrap()).is_err());
    }

    #[test]
    fn statuses_become_states() {
        let state = |status| PollError::from(OutboundError::Status(status));
        for status in [400, 401, 403, 404, 410, 418, 422, 451] {
            assert!(matches!(state(status), PollError::Disabled(_)), "{status}");
        }
        for status in [408, 425, 500, 502, 503, 504, 100] {
            assert!(
                matches!(state(status), PollError::Unreachable(_)),
                "{status}"
            );
        }
    }

    #[test]
    fn drops_are_added_up_by_reason() {
        let mut dropped = Vec::new();
        count_drop(&mut dropped, DropReason::Duplicate, 2);
        count_drop(&mut dropped, DropReason::Empty, 0);
        count_drop(&mut dropped, DropReason::Duplicate, 3);
        assert_eq!(dropped, [(DropReason::Duplicate, 5)]);
    }
}
