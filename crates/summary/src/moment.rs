//! Dates and times for people: calendar, summer time, durations.

use std::sync::LazyLock;

use buio_types::{CountryCode, Timestamp};
use serde::Deserialize;

/// A date and time of day in the proleptic Gregorian calendar, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// 1..=12
    pub(crate) month: i64,
    /// 1..=31
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
}

impl Civil {
    /// The calendar's view of `at`, `offset_minutes` ahead of UTC.
    pub(crate) fn at(at: Timestamp, offset_minutes: i64) -> Civil {
        let minutes = at.as_secs().div_euclid(60) + offset_minutes;
        let (year, month, day) = civil_from_days(minutes.div_euclid(24 * 60));
        let of_day = minutes.rem_euclid(24 * 60);
        Civil {
            year,
            month,
            day,
            hour: of_day / 60,
            minute: of_day % 60,
        }
    }

    pub(crate) fn is_same_day(self, other: Civil) -> bool {
        (self.year, self.month, self.day) == (other.year, other.month, other.day)
    }
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil_from_days`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

const CLOCKS: &str = include_str!("../../../data/summary/clocks/summer_time.toml");

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clocks {
    rule: Vec<SummerTime>,
    no_local_time: Countries,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Countries {
    countries: Vec<CountryCode>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SummerTime {
    countries: Vec<CountryCode>,
    begins: Turn,
    ends: Turn,
}

/// A Sunday at which clocks are moved.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    month: i64,
    /// 1: the first of the month; -1: the last.
    sunday: i64,
    hour_utc: i64,
}

impl Turn {
    fn secs_in(&self, year: i64) -> i64 {
        // Day 0 was a Thursday: Sundays are the days d with (d + 4) % 7 == 0.
        let day = if self.sunday < 0 {
            let (year, month) = if self.month == 12 {
                (year + 1, 1)
            } else {
                (year, self.month + 1)
            };
            let last = days_from_civil(year, month, 1) - 1;
            last - (last + 4).rem_euclid(7) + (self.sunday + 1) * 7
        } else {
            let first = days_from_civil(year, self.month, 1);
            first + (-(first + 4)).rem_euclid(7) + (self.sunday - 1) * 7
        };
        day * 86_400 + self.hour_utc * 3600
    }
}

/// Minutes that clocks in `country` are ahead of UTC at `at`, given what they are in winter;
/// `None` where one local time would mislead: several zones, unsteady rules.
pub(crate) fn local_offset(
    country: CountryCode,
    winter_minutes: i16,
    at: Timestamp,
) -> Option<i64> {
    static TABLE: LazyLock<Clocks> = LazyLock::new(|| toml::from_str(CLOCKS).unwrap_or_default());
    if TABLE.no_local_time.countries.contains(&country) {
        return None;
    }
    let year = Civil::at(at, 0).year;
    let is_summer = TABLE
        .rule
        .iter()
        .find(|rule| rule.countries.contains(&country))
        .is_some_and(|rule| {
            let (begins, ends) = (rule.begins.secs_in(year), rule.ends.secs_in(year));
            let at = at.as_secs();
            if begins < ends {
                (begins..ends).contains(&at)
            } else {
                !(ends..begins).contains(&at)
            }
        });
    Some(i64::from(winter_minutes) + if is_summer { 60 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn the_calendar_agrees_with_rfc_3339() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2000-02-29T23:59:00Z",
            "2017-05-03T20:13:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-30T21:59:00Z",
        ] {
            let civil = Civil::at(at(text), 0);
            let written = format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:00Z",
                civil.year, civil.month, civil.day, civil.hour, civil.minute
            );
            assert_eq!(written, text);
            assert_eq!(
                days_from_civil(civil.year, civil.month, civil.day),
                at(text).as_secs().div_euclid(86_400)
            );
        }
    }

    fn check(country: &str, winter: i16, text: &str, expected: Option<i64>) {
        assert_eq!(
            local_offset(country.parse().unwrap(), winter, at(text)),
            expected,
            "{country} {text}"
        );
    }

    #[test]
    fn clocks_go_forward_where_and_when_they_do() {
        toml::from_str::<Clocks>(CLOCKS).unwrap();
        check("IT", 60, "2017-05-03T20:13:00Z", Some(120));
        check("IT", 60, "2017-01-03T20:13:00Z", Some(60));
        check("IT", 60, "2024-03-31T00:59:00Z", Some(60));
        check("IT", 60, "2024-03-31T01:00:00Z", Some(120));
        check("IT", 60, "2024-10-27T00:59:00Z", Some(120));
        check("IT", 60, "2024-10-27T01:00:00Z", Some(60));
        check("NZ", 720, "2024-01-15T00:00:00Z", Some(780));
        check("NZ", 720, "2024-07-15T00:00:00Z", Some(720));
        check("JP", 540, "2024-07-15T00:00:00Z", Some(540));
        check("US", -300, "2024-07-15T00:00:00Z", None);
    }
}
