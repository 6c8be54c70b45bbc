use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::error::OutboundError;

/// How often a host may be asked. In any window of length `t` at most
/// `burst + t × requests ÷ per` requests leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Requests in each `per`, at least 1.
    pub requests: u32,
    /// The period, at least a millisecond.
    pub per: Duration,
    /// Requests that may follow each other at once, at least 1.
    pub burst: u32,
}

impl Default for Pace {
    /// 30 a minute, 5 at once: polite to any public server.
    fn default() -> Self {
        Pace {
            requests: 30,
            per: Duration::from_secs(60),
            burst: 5,
        }
    }
}

impl Pace {
    fn quota(self) -> Quota {
        let interval = self.per.max(Duration::from_millis(1)) / self.requests.max(1);
        Quota::with_period(interval.max(Duration::from_nanos(1)))
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
            .allow_burst(NonZeroU32::new(self.burst).unwrap_or(NonZeroU32::MIN))
    }
}

/// The wait before attempt `attempt` (0 is the first repetition): doubles from `base` to `cap`,
/// spread by ± 25 % so that many clients of one host do not return together. The spread is a
/// hash of `key` and `attempt`, so the same run waits the same.
///
/// ```
/// use std::time::Duration;
/// use buio_outbound::backoff;
/// let second = Duration::from_secs(1);
/// let wait = backoff("example.org", 3, second, 60 * second);
/// assert!(6 * second <= wait && wait <= 10 * second);
/// ```
#[must_use]
pub fn backoff(key: &str, attempt: u32, base: Duration, cap: Duration) -> Duration {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(attempt);
    for byte in key.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let percent = 75 + u32::try_from((hash >> 32) % 51).unwrap_or(25);
    let factor = 2_u32.saturating_pow(attempt.min(20));
    base.saturating_mul(factor).min(cap) * percent / 100
}

/// The runtime's time as governor wants it, so that paused tests pause the limiter as well.
#[derive(Debug, Clone)]
struct RuntimeClock {
    start: Instant,
}

impl governor::clock::Clock for RuntimeClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.start.elapsed())
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, RuntimeClock, NoOpMiddleware<Nanos>>;

/// What is known of one host.
pub(crate) struct HostGate {
    limiter: Limiter,
    clock: RuntimeClock,
    /// At most two requests at once, as browsers of old.
    pub(crate) slots: Semaphore,
    silence: Mutex<Silence>,
}

#[derive(Default)]
struct Silence {
    not_before: Option<Instant>,
    /// 429s in a row without any word of how long.
    strikes: u32,
}

impl HostGate {
    fn new(pace: Pace) -> Self {
        let clock = RuntimeClock {
            start: Instant::now(),
        };
        HostGate {
            limiter: RateLimiter::direct_with_clock(pace.quota(), clock.clone()),
            clock,
            slots: Semaphore::new(2),
            silence: Mutex::default(),
        }
    }

    /// Waits for the host's turn; refuses at once while the host asked for silence or when the
    /// turn is further than `max_wait` away.
    pub(crate) async fn turn(&self, max_wait: Duration) -> Result<(), OutboundError> {
        loop {
            if let Some(retry_after) = self.silent_for() {
                return Err(OutboundError::RateLimited { retry_after });
            }
            let Err(not_until) = self.limiter.check() else {
                return Ok(());
            };
            let wait = not_until.wait_time_from(self.clock.now());
            if wait > max_wait {
                return Err(OutboundError::RateLimited { retry_after: wait });
            }
            // Timers have a grain of a millisecond.
            tokio::time::sleep(wait + Duration::from_millis(1)).await;
        }
    }

    /// How much longer the host wants no request.
    pub(crate) fn silent_for(&self) -> Option<Duration> {
        let silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        silence
            .not_before?
            .checked_duration_since(Instant::now())
            .filter(|wait| !wait.is_zero())
    }

    /// Takes note of an answer; returns the wait when the host asked for one.
    pub(crate) fn heard(
        &self,
        host: &str,
        status: u16,
        wait: Option<Duration>,
    ) -> Option<Duration> {
        let mut silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = match (status, wait) {
            (429, None) => {
                let (base, cap) = (Duration::from_secs(60), Duration::from_secs(3600));
                silence.strikes = silence.strikes.saturating_add(1);
                Some(backoff(host, silence.strikes - 1, base, cap).max(base))
            }
            (_, wait) => {
                silence.strikes = 0;
                wait
            }
        };
        if let Some(wait) = wait {
            silence.not_before = silence.not_before.max(Instant::now().checked_add(wait));
        }
        wait
    }
}

/// The gates of all hosts.
pub(crate) struct Gates {
    default: Pace,
    state: Mutex<GatesState>,
}

#[derive(Default)]
struct GatesState {
    paces: BTreeMap<String, Pace>,
    gates: BTreeMap<String, Arc<HostGate>>,
}

/// Redirects can name any number of hosts; idle ones beyond this are forgotten.
const MAX_HOSTS: usize = 4096;

impl Gates {
    pub(crate) fn new(default: Pace) -> Self {
        Gates {
            default,
            state: Mutex::default(),
        }
    }

    pub(crate) fn set_pace(&self, host: &str, pace: Pace) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.paces.insert(host.to_owned(), pace) != Some(pace) {
            state.gates.remove(host);
        }
    }

    pub(crate) fn gate(&self, host: &str) -> Arc<HostGate> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = state.gates.get(host) {
            return Arc::clone(gate);
        }
        if state.gates.len() >= MAX_HOSTS {
            state
                .gates
                .retain(|_, gate| Arc::strong_count(gate) > 1 || gate.silent_for().is_some());
        }
        let pace = state.paces.get(host).copied().unwrap_or(self.default);
        let gate = Arc::new(HostGate::new(pace));
        if state.gates.len() < MAX_HOSTS {
            state.gates.insert(host.to_owned(), Arc::clone(&gate));
        }
        gate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_window_holds_more_requests_than_the_pace_allows() {
        let pace = Pace {
            requests: 20,
            per: Duration::from_secs(60),
            burst: 4,
        };
        let gate = HostGate::new(pace);
        let start = Instant::now();
        let mut sent = Vec::new();
        for _ in 0..100 {
            gate.turn(Duration::from_secs(60)).await.unwrap();
            sent.push(start.elapsed());
        }
        for (idx, from) in sent.iter().enumerate() {
            let within = sent[idx..]
                .iter()
                .take_while(|at| **at - *from < Duration::from_secs(60))
                .count();
            assert!(within <= 24, "{within} requests in a minute");
        }
        assert!(sent[99] < Duration::from_secs(300), "slower than allowed");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_asks_for_silence_gets_it() {
        let gate = HostGate::new(Pace::default());
        let wait = gate.heard("h", 429, Some(Duration::from_secs(90)));
        assert_eq!(wait, Some(Duration::from_secs(90)));
        let refused = gate.turn(Duration::from_secs(300)).await;
        assert!(matches!(refused, Err(OutboundError::RateLimited { .. })));
        tokio::time::advance(Duration::from_secs(91)).await;
        assert_eq!(gate.turn(Duration::ZERO).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_grows_when_a_host_does_not_say_how_long() {
        let gate = HostGate::new(Pace::default());
        let waits: Vec<_> = (0..8)
            .filter_map(|_| gate.heard("h", 429, None))
            .map(|wait| wait.as_secs())
            .collect();
        assert!(
            waits[..5].is_sorted() && waits[0] >= 60 && waits[7] >= 2700,
            "{waits:?}"
        );
        assert_eq!(gate.heard("h", 200, None), None);
        assert!(gate.heard("h", 429, None).unwrap().as_secs() < 76);
    }

    #[test]
    fn backing_off_doubles_up_to_the_cap_and_is_the_same_each_time() {
        let (base, cap) = (Duration::from_secs(1), Duration::from_secs(300));
        for attempt in 0..40 {
            let wait = backoff("host", attempt, base, cap);
            assert!(
                wait <= cap * 5 / 4 && wait >= base * 3 / 4,
                "{attempt}: {wait:?}"
            );
            assert_eq!(wait, backoff("host", attempt, base, cap));
        }
        assert_ne!(backoff("a", 1, base, cap), backoff("b", 1, base, cap));
    }

    #[tokio::test]
    async fn the_number_of_remembered_hosts_is_bounded() {
        let gates = Gates::new(Pace::default());
        for host_idx in 0..3 * MAX_HOSTS {
            gates.gate(&format!("host{host_idx}"));
        }
        assert!(gates.state.lock().unwrap().gates.len() <= MAX_HOSTS);
    }
}
