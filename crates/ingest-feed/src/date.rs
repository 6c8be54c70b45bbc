use buio_types::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// Zone names that feeds use though no standard defines them for dates, in minutes of UTC.
/// Those with several meanings (IST, CST of China) are read as most feeds mean them.
const ZONES: &[(&str, i32)] = &[
    ("AEDT", 660),
    ("AEST", 600),
    ("BRT", -180),
    ("BST", 60),
    ("CEST", 120),
    ("CET", 60),
    ("EEST", 180),
    ("EET", 120),
    ("HKT", 480),
    ("IST", 330),
    ("JST", 540),
    ("KST", 540),
    ("MSK", 180),
    ("NZDT", 780),
    ("NZST", 720),
    ("PHT", 480),
    ("SGT", 480),
    ("TRT", 180),
    ("UTC", 0),
    ("WEST", 60),
    ("WET", 0),
    ("WIB", 420),
    ("Z", 0),
];

/// Reads a date as feeds write them: RFC 3339, RFC 822 and 2822 with right, wrong or missing
/// weekdays and home-made zones, and ISO dates with a space. A date and time without a zone is
/// UTC; a date without a time is no time.
pub(crate) fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    Timestamp::parse(text)
        .ok()
        .or_else(|| rfc_2822(text))
        .or_else(|| iso_like(text))
}

fn rfc_2822(text: &str) -> Option<Timestamp> {
    // A wrong weekday is no reason to lose the date.
    let text = text.split_once(',').map_or(text, |(_, rest)| rest).trim();
    // The standard says that an unknown zone is UTC; feeds mean their zone.
    with_any_zone(text).or_else(|| {
        let date = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(Timestamp::from_millis(date.timestamp().as_millisecond()))
    })
}

fn with_any_zone(text: &str) -> Option<Timestamp> {
    let mut parts: Vec<&str> = text.split_whitespace().collect();
    let offset = match parts.last().copied().and_then(zone) {
        Some(offset) => {
            parts.pop();
            offset
        }
        None => Offset::UTC,
    };
    let [day, month, year, time] = parts.as_slice() else {
        return None;
    };
    if year.len() != 4 {
        return None;
    }
    let month: String = month.chars().take(3).collect();
    let shape = if time.matches(':').count() == 2 {
        "%d %b %Y %H:%M:%S"
    } else {
        "%d %b %Y %H:%M"
    };
    let date = DateTime::strptime(shape, format!("{day} {month} {year} {time}")).ok()?;
    at(date, offset)
}

fn iso_like(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', ' '])?;
    let (time, offset) = match time.find(['Z', '+', '-', ' ']) {
        Some(idx) => {
            let (time, zone_text) = time.split_at(idx);
            (time, zone(zone_text.trim())?)
        }
        None => (time, Offset::UTC),
    };
    let time = time.split('.').next()?;
    let shape = if time.matches(':').count() == 2 {
        "%Y-%m-%d %H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M"
    };
    at(
        DateTime::strptime(shape, format!("{date} {time}")).ok()?,
        offset,
    )
}

fn zone(text: &str) -> Option<Offset> {
    let minutes = match ZONES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
    {
        Some((_, minutes)) => *minutes,
        None => numeric_zone(text)?,
    };
    Offset::from_seconds(minutes * 60).ok()
}

/// `+0200`, `+02:00`, `GMT+2`.
fn numeric_zone(text: &str) -> Option<i32> {
    let text = text
        .strip_prefix("GMT")
        .or(text.strip_prefix("UTC"))
        .unwrap_or(text);
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = text.chars().skip(1).filter(|c| *c != ':').collect();
    let number: i32 = digits.parse().ok().filter(|_| digits.len() <= 4)?;
    let (hours, minutes) = if digits.len() <= 2 {
        (number, 0)
    } else {
        (number / 100, number % 100)
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn at(date: DateTime, offset: Offset) -> Option<Timestamp> {
    let zoned = date.to_zoned(TimeZone::fixed(offset)).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let date = parse_date(text).map(|date| date.to_string());
        assert_eq!(date.as_deref(), expected, "{text}");
    }

    #[test]
    fn dates_of_every_make_are_read() {
        for text in [
            "2026-11-22T10:00:00Z",
            "2026-11-22T11:00:00+01:00",
            "2026-11-22T10:00:00.000Z",
            "Sun, 22 Nov 2026 10:00:00 GMT",
            "Sun, 22 Nov 2026 11:00:00 +0100",
            "22 Nov 2026 10:00:00 +0000",
            "Mon, 22 Nov 2026 10:00:00 GMT",
            "Sun, 22 Nov 2026 10:00 GMT",
            "Sun, 22 Nov 2026 05:00:00 EST",
            "Sun, 22 Nov 2026 11:00:00 CET",
            "Sun, 22 Nov 2026 10:00:00 UTC",
            "Sun, 22 Nov 2026 10:00:00 Z",
            "Sun, 22 November 2026 10:00:00 UTC",
            "Sun, 22 Nov 2026 13:00:00 MSK",
            "Sun, 22 Nov 2026 19:00:00 JST",
            "dom, 22 Nov 2026 10:00:00 +0000",
            "2026-11-22 10:00:00",
            "2026-11-22T10:00",
            "2026-11-22T10:00Z",
            "2026-11-22 11:00:00 +0100",
            "2026-11-22T11:00:00+0100",
            "2026-11-22 10:00:00 UTC",
            "2026-11-22T10:00:00",
            " 2026-11-22T10:00:00.123 ",
            "Sun, 22 Nov 2026 12:00:00 GMT+2",
        ] {
            let date =
                parse_date(text).map(|date| Timestamp::from_secs(date.as_secs()).to_string());
            assert_eq!(date.as_deref(), Some("2026-11-22T10:00:00Z"), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_gives_none() {
        for text in [
            "",
            "today",
            "2026-11-22",
            "22 Nov 2026",
            "2026-13-40T10:00:00Z",
            "10:00",
            "0",
            "Sun, 22 Foo 2026 10:00:00 GMT",
            "2026-11-22T10:00:00 nowhere",
        ] {
            check(text, None);
        }
        check("Sun, 22 Nov 26 10:00:00 GMT", Some("2026-11-22T10:00:00Z"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9A-Za-z:,+ .-]{0,40}") {
            parse_date(&text);
        }
    }
}
