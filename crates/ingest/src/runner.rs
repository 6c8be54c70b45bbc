use std::sync::Arc;
use std::time::Duration;

use buio_outbound::backoff;
use buio_types::{Post, Timestamp};
use tokio::sync::mpsc;

use crate::batch::{Batch, SourceHealth, SourceState};
use crate::source::{PollError, Polled, Source};

/// The time of day, given by whoever may read it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// A poll that takes longer is given up: every wait below it has its own, shorter bound, so this
/// one only fires when one of them is missing.
const POLL_MAX: Duration = Duration::from_secs(600);
/// How often a source that refuses us is asked whether it still does.
const DISABLED_RETRY: Duration = Duration::from_secs(3600);
/// Two polls of one source are never closer than this, whatever the source says.
const MIN_PAUSE: Duration = Duration::from_millis(10);

/// Asks `source` for ever, from `cursor` on, and sends what it says to `sink`. Returns when the
/// receiver is gone. A full channel makes it wait, so nothing is dropped here.
pub async fn run_source(
    mut source: Box<dyn Source>,
    mut cursor: Option<String>,
    sink: mpsc::Sender<Batch>,
    clock: Arc<dyn Clock>,
) {
    let name = source.name().to_owned();
    let mut watch = Watch::new(&name, source.stall_after(), clock.now());
    if sink.send(watch.batch(Polled::default())).await.is_err() {
        return;
    }
    loop {
        let poll = source.poll(cursor.as_deref(), clock.now());
        let outcome = tokio::time::timeout(POLL_MAX, poll)
            .await
            .unwrap_or_else(|_| Err(PollError::Stalled("no answer in ten minutes".to_owned())));
        let (polled, pause) = watch.observe(outcome, clock.now());
        if let Some(new_cursor) = &polled.cursor {
            cursor = Some(new_cursor.clone());
        }
        if sink.send(watch.batch(polled)).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = sink.closed() => return,
        }
    }
}

/// What is known of a source from how its polls went.
struct Watch {
    name: String,
    stall_after: Option<Duration>,
    /// When a post last came, or the start.
    last_receipt: Timestamp,
    n_failures: u32,
    health: SourceHealth,
}

impl Watch {
    fn new(name: &str, stall_after: Option<Duration>, now: Timestamp) -> Self {
        Watch {
            name: name.to_owned(),
            stall_after,
            last_receipt: now,
            n_failures: 0,
            health: SourceHealth::starting(),
        }
    }

    /// Takes note of a poll; gives what is to be sent and how long to wait.
    fn observe(
        &mut self,
        outcome: Result<Polled, PollError>,
        now: Timestamp,
    ) -> (Polled, Duration) {
        let (polled, pause) = match outcome {
            Ok(mut polled) => {
                self.n_failures = 0;
                self.succeed(&mut polled, now);
                let pause = polled.next_in;
                (polled, pause)
            }
            Err(error) => {
                let pause = self.fail(&error);
                self.n_failures = self.n_failures.saturating_add(1);
                (Polled::default(), pause)
            }
        };
        let pause = pause.max(MIN_PAUSE);
        let pause_secs = i64::try_from(pause.as_secs()).unwrap_or(i64::MAX);
        self.health.next_poll_at = Some(now.plus_secs(pause_secs));
        (polled, pause)
    }

    fn succeed(&mut self, polled: &mut Polled, now: Timestamp) {
        for post in &mut polled.posts {
            post.received_at = Some(now);
        }
        let newest = polled.posts.iter().filter_map(said_at).max();
        if !polled.posts.is_empty() {
            self.last_receipt = now;
        }
        if let Some(newest) = newest {
            self.health.lag_s = Some(now.secs_since(newest).max(0));
            self.health.last_post_at = self.health.last_post_at.max(Some(newest));
        }
        let silence = now.secs_since(self.last_receipt);
        let stall = self.stall_after.filter(|bound| {
            i64::try_from(bound.as_secs()).is_ok_and(|bound_secs| silence > bound_secs)
        });
        self.health.last_ok = Some(now);
        self.health.gap = polled.gap.take();
        (self.health.state, self.health.error) = match stall {
            None => (SourceState::Ok, None),
            Some(_) => (
                SourceState::Stalled,
                Some(format!("no post for {silence} s")),
            ),
        };
    }

    fn fail(&mut self, error: &PollError) -> Duration {
        let secs = Duration::from_secs;
        let wait = |base, cap| backoff(&self.name, self.n_failures, secs(base), secs(cap));
        let (state, pause) = match error {
            PollError::Unreachable(_) => (SourceState::Unreachable, wait(5, 900)),
            PollError::Stalled(_) => (SourceState::Stalled, wait(5, 900)),
            PollError::Unreadable(_) => (SourceState::Unreadable, wait(60, 3600)),
            PollError::RateLimited { retry_after } => {
                let spread = backoff(&self.name, 0, secs(4), secs(4));
                (SourceState::RateLimited, *retry_after + spread)
            }
            PollError::Disabled(_) => {
                let once_an_hour = backoff(&self.name, 0, DISABLED_RETRY, DISABLED_RETRY);
                (SourceState::Disabled, once_an_hour)
            }
        };
        self.health.state = state;
        self.health.error = Some(error.to_string());
        self.health.gap = None;
        pause
    }

    fn batch(&self, polled: Polled) -> Batch {
        Batch {
            source: self.name.clone(),
            posts: polled.posts,
            cursor: polled.cursor,
            health: self.health.clone(),
            dropped: polled.dropped,
        }
    }
}

fn said_at(post: &Post) -> Option<Timestamp> {
    match (post.posted_at, post.server_at) {
        (Some(claimed), Some(server)) => Some(claimed.min(server)),
        (claimed, server) => claimed.or(server),
    }
}

#[cfg(test)]
mod tests;
