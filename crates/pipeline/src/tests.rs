//! The laws of the whole: batches do not matter, restarts do not matter, posts add up.

use std::sync::{Arc, LazyLock};

use buio_catalog::Catalog;
use buio_classify::Classifier;
use buio_types::{DropReason, EventKind, IncidentEvent, Post, StatePart, StateRow, Timestamp};
use proptest::prelude::*;

use crate::Pipeline;

static CLASSIFIER: LazyLock<Arc<Classifier>> =
    LazyLock::new(|| Arc::new(Classifier::new(Arc::new(Catalog::builtin()))));

const START_SECS: i64 = 1_700_000_000;

fn post(n: usize, minute: i64, text: &str) -> Post {
    let at = Timestamp::from_secs(START_SECS + minute * 60);
    Post {
        id: n.to_string(),
        source: "test".into(),
        text: text.into(),
        posted_at: Some(at),
        received_at: Some(at),
        author: Some(format!("author-{n}")),
        country: "IT".parse().ok(),
        ..Post::default()
    }
}

/// Quiet hours with a post a minute; then `n_failing` people in a row, two a minute.
fn evening(n_failing: usize) -> Vec<Post> {
    let quiet = (0..600).map(|n| post(n, n as i64, "buona giornata a tutti"));
    let failing = (0..n_failing).map(|n| {
        let text = format!("whatsapp non funziona, messaggio {n} non parte");
        post(1000 + n, 600 + n as i64 / 2, &text)
    });
    quiet.chain(failing).collect()
}

fn end(posts: &[Post]) -> Timestamp {
    posts
        .iter()
        .filter_map(|post| post.received_at)
        .max()
        .unwrap_or_default()
}

fn events_of(posts: &[Post], batch: usize) -> Vec<IncidentEvent> {
    let mut pipeline = Pipeline::new(Arc::clone(&CLASSIFIER));
    posts
        .chunks(batch)
        .flat_map(|posts| pipeline.ingest(posts, end(posts)).events)
        .collect()
}

/// Commits like the store does: the last word on each row wins.
fn merge(kept: &mut Vec<StateRow>, changed: Vec<StateRow>) {
    for row in changed {
        kept.retain(|known| (known.part, &known.key) != (row.part, &row.key));
        kept.push(row);
    }
    kept.sort_by(|a, b| (a.part, &a.key).cmp(&(b.part, &b.key)));
}

#[test]
fn thirty_people_open_and_confirm_one_incident() {
    let events = events_of(&evening(30), 100);
    let steps: Vec<EventKind> = events.iter().map(|event| event.event).collect();
    assert_eq!(steps[..2], [EventKind::Opened, EventKind::Confirmed]);
    let incident = &events[1].incident;
    assert_eq!(incident.service.as_str(), "whatsapp");
    assert!(
        incident
            .countries
            .iter()
            .any(|country| country.code.as_str() == "IT")
    );
}

#[test]
fn one_household_however_loud_opens_nothing() {
    let mut posts = evening(30);
    for post in &mut posts[600..] {
        post.author = Some("the same".into());
    }
    assert_eq!(events_of(&posts, 100), []);
}

#[test]
fn official_voices_reposts_and_repetitions_are_no_reports() {
    let mut official = evening(30);
    official[600..]
        .iter_mut()
        .for_each(|post| post.role = buio_types::Role::Official);
    assert_eq!(events_of(&official, 100), []);
    let mut reposts = evening(30);
    reposts[600..]
        .iter_mut()
        .for_each(|post| post.is_repost = true);
    assert_eq!(events_of(&reposts, 100), []);
    let mut repeated = evening(30);
    repeated[600..]
        .iter_mut()
        .for_each(|post| post.id = "1000".into());
    assert_eq!(events_of(&repeated, 100), []);
}

#[test]
fn a_capture_that_begins_with_complaints_opens_nothing() {
    let posts = evening(30).split_off(600);
    assert_eq!(events_of(&posts, 100), []);
}

#[test]
fn posts_add_up_whatever_becomes_of_them() {
    let mut posts = evening(20);
    posts.push(posts[610].clone());
    posts.push(Post {
        text: "   ".into(),
        ..post(9000, 700, "")
    });
    posts.push(Post {
        is_deleted: true,
        ..post(1001, 701, "")
    });
    let mut pipeline = Pipeline::new(Arc::clone(&CLASSIFIER));
    let changes = pipeline.ingest(&posts, end(&posts));
    assert_eq!(changes.n_posts(), posts.len() as u64);
    for reason in [
        DropReason::Duplicate,
        DropReason::Empty,
        DropReason::Tombstone,
    ] {
        assert_eq!(changes.dropped.get(&reason), Some(&1), "{reason:?}");
    }
    assert_eq!(changes.tombstones, [("test".to_owned(), "1001".to_owned())]);
    let n_reports: u32 = changes.counts.values().map(|counts| counts.reports).sum();
    assert_eq!(n_reports, 20);
}

#[test]
fn a_deleted_post_leaves_the_evidence() {
    let posts = evening(30);
    let mut pipeline = Pipeline::new(Arc::clone(&CLASSIFIER));
    let events = pipeline.ingest(&posts, end(&posts)).events;
    let shown = events.last().unwrap().incident.evidence[0].clone();
    let tombstone = Post {
        id: shown.id.clone(),
        source: shown.source,
        is_deleted: true,
        ..post(0, 640, "")
    };
    pipeline.ingest(std::slice::from_ref(&tombstone), end(&posts));
    let incident = pipeline.incidents().next().unwrap();
    assert!(incident.evidence.iter().all(|post| post.id != shown.id));
}

#[test]
fn ticking_twice_is_ticking_once() {
    let posts = evening(30);
    let mut pipeline = Pipeline::new(Arc::clone(&CLASSIFIER));
    pipeline.ingest(&posts, end(&posts));
    let later = end(&posts).plus_secs(1800);
    pipeline.tick(later);
    let again = pipeline.tick(later);
    assert_eq!((again.events.len(), again.state.len()), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_partition_into_batches_gives_the_same_events(batch in 1_usize..200, n in 12_usize..40) {
        let posts = evening(n);
        prop_assert_eq!(events_of(&posts, batch), events_of(&posts, posts.len()));
    }

    #[test]
    fn a_pipeline_restored_anywhere_goes_on_as_if_it_had_not_stopped(stop in 590_usize..640) {
        let posts = evening(40);
        let (before, after) = posts.split_at(stop);
        let mut whole = Pipeline::new(Arc::clone(&CLASSIFIER));
        let mut rows = Vec::new();
        merge(&mut rows, whole.ingest(before, end(before)).state);
        let mut restored = Pipeline::new(Arc::clone(&CLASSIFIER));
        restored.restore(&rows).unwrap();
        let expected = whole.ingest(after, end(after));
        let found = restored.ingest(after, end(after));
        prop_assert_eq!(&found.events, &expected.events);
        prop_assert_eq!(&found.state, &expected.state);
        prop_assert!(found.state.iter().any(|row| row.part == StatePart::Series));
    }
}
