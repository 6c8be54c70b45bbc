use std::time::Duration;

use buio_types::Timestamp;
use reqwest::header::{HeaderMap, HeaderName};

/// Nobody is obeyed for longer: a mistaken `Retry-After: 99999999` would silence a source for
/// good. Too small a bound would break a promise to a server that means it.
const MAX_WAIT: Duration = Duration::from_secs(24 * 3600);
/// When a server names an instant and neither it nor we know what time it is there.
const UNKNOWN_WAIT: Duration = Duration::from_secs(300);

/// How long the answer asks us to stay away, if it does: `Retry-After` of a 429 or 503, or the
/// reset of an exhausted allowance whatever the status.
pub(crate) fn wait_asked(status: u16, headers: &HeaderMap) -> Option<Duration> {
    let now = text(headers, "date").and_then(http_date);
    let retry_after = text(headers, "retry-after")
        .filter(|_| matches!(status, 429 | 503))
        .and_then(|value| seconds(value).or_else(|| Some(until(http_date(value)?, now))));
    let reset = ["x-ratelimit", "x-rate-limit", "ratelimit"]
        .iter()
        .find(|prefix| is_exhausted(headers, prefix))
        .and_then(|prefix| reset_in(text(headers, &format!("{prefix}-reset"))?, now));
    let wait = retry_after.max(reset)?;
    Some(wait.clamp(Duration::from_secs(1), MAX_WAIT))
}

/// `Cache-Control: max-age`, at most a day.
pub(crate) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    text(headers, "cache-control")?
        .split(',')
        .find_map(|directive| directive.trim().strip_prefix("max-age="))
        .and_then(|age| seconds(age.trim_matches('"')))
        .map(|age| age.min(MAX_WAIT))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn is_exhausted(headers: &HeaderMap, prefix: &str) -> bool {
    text(headers, &format!("{prefix}-remaining"))
        .and_then(|remaining| remaining.parse::<f64>().ok())
        .is_some_and(|remaining| remaining < 1.0)
}

/// A reset is written as an ISO instant (Mastodon), seconds since 1970 (X, GitHub) or seconds
/// from now (Reddit, the IETF draft).
fn reset_in(value: &str, now: Option<Timestamp>) -> Option<Duration> {
    /// 2001-09-09: no server means a wait of thirty years.
    const FIRST_EPOCH_SECS: f64 = 1.0e9;
    if let Ok(instant) = Timestamp::parse(value) {
        return Some(until(instant, now));
    }
    let number = value.parse::<f64>().ok().filter(|number| *number >= 0.0)?;
    if number >= FIRST_EPOCH_SECS {
        #[expect(clippy::cast_possible_truncation, reason = "saturates; then clamped")]
        return Some(until(Timestamp::from_secs(number as i64), now));
    }
    Some(Duration::from_secs_f64(number))
}

fn until(instant: Timestamp, now: Option<Timestamp>) -> Duration {
    now.map_or(UNKNOWN_WAIT, |now| {
        let millis = instant.as_millis().saturating_sub(now.as_millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    })
}

fn seconds(value: &str) -> Option<Duration> {
    let number = value.parse::<f64>().ok()?;
    (0.0..=1.0e9)
        .contains(&number)
        .then(|| Duration::from_secs_f64(number))
}

fn http_date(value: &str) -> Option<Timestamp> {
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    Some(Timestamp::from_millis(date.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, headers: &[(&'static str, &str)], expected_secs: Option<u64>) {
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        assert_eq!(
            wait_asked(status, &map).map(|wait| wait.as_secs()),
            expected_secs,
            "{status} {headers:?}"
        );
    }

    const DATE: (&str, &str) = ("date", "Sun, 22 Nov 2026 08:49:37 GMT");

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        check(429, &[("retry-after", "120")], Some(120));
        check(503, &[("retry-after", "1.5")], Some(1));
        check(200, &[("retry-after", "120")], None);
        check(
            429,
            &[DATE, ("retry-after", "Sun, 22 Nov 2026 08:50:37 GMT")],
            Some(60),
        );
        check(
            429,
            &[DATE, ("retry-after", "Sun, 22 Nov 2026 08:00:00 GMT")],
            Some(1),
        );
        check(
            429,
            &[("retry-after", "Sun, 22 Nov 2026 08:50:37 GMT")],
            Some(300),
        );
        check(429, &[("retry-after", "0")], Some(1));
        check(429, &[("retry-after", "999999999")], Some(86_400));
        for nonsense in ["", "soon", "-5", "NaN", "1e300", "inf"] {
            check(429, &[("retry-after", nonsense)], None);
        }
    }

    #[test]
    fn an_exhausted_allowance_waits_for_its_reset_in_every_notation() {
        let remaining = ("x-ratelimit-remaining", "0");
        check(
            200,
            &[
                DATE,
                remaining,
                ("x-ratelimit-reset", "2026-11-22T08:55:00.123456Z"),
            ],
            Some(323),
        );
        check(
            200,
            &[DATE, remaining, ("x-ratelimit-reset", "1795337400")],
            Some(23),
        );
        check(200, &[remaining, ("x-ratelimit-reset", "41.5")], Some(41));
        check(
            200,
            &[("ratelimit-remaining", "0"), ("ratelimit-reset", "7")],
            Some(7),
        );
        check(
            200,
            &[
                DATE,
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "1795337400"),
            ],
            Some(23),
        );
        check(
            200,
            &[remaining, ("x-ratelimit-reset", "2026-11-22T08:55:00Z")],
            Some(300),
        );
        check(
            200,
            &[
                DATE,
                ("x-ratelimit-remaining", "1"),
                ("x-ratelimit-reset", "2026-11-22T08:55:00Z"),
            ],
            None,
        );
        check(200, &[remaining], None);
        check(
            429,
            &[
                remaining,
                ("x-ratelimit-reset", "10"),
                ("retry-after", "30"),
            ],
            Some(30),
        );
    }

    #[test]
    fn max_age_is_found_among_other_directives() {
        let age = |value: &str| {
            let map = [(reqwest::header::CACHE_CONTROL, value.parse().unwrap())];
            max_age(&map.into_iter().collect()).map(|age| age.as_secs())
        };
        assert_eq!(age("public, max-age=300, must-revalidate"), Some(300));
        assert_eq!(age("max-age=99999999"), Some(86_400));
        assert_eq!(age("no-store"), None);
        assert_eq!(age("s-maxage=5"), None);
    }
}
