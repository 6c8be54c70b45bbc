use buio_types::{DropReason, Post, Timestamp};
use serde::{Deserialize, Serialize};

/// What a source has to say at one moment: posts, the cursor after them, and how it fares.
///
/// Posts, drops and cursor are to be committed together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The source's name: the key of its cursor and health.
    pub source: String,
    /// In the order in which the source gave them; `received_at` is set.
    pub posts: Vec<Post>,
    /// What to give the source after a restart; `None` when it has not changed.
    pub cursor: Option<String>,
    /// How the source fares after this batch.
    pub health: SourceHealth,
    /// What the source gave that is no post of this batch, by reason; each reason once.
    pub dropped: Vec<(DropReason, u64)>,
}

/// Whether a source can be believed, and if not, why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceHealth {
    /// Its state.
    pub state: SourceState,
    /// When it last answered as it should.
    pub last_ok: Option<Timestamp>,
    /// Event time of the newest post seen since the start.
    pub last_post_at: Option<Timestamp>,
    /// Seconds between that post's event time and its receipt.
    pub lag_s: Option<i64>,
    /// What is wrong, for people; `None` when nothing is.
    pub error: Option<String>,
    /// When it will be asked again.
    pub next_poll_at: Option<Timestamp>,
    /// A stretch that is lost for good, if this batch stands behind one.
    pub gap: Option<String>,
}

/// The states of a source. Only `Ok` is coverage: silence in any other state says nothing about
/// the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Not asked yet.
    Starting,
    /// Answers.
    Ok,
    /// Connected, but gives nothing where silence is not normal.
    Stalled,
    /// No usable answer; asked again with growing waits.
    Unreachable,
    /// Answers, but with something else than promised (a web page, a broken body).
    Unreadable,
    /// Asked us to stay away for a while.
    RateLimited,
    /// Refuses us, or is gone; asked again once an hour.
    Disabled,
}

impl SourceState {
    /// The state's name in outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SourceState::Starting => "starting",
            SourceState::Ok => "ok",
            SourceState::Stalled => "stalled",
            SourceState::Unreachable => "unreachable",
            SourceState::Unreadable => "unreadable",
            SourceState::RateLimited => "rate_limited",
            SourceState::Disabled => "disabled",
        }
    }
}

impl SourceHealth {
    /// A source that was not asked yet.
    #[must_use]
    pub const fn starting() -> Self {
        SourceHealth {
            state: SourceState::Starting,
            last_ok: None,
            last_post_at: None,
            lag_s: None,
            error: None,
            next_poll_at: None,
            gap: None,
        }
    }
}
