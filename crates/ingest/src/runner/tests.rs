use std::collections::VecDeque;

use buio_types::DropReason;
use tokio::time::Instant;

use super::*;
use crate::source::PollFuture;

/// The runtime's paused clock, so that sleeping moves the time of day.
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let millis = i64::try_from(self.0.elapsed().as_millis()).unwrap();
        Timestamp::from_millis(1_800_000_000_000 + millis)
    }
}

/// Answers from a list, then with empty successes; notes the cursors that it was given.
struct Scripted {
    outcomes: VecDeque<Result<Polled, PollError>>,
    given: mpsc::Sender<Option<String>>,
    stall_after: Option<Duration>,
}

impl Source for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn poll<'p>(&'p mut self, cursor: Option<&'p str>, _: Timestamp) -> PollFuture<'p> {
        let outcome = self.outcomes.pop_front().unwrap_or_else(|| {
            Ok(Polled {
                next_in: Duration::from_secs(60),
                ..Polled::default()
            })
        });
        Box::pin(async move {
            self.given.send(cursor.map(str::to_owned)).await.unwrap();
            if matches!(&outcome, Ok(polled) if polled.gap.as_deref() == Some("hang")) {
                std::future::pending::<()>().await;
            }
            outcome
        })
    }

    fn stall_after(&self) -> Option<Duration> {
        self.stall_after
    }
}

struct Run {
    batches: mpsc::Receiver<Batch>,
    given: mpsc::Receiver<Option<String>>,
    start: Instant,
}

fn run(outcomes: Vec<Result<Polled, PollError>>, stall_after: Option<Duration>) -> Run {
    let (sink, batches) = mpsc::channel(1);
    let (given_sink, given) = mpsc::channel(1000);
    let source = Scripted {
        outcomes: outcomes.into(),
        given: given_sink,
        stall_after,
    };
    let start = Instant::now();
    let clock = Arc::new(PausedClock(start));
    tokio::spawn(run_source(
        Box::new(source),
        Some("c0".to_owned()),
        sink,
        clock,
    ));
    Run {
        batches,
        given,
        start,
    }
}

fn polled(cursor: &str, n_posts: usize) -> Result<Polled, PollError> {
    let post = Post {
        posted_at: Some(Timestamp::from_secs(1_799_999_990)),
        ..Post::default()
    };
    Ok(Polled {
        posts: vec![post; n_posts],
        dropped: vec![(DropReason::Duplicate, 1)],
        cursor: Some(cursor.to_owned()),
        next_in: Duration::from_secs(30),
        gap: None,
    })
}

#[tokio::test(start_paused = true)]
async fn the_cursor_travels_with_its_posts_and_a_failure_does_not_move_it() {
    let failure = Err(PollError::Unreachable("no route".to_owned()));
    let mut run = run(vec![polled("c1", 2), failure, polled("c2", 1)], None);
    let mut batches = Vec::new();
    for _ in 0..4 {
        batches.push(run.batches.recv().await.unwrap());
    }
    let states: Vec<_> = batches.iter().map(|b| b.health.state).collect();
    use SourceState::{Ok, Starting, Unreachable};
    assert_eq!(states, [Starting, Ok, Unreachable, Ok]);
    let cursors: Vec<_> = batches.iter().map(|b| b.cursor.as_deref()).collect();
    assert_eq!(cursors, [None, Some("c1"), None, Some("c2")]);
    assert_eq!(batches[1].dropped, [(DropReason::Duplicate, 1)]);
    assert_eq!(batches[1].health.lag_s, Some(10));
    assert!(
        batches[1]
            .posts
            .iter()
            .all(|post| post.received_at.is_some())
    );
    assert_eq!(batches[2].health.error.as_deref(), Some("no route"));
    assert_eq!(batches[2].health.last_ok, batches[1].health.last_ok);
    let mut given = Vec::new();
    for _ in 0..3 {
        given.push(run.given.recv().await.unwrap().unwrap());
    }
    assert_eq!(given, ["c0", "c1", "c1"]);
}

#[tokio::test(start_paused = true)]
async fn each_failure_waits_as_it_should_and_says_until_when() {
    let minutes = |n: u64| Duration::from_secs(60 * n);
    for (error, state, least, most) in [
        (
            PollError::Unreachable("x".into()),
            SourceState::Unreachable,
            Duration::from_secs(3),
            Duration::from_secs(7),
        ),
        (
            PollError::Unreadable("html".into()),
            SourceState::Unreadable,
            Duration::from_secs(45),
            Duration::from_secs(75),
        ),
        (
            PollError::RateLimited {
                retry_after: minutes(5),
            },
            SourceState::RateLimited,
            minutes(5),
            minutes(6),
        ),
        (
            PollError::Disabled("401".into()),
            SourceState::Disabled,
            minutes(45),
            minutes(75),
        ),
    ] {
        let mut run = run(vec![Err(error)], None);
        run.batches.recv().await.unwrap();
        let failed = run.batches.recv().await.unwrap();
        assert_eq!(failed.health.state, state);
        let announced = failed.health.next_poll_at.unwrap();
        let recovered = run.batches.recv().await.unwrap();
        let waited = run.start.elapsed();
        assert!(least <= waited && waited <= most, "{state:?}: {waited:?}");
        assert!(
            recovered
                .health
                .last_ok
                .unwrap()
                .secs_since(announced)
                .abs()
                <= 1
        );
        assert_eq!(recovered.health.error, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_source_is_asked_for_ever_and_ever_less_often() {
    let down = || Err(PollError::Unreachable("down".to_owned()));
    let mut run = run((0..40).map(|_| down()).collect(), None);
    for _ in 0..41 {
        run.batches.recv().await.unwrap();
    }
    let hours = run.start.elapsed().as_secs() / 3600;
    assert!((5..=12).contains(&hours), "{hours}");
    assert_eq!(
        run.batches.recv().await.unwrap().health.state,
        SourceState::Ok
    );
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_stall_only_where_it_is_not_normal() {
    let mut firehose = run(vec![polled("c1", 1)], Some(Duration::from_secs(120)));
    let mut hashtag = run(vec![polled("c1", 1)], None);
    let mut states = Vec::new();
    for _ in 0..6 {
        states.push(firehose.batches.recv().await.unwrap().health.state);
        assert_ne!(
            hashtag.batches.recv().await.unwrap().health.state,
            SourceState::Stalled
        );
    }
    use SourceState::{Ok, Stalled, Starting};
    assert_eq!(states, [Starting, Ok, Ok, Ok, Stalled, Stalled]);
}

#[tokio::test(start_paused = true)]
async fn a_full_channel_makes_the_source_wait_instead_of_losing_posts() {
    let mut run = run((0..20).map(|n| polled(&format!("c{n}"), 1)).collect(), None);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let mut n_given = 0;
    while run.given.try_recv().is_ok() {
        n_given += 1;
    }
    assert!(n_given <= 3, "{n_given} polls against a full channel");
    let mut n_posts = 0;
    while n_posts < 20 {
        n_posts += run.batches.recv().await.unwrap().posts.len();
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_never_returns_is_given_up() {
    let hang = Ok(Polled {
        gap: Some("hang".to_owned()),
        ..Polled::default()
    });
    let mut run = run(vec![hang, polled("c1", 1)], None);
    run.batches.recv().await.unwrap();
    assert_eq!(
        run.batches.recv().await.unwrap().health.state,
        SourceState::Stalled
    );
    assert_eq!(run.batches.recv().await.unwrap().posts.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_when_nobody_listens() {
    let (sink, batches) = mpsc::channel(4);
    let source = Scripted {
        outcomes: VecDeque::new(),
        given: mpsc::channel(100).0,
        stall_after: None,
    };
    drop(batches);
    let clock = Arc::new(PausedClock(Instant::now()));
    run_source(Box::new(source), None, sink, clock).await;
}
