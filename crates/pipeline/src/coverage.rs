use buio_types::Timestamp;
use serde::{Deserialize, Serialize};

/// How a source usually speaks, so that its silence can be told from calm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SourceMemory {
    first_at: Timestamp,
    /// When it began to speak after its last silence.
    live_since: Timestamp,
    last_at: Timestamp,
    longest_gap_secs: i64,
    n_posts: u64,
}

/// A span in which a source said nothing that it usually would have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Gap {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl SourceMemory {
    /// Silence that no source is trusted beyond. Longer → a dead source passes for calm; shorter
    /// → small sources are never covered at night.
    const LIMIT_MAX_SECS: i64 = 6 * 3600;
    /// Silence that every source is granted: a poll or two may fail.
    const LIMIT_MIN_SECS: i64 = 600;
    /// Posts and age from which a source's habits are believed.
    const KNOWN_POSTS: u64 = 50;
    const KNOWN_SECS: i64 = 6 * 3600;
    /// The longest gap is forgotten by half in this time: habits change.
    const GAP_HALF_LIFE_SECS: f64 = 7.0 * 86_400.0;
    /// After a start or a silence of a day, what arrives first shows how the capture begins, not
    /// how people fare. Shorter → the start of a capture raises an incident; longer → an outage
    /// that begins in this time is told late.
    const WARM_UP_SECS: i64 = 3600;
    const WARM_UP_AFTER_SECS: i64 = 86_400;

    pub(crate) fn new(at: Timestamp) -> Self {
        SourceMemory {
            first_at: at,
            live_since: at,
            last_at: at,
            longest_gap_secs: 0,
            n_posts: 1,
        }
    }

    /// A post arrived. Gives the silence before it when it was longer than this source's habit.
    pub(crate) fn note(&mut self, at: Timestamp) -> Option<Gap> {
        self.n_posts += 1;
        let silent_secs = at.secs_since(self.last_at);
        if silent_secs <= 0 {
            return None;
        }
        let gap = (silent_secs > self.limit_secs()).then(|| Gap {
            from: self.last_at.plus_secs(self.limit_secs()),
            to: at,
        });
        let kept = 0.5_f64.powf(silent_secs as f64 / Self::GAP_HALF_LIFE_SECS);
        self.longest_gap_secs = silent_secs
            .min(Self::LIMIT_MAX_SECS)
            .max((self.longest_gap_secs as f64 * kept) as i64);
        if silent_secs >= Self::WARM_UP_AFTER_SECS {
            self.live_since = at;
        }
        self.last_at = at;
        gap
    }

    /// The source answered without a post: it is live, and its habits stay as they are.
    pub(crate) fn answer(&mut self, at: Timestamp) {
        self.last_at = self.last_at.max(at);
    }

    /// How long this source may be silent before its silence means nothing.
    fn limit_secs(&self) -> i64 {
        let is_known = self.n_posts >= Self::KNOWN_POSTS
            && self.last_at.secs_since(self.first_at) >= Self::KNOWN_SECS;
        if is_known {
            (self.longest_gap_secs * 3 / 2).clamp(Self::LIMIT_MIN_SECS, Self::LIMIT_MAX_SECS)
        } else {
            Self::LIMIT_MAX_SECS
        }
    }

    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        now.secs_since(self.last_at) <= self.limit_secs()
    }

    /// When it began to speak, after its start or its last long silence.
    pub(crate) fn live_since(&self) -> Timestamp {
        self.live_since
    }

    /// When evidence from this source may begin.
    pub(crate) fn heard_since(&self) -> Timestamp {
        self.live_since.plus_secs(Self::WARM_UP_SECS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn a_busy_source_is_missed_within_minutes_and_a_slow_one_within_hours() {
        let mut busy = SourceMemory::new(at(0));
        for n in 1..30_000 {
            assert_eq!(busy.note(at(n)), None);
        }
        assert!(busy.is_live(at(30_000 + 500)));
        assert!(!busy.is_live(at(30_000 + 700)));

        let mut slow = SourceMemory::new(at(0));
        for n in 1..60 {
            assert_eq!(slow.note(at(n * 7200)), None);
        }
        assert!(slow.is_live(at(59 * 7200 + 10_000)));
        assert!(!slow.is_live(at(59 * 7200 + 22_000)));
    }

    #[test]
    fn a_long_silence_is_a_gap_and_starts_a_new_warm_up() {
        let mut source = SourceMemory::new(at(0));
        assert_eq!(source.heard_since(), at(3600));
        let gap = source.note(at(10 * 86_400)).unwrap();
        assert_eq!((gap.from, gap.to), (at(6 * 3600), at(10 * 86_400)));
        assert_eq!(source.heard_since(), at(10 * 86_400 + 3600));
    }
}
