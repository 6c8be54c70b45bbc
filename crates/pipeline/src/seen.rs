use std::collections::HashSet;

use buio_types::{Minute, StatePart, StateRow, Timestamp};

use crate::kept::{CorruptState, Kept};

/// Posts seen in the last hours, so that a source that delivers one again is not counted twice.
///
/// Kept by minute: one row of memory holds a minute's posts, since a row for each of them would be
/// most of what a busy hour writes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    by_minute: Kept<Minute, Vec<u64>>,
    /// The same, for looking up; asked only for membership, so its order reaches no output.
    all: HashSet<u64>,
}

impl Seen {
    /// Sources deliver the same post again within minutes; beyond this it is a new post.
    const MINUTES: u32 = 120;

    /// Notes a post; whether it is new.
    pub(crate) fn insert(&mut self, key: u64, now: Timestamp) -> bool {
        let is_new = self.all.insert(key);
        if is_new {
            self.by_minute
                .edit_or_insert(&now.minute(), Vec::new)
                .push(key);
        }
        is_new
    }

    /// Lets go of what is too long ago.
    pub(crate) fn prune(&mut self, now: Timestamp) {
        let all = &mut self.all;
        self.by_minute.retain(|minute, keys| {
            let is_kept = now.minute().since(*minute) < Self::MINUTES;
            if !is_kept {
                for key in keys {
                    all.remove(key);
                }
            }
            is_kept
        });
    }

    pub(crate) fn drain(&mut self, into: &mut Vec<StateRow>) {
        self.by_minute.drain(StatePart::Seen, into);
    }

    pub(crate) fn restore(&mut self, row: &StateRow) -> Result<(), CorruptState> {
        let key = self.by_minute.restore(row)?;
        if let Some(keys) = key.and_then(|minute| self.by_minute.get(&minute)) {
            self.all.extend(keys);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_new_once_until_it_is_forgotten() {
        let mut seen = Seen::default();
        assert!(seen.insert(7, Timestamp::EPOCH));
        assert!(!seen.insert(7, Timestamp::from_secs(60)));
        seen.prune(Timestamp::from_secs(7199));
        assert!(!seen.insert(7, Timestamp::from_secs(7199)));
        seen.prune(Timestamp::from_secs(7200));
        assert!(seen.insert(7, Timestamp::from_secs(7200)));
    }

    #[test]
    fn what_was_seen_survives_a_restart() {
        let mut seen = Seen::default();
        seen.insert(7, Timestamp::EPOCH);
        seen.insert(8, Timestamp::EPOCH);
        let mut rows = Vec::new();
        seen.drain(&mut rows);
        assert_eq!(rows.len(), 1);
        let mut restored = Seen::default();
        restored.restore(&rows[0]).unwrap();
        assert!(!restored.insert(8, Timestamp::from_secs(60)));
    }
}
