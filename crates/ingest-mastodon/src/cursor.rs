use std::collections::BTreeMap;

use buio_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decode::is_newer;

/// Between two readings of the overlap. The overlap itself is one to two of these long: too
/// small loses slow posts, too large spends the server's allowance on repetitions.
const OVERLAP_EVERY_SECS: i64 = 300;

/// Where a server's timelines were read to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// By the group's hashtags, joined: other hashtags are another timeline.
    groups: BTreeMap<String, Place>,
}

/// A place in one timeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Everything up to this id was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<String>,
    /// What `newest` was at the last reading of the overlap, and at the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    older_mark: Option<String>,
    marked_at: Timestamp,
}

/// The smallest and the largest id of a reading.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span<'r> {
    pub(crate) oldest: Option<&'r str>,
    pub(crate) newest: Option<&'r str>,
}

impl Cursor {
    /// Reads what [`Cursor::to_text`] wrote. What cannot be read is a fresh start: repeated posts
    /// are recognised later, refusing to run would help nobody.
    pub(crate) fn from_text(text: Option<&str>) -> Cursor {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// As opaque text, without the groups that are no longer followed.
    pub(crate) fn to_text(&self, followed: impl Fn(&str) -> bool) -> String {
        let groups = self.groups.iter().filter(|(key, _)| followed(key));
        let cursor = Cursor {
            groups: groups
                .map(|(key, place)| (key.clone(), place.clone()))
                .collect(),
        };
        // Strings and numbers under string keys always serialise.
        serde_json::to_string(&cursor).unwrap_or_default()
    }

    pub(crate) fn place(&self, key: &str) -> Place {
        self.groups.get(key).cloned().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, key: &str, place: Place) {
        self.groups.insert(key.to_owned(), place);
    }
}

impl Place {
    /// Where to read on from; `None` at the very first, which takes the newest page only. A
    /// timeline that was found empty is read from its beginning: the first posts ever under a
    /// hashtag may be the very burst that matters.
    pub(crate) fn read_from(&self, now: Timestamp) -> Option<&str> {
        let was_empty = self.newest.is_none() && self.marked_at != Timestamp::EPOCH;
        let newest = self.newest.as_deref().or(was_empty.then_some("0"));
        if now.secs_since(self.marked_at) < OVERLAP_EVERY_SECS {
            return newest;
        }
        self.older_mark
            .as_deref()
            .or(self.mark.as_deref())
            .or(newest)
    }

    /// Takes note of a reading from [`Place::read_from`] of the same `now`.
    pub(crate) fn advance(&mut self, read: Span<'_>, now: Timestamp) {
        let Span { oldest, newest } = read;
        if self.marked_at == Timestamp::EPOCH {
            // What arrives late in the first minutes lies somewhere on the first page.
            self.older_mark = oldest.map(str::to_owned);
            self.mark.clone_from(&self.older_mark);
            self.marked_at = now;
        }
        if let Some(id) = newest
            && self
                .newest
                .as_deref()
                .is_none_or(|known| is_newer(id, known))
        {
            self.newest = Some(id.to_owned());
        }
        if now.secs_since(self.marked_at) >= OVERLAP_EVERY_SECS {
            self.older_mark = self.mark.take();
            self.mark.clone_from(&self.newest);
            self.marked_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overlap_is_read_every_five_minutes_and_reaches_back_at_least_five() {
        let mut place = Place::default();
        let at = |minute: i64| Timestamp::from_secs(1_800_000_000 + 60 * minute);
        assert_eq!(place.read_from(at(0)), None);
        advance(&mut place, "960", "1000", at(0));
        for minute in 1..30 {
            let from: i64 = place.read_from(at(minute)).unwrap().parse().unwrap();
            let lag = 1000 + minute - from;
            let expected_lag = match minute {
                5 | 10 => 45..=50,
                _ if minute % 5 == 0 => 5..=10,
                _ => 1..=1,
            };
            assert!(expected_lag.contains(&lag), "minute {minute}: {lag} behind");
            let newest = (1000 + minute).to_string();
            advance(&mut place, &newest, &newest, at(minute));
        }
    }

    fn advance(place: &mut Place, oldest: &str, newest: &str, now: Timestamp) {
        let read = Span {
            oldest: Some(oldest),
            newest: Some(newest),
        };
        place.advance(read, now);
    }

    #[test]
    fn a_reading_that_falls_short_moves_nothing_back() {
        let mut place = Place::default();
        advance(&mut place, "900", "1000", Timestamp::from_secs(1));
        advance(&mut place, "999", "999", Timestamp::from_secs(60));
        place.advance(Span::default(), Timestamp::from_secs(61));
        assert_eq!(place.newest.as_deref(), Some("1000"));
    }

    #[test]
    fn a_cursor_survives_its_text_and_forgets_other_groups() {
        let mut cursor = Cursor::default();
        let mut place = Place::default();
        advance(&mut place, "7", "7", Timestamp::from_secs(1_800_000_000));
        cursor.set("a+b", place.clone());
        cursor.set("c", place);
        let text = cursor.to_text(|key| key == "c");
        let read = Cursor::from_text(Some(&text));
        assert_eq!(read.place("c"), cursor.place("c"));
        assert_eq!(read.place("a+b"), Place::default());
        for broken in [None, Some(""), Some("{"), Some("{\"groups\":7}")] {
            assert_eq!(Cursor::from_text(broken), Cursor::default());
        }
    }
}
