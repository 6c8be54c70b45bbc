//! A batch goes in whole, comes out as it was, and is let go of in time.

use buio_pipeline::{Changes, Counts};
use buio_types::{
    DropReason, EventKind, Evidence, Incident, IncidentEvent, IncidentKind, IncidentState,
    Likelihood, Minute, Scope, ServiceId, Severity, StatePart, StateRow, Timestamp,
};

use crate::{Batch, IncidentFilter, SourceRow, Store};

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000 + secs)
}

fn evidence(id: &str) -> Evidence {
    Evidence {
        source: "x".into(),
        id: id.into(),
        url: Some("https://example.org/1".into()),
        posted_at: at(0),
        lang: Some("it".into()),
        country: "IT".parse().ok(),
        likelihood: Likelihood::ONE,
        text: Some("non va".into()),
    }
}

fn incident(revision: u32) -> Incident {
    Incident {
        id: "example-1".into(),
        service: ServiceId::parse("example").unwrap(),
        service_name: "Example".into(),
        scope: Scope::Country,
        countries: Vec::new(),
        state: IncidentState::Suspected,
        kind: IncidentKind::Outage,
        severity: Severity::Minor,
        confidence: Likelihood::ONE,
        symptoms: Vec::new(),
        platforms: Vec::new(),
        started_at: at(0),
        started_between: [at(0), at(0)],
        detected_at: at(60),
        confirmed_at: None,
        acknowledged_at: None,
        recovering_at: None,
        resolved_at: None,
        resolution: None,
        reports: 2,
        authors: 2,
        expected: 0.1,
        ratio: 20.0,
        peak_at: at(0),
        peak_per_min: 2,
        official: None,
        cause: None,
        echoes: Vec::new(),
        refuges: Vec::new(),
        evidence: vec![evidence("1"), evidence("2")],
        corrections: Vec::new(),
        revision,
    }
}

fn batch(revision: u32) -> Batch {
    let key = (
        ServiceId::parse("example").unwrap(),
        None,
        Minute(28_333_333),
    );
    Batch {
        changes: Changes {
            events: vec![IncidentEvent {
                at: at(60),
                event: EventKind::Opened,
                reason: "tested".into(),
                incident: incident(revision),
            }],
            counts: [(
                key,
                Counts {
                    posts: 3,
                    mentions: 1,
                    reports: 2,
                },
            )]
            .into(),
            state: vec![StateRow {
                part: StatePart::Series,
                key: vec![1],
                value: Some(vec![2, 3]),
            }],
            n_counted: 3,
            ..Changes::default()
        },
        cursors: vec![("file".into(), "17".into())],
        sources: vec![SourceRow {
            source: "file".into(),
            n_posts: 3,
            ..SourceRow::default()
        }],
        dropped: [(("file".to_owned(), DropReason::Malformed), 1)].into(),
        now: at(60),
    }
}

#[test]
fn what_is_committed_comes_back_as_it_was() {
    let mut store = Store::in_memory().unwrap();
    let batch = batch(1);
    store.commit(&batch).unwrap();
    assert_eq!(store.incident("example-1").unwrap(), Some(incident(1)));
    assert_eq!(store.state().unwrap(), batch.changes.state);
    assert_eq!(store.cursor("file").unwrap().as_deref(), Some("17"));
    let updates = store.updates(None, 0).unwrap();
    assert_eq!((updates.len(), updates[0].reason.as_str()), (1, "tested"));
    assert!(store.updates(None, updates[0].number).unwrap().is_empty());
}

#[test]
fn counts_and_drops_add_up_over_batches() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&batch(1)).unwrap();
    store.commit(&batch(2)).unwrap();
    let counts = store
        .query("SELECT posts, mentions, reports FROM v1_counts")
        .unwrap();
    assert_eq!(
        counts.rows[0]
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["6", "2", "4"]
    );
    let sources = store
        .query("SELECT posts, dropped FROM v1_sources")
        .unwrap();
    assert_eq!(
        sources.rows[0]
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["6", "2"]
    );
}

#[test]
fn a_batch_that_fails_leaves_nothing_behind() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&batch(1)).unwrap();
    let mut repeated = batch(1); // the same revision again breaks a key
    repeated.cursors = vec![("file".into(), "99".into())];
    assert!(store.commit(&repeated).is_err());
    assert_eq!(store.cursor("file").unwrap().as_deref(), Some("17"));
    let counts = store.query("SELECT posts FROM v1_counts").unwrap();
    assert_eq!(counts.rows[0][0].to_string(), "3");
}

#[test]
fn words_go_after_three_days_and_deleted_posts_at_once() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&batch(1)).unwrap();
    let body = store.query("SELECT body FROM incidents").unwrap().rows[0][0].to_string();
    assert!(!body.contains("non va"), "words stand in the evidence only");
    let deletion = Batch {
        changes: Changes {
            tombstones: vec![("x".into(), "1".into())],
            ..Changes::default()
        },
        now: at(120),
        ..Batch::default()
    };
    store.commit(&deletion).unwrap();
    let shown = store.incident("example-1").unwrap().unwrap().evidence;
    assert_eq!(shown, [evidence("2")]);
    store
        .commit(&Batch {
            now: at(73 * 3600),
            ..Batch::default()
        })
        .unwrap();
    let shown = store.incident("example-1").unwrap().unwrap().evidence;
    assert_eq!(shown[0].text, None);
}

#[test]
fn incidents_are_found_by_what_is_asked_of_them() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&batch(1)).unwrap();
    let n_found = |filter: IncidentFilter| store.incidents(&filter).unwrap().len();
    assert_eq!(
        n_found(IncidentFilter {
            service: Some("example".into()),
            ..Default::default()
        }),
        1
    );
    assert_eq!(
        n_found(IncidentFilter {
            service: Some("other".into()),
            ..Default::default()
        }),
        0
    );
    assert_eq!(
        n_found(IncidentFilter {
            state: Some("resolved".into()),
            ..Default::default()
        }),
        0
    );
    assert_eq!(
        n_found(IncidentFilter {
            until: Some(at(-1)),
            ..Default::default()
        }),
        0
    );
    assert_eq!(
        n_found(IncidentFilter {
            since: Some(at(1)),
            ..Default::default()
        }),
        1
    );
    assert_eq!(
        n_found(IncidentFilter {
            country: "FR".parse().ok(),
            ..Default::default()
        }),
        0
    );
}
