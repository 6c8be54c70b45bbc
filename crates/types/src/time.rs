use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant, in whole milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// Written as RFC 3339 in UTC with `Z`; milliseconds are shown only when they are not zero.
///
/// ```
/// use buio_types::Timestamp;
/// let t = Timestamp::parse("2017-05-03T22:13:00+02:00")?;
/// assert_eq!(t.to_string(), "2017-05-03T20:13:00Z");
/// assert_eq!(t.plus_secs(90).to_string(), "2017-05-03T20:14:30Z");
/// # Ok::<(), buio_types::InvalidTimestamp>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 instant in the years 1..=9999.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time: {0:?}")]
pub struct InvalidTimestamp(pub String);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Timestamp = Timestamp(0);
    /// Milliseconds of 0001-01-01T00:00:00Z.
    const MIN_MILLIS: i64 = -62_135_596_800_000;
    /// Milliseconds of 9999-12-30T22:00:00Z, the last instant that jiff can print.
    const MAX_MILLIS: i64 = 253_402_207_200_000;

    /// The instant `millis` milliseconds after the epoch, clamped to the years 1..=9999.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::MIN_MILLIS {
            Timestamp(Self::MIN_MILLIS)
        } else if millis > Self::MAX_MILLIS {
            Timestamp(Self::MAX_MILLIS)
        } else {
            Timestamp(millis)
        }
    }

    /// The instant `secs` seconds after the epoch, clamped to the years 1..=9999.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_millis(secs.saturating_mul(1000))
    }

    /// Reads RFC 3339 with any offset.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] when `text` is no such instant.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        text.trim()
            .parse::<jiff::Timestamp>()
            .map(|t| Self::from_millis(t.as_millisecond()))
            .map_err(|_| InvalidTimestamp(text.chars().take(64).collect()))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The minute that this instant lies in.
    #[must_use]
    pub fn minute(self) -> Minute {
        Minute(u32::try_from(self.0.div_euclid(60_000).max(0)).unwrap_or(u32::MAX))
    }

    /// This instant moved by `secs` seconds (negative: earlier).
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self::from_millis(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    /// Seconds from `earlier` to `self`; negative when `earlier` is later.
    #[must_use]
    pub const fn secs_since(self, earlier: Timestamp) -> i64 {
        (self.0 - earlier.0).div_euclid(1000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(t) => write!(f, "{t}"),
            // from_millis clamps to what jiff can hold, so this arm is never taken.
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            Timestamp::parse(&text).map_err(serde::de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Timestamp::from_millis)
        }
    }
}

/// A whole minute, counted from 1970-01-01T00:00Z: the grain of every series.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Minute(pub u32);

impl Minute {
    /// The instant at which this minute begins.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_millis(i64::from(self.0) * 60_000)
    }

    /// Whole minutes from `earlier` to `self`; 0 when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Minute) -> u32 {
        self.0.saturating_sub(earlier.0)
    }

    /// This minute moved forward by `minutes`.
    #[must_use]
    pub const fn plus(self, minutes: u32) -> Minute {
        Minute(self.0.saturating_add(minutes))
    }

    /// This minute moved back by `minutes`, not before the epoch.
    #[must_use]
    pub const fn minus(self, minutes: u32) -> Minute {
        Minute(self.0.saturating_sub(minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_out_of_range_are_clamped_and_still_print() {
        assert_eq!(
            Timestamp::from_millis(i64::MAX).to_string(),
            "9999-12-30T22:00:00Z"
        );
        assert_eq!(
            Timestamp::from_millis(i64::MIN).to_string(),
            "0001-01-01T00:00:00Z"
        );
        assert_eq!(Timestamp::from_secs(-1).minute(), Minute(0));
    }

    #[test]
    fn text_and_instant_agree_both_ways() {
        for text in [
            "2024-07-19T17:15:00Z",
            "2024-07-19T17:15:00.25Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
        assert!(Timestamp::parse("yesterday").is_err());
        assert!(Timestamp::parse("2024-07-19").is_err());
    }
}
