//! The only reader of the wall clock.

use buio_types::Timestamp;

/// Now, by the machine's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads a clock"
)]
pub(crate) fn now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_millis(since_epoch.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(0)))
}

/// The clock as sources take it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WallClock;

impl buio_ingest::Clock for WallClock {
    fn now(&self) -> Timestamp {
        now()
    }
}
