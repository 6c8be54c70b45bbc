//! The life of an incident, told by the minute: who fails, who is back, what is covered.

use buio_catalog::Catalog;
use buio_detect::{Evidence, Level};
use buio_types::{
    EventKind, IncidentEvent, IncidentState, Minute, Resolution, ServiceId, Timestamp,
};

use crate::tally::tests::report;
use crate::{Opening, Reading, Rules, Statement, Step, Tracker};

/// An incident in hand: time passes by the minute, and every event is kept.
struct Life {
    tracker: Tracker,
    catalog: Catalog,
    rules: Rules,
    minute: u32,
    n_authors: u64,
    level: Level,
    is_covered: bool,
    events: Vec<IncidentEvent>,
}

fn reading(level: Level, is_covered: bool) -> Reading {
    Reading {
        evidence: Evidence {
            ln_e: if level == Level::Confirmed {
                25.0
            } else {
                20.0
            },
            level,
            expected_per_min: 0.001,
            surge: 8.0,
            rho: 5.0,
            onset_at: Minute(1000),
            onset: [Minute(998), Minute(1002)],
            baseline_reports: 20.0,
        },
        countries: Vec::new(),
        is_covered,
        cause: None,
    }
}

impl Life {
    fn begin(level: Level, n_reports: u64) -> Life {
        let catalog = Catalog::builtin();
        let rules = Rules::default();
        let recent: Vec<_> = (0..n_reports)
            .map(|n| report(60_000 + n as i64, n, Some("IT")))
            .collect();
        let service = ServiceId::parse("whatsapp").unwrap();
        let opening = Opening {
            service: &service,
            service_name: "WhatsApp",
            recent: &recent,
        };
        let now = Timestamp::from_secs(1005 * 60);
        let step = Step {
            now,
            rules: &rules,
            catalog: &catalog,
            is_near: |a, b| a == b,
        };
        let (mut tracker, opened) = Tracker::open(&opening, &reading(level, true), &step);
        let mut events = vec![opened];
        events.extend(tracker.step(&reading(level, true), &step));
        Life {
            tracker,
            catalog,
            rules,
            minute: 1005,
            n_authors: n_reports,
            level,
            is_covered: true,
            events,
        }
    }

    /// `minutes` pass; in each, `failing` people report and `back` say that it works.
    fn pass(&mut self, minutes: u32, failing: u32, back: u32) {
        for _ in 0..minutes {
            self.minute += 1;
            let now = Timestamp::from_secs(i64::from(self.minute) * 60);
            let step = Step {
                now,
                rules: &self.rules,
                catalog: &self.catalog,
                is_near: |a, b| a == b,
            };
            for _ in 0..failing {
                self.n_authors += 1;
                self.tracker
                    .report(&report(now.as_secs(), self.n_authors, Some("IT")), &step);
            }
            (0..back).for_each(|_| self.tracker.back(now));
            self.events.extend(
                self.tracker
                    .step(&reading(self.level, self.is_covered), &step),
            );
        }
    }

    fn steps(&self) -> Vec<EventKind> {
        self.events
            .iter()
            .map(|e| e.event)
            .filter(|e| *e != EventKind::Updated)
            .collect()
    }

    fn state(&self) -> IncidentState {
        self.tracker.incident().state
    }
}

#[test]
fn opened_comes_first_and_its_time_is_fixed() {
    let mut life = Life::begin(Level::Confirmed, 12);
    life.pass(30, 2, 0);
    assert_eq!(life.steps(), [EventKind::Opened, EventKind::Confirmed]);
    assert_eq!(life.events[0].incident.state, IncidentState::Suspected);
    for event in &life.events {
        assert_eq!(event.incident.detected_at, life.events[0].at);
        assert_eq!(event.incident.id, "whatsapp-19700101T1645Z");
        assert!(!event.reason.is_empty());
    }
    let revisions: Vec<u32> = life.events.iter().map(|e| e.incident.revision).collect();
    assert!(revisions.is_sorted() && revisions[0] == 1);
}

#[test]
fn counts_alone_do_not_confirm_four_authors() {
    let mut life = Life::begin(Level::Confirmed, 4);
    assert_eq!(life.steps(), [EventKind::Opened]);
    life.pass(1, 1, 0);
    assert_eq!(life.steps(), [EventKind::Opened, EventKind::Confirmed]);
}

#[test]
fn words_of_recovery_end_it_and_silence_does_not() {
    let mut life = Life::begin(Level::Confirmed, 20);
    life.pass(60, 3, 0);
    life.pass(60, 0, 0);
    assert_eq!(
        life.state(),
        IncidentState::Confirmed,
        "an hour of silence is no recovery"
    );
    life.pass(5, 0, 2);
    assert_eq!(life.state(), IncidentState::Recovering);
    life.pass(30, 0, 0);
    assert_eq!(life.state(), IncidentState::Resolved);
    assert_eq!(
        life.tracker.incident().resolution,
        Some(Resolution::Recovered)
    );
}

#[test]
fn many_who_still_fail_keep_it_open_although_they_are_fewer() {
    let mut life = Life::begin(Level::Confirmed, 20);
    life.pass(60, 40, 0);
    life.pass(240, 2, 0); // a twentieth of the peak, and far above the usual
    assert_eq!(life.state(), IncidentState::Confirmed);
    life.pass(15, 2, 3);
    assert_eq!(life.state(), IncidentState::Recovering);
    life.pass(60, 2, 0);
    assert_ne!(life.state(), IncidentState::Resolved);
}

#[test]
fn it_fades_after_six_covered_calm_hours_only() {
    let mut life = Life::begin(Level::Confirmed, 20);
    life.pass(30, 1, 0);
    life.pass(355, 0, 0);
    assert_eq!(life.state(), IncidentState::Confirmed);
    life.pass(10, 0, 0);
    assert_eq!(life.tracker.incident().resolution, Some(Resolution::Faded));

    let mut blind = Life::begin(Level::Confirmed, 20);
    blind.pass(30, 1, 0);
    blind.is_covered = false;
    blind.pass(8 * 60, 0, 0);
    assert_eq!(
        blind.state(),
        IncidentState::Confirmed,
        "an empty source is not calm"
    );
    blind.is_covered = true;
    blind.pass(355, 0, 0);
    assert_eq!(
        blind.state(),
        IncidentState::Confirmed,
        "six hours count from when it is covered"
    );
    blind.pass(10, 0, 0);
    assert_eq!(blind.tracker.incident().resolution, Some(Resolution::Faded));
}

#[test]
fn three_days_without_coverage_expire_it() {
    let mut life = Life::begin(Level::Confirmed, 20);
    life.is_covered = false;
    life.pass(72 * 60, 0, 0);
    assert_eq!(life.state(), IncidentState::Confirmed);
    life.pass(2, 0, 0);
    assert_eq!(
        life.tracker.incident().resolution,
        Some(Resolution::Expired)
    );
}

#[test]
fn a_relapse_is_confirmed_again_and_within_the_hour_reopened() {
    let mut life = Life::begin(Level::Confirmed, 20);
    life.pass(30, 5, 0);
    life.pass(10, 0, 8);
    assert_eq!(life.state(), IncidentState::Recovering);
    life.pass(12, 9, 0);
    assert_eq!(life.state(), IncidentState::Confirmed);
    life.pass(15, 0, 12);
    life.pass(40, 0, 0);
    assert_eq!(life.state(), IncidentState::Resolved);
    life.pass(10, 9, 0);
    let expected = [
        EventKind::Opened,
        EventKind::Confirmed,
        EventKind::Recovering,
        EventKind::Confirmed,
        EventKind::Recovering,
        EventKind::Resolved,
        EventKind::Reopened,
    ];
    assert_eq!(life.steps(), expected);
    assert_eq!(life.tracker.incident().resolved_at, None);
}

#[test]
fn an_hour_after_the_end_it_is_finished() {
    let mut life = Life::begin(Level::Confirmed, 20);
    life.pass(5, 0, 5);
    life.pass(90, 0, 0);
    let now = |minute: u32| Timestamp::from_secs(i64::from(minute) * 60);
    assert_eq!(life.state(), IncidentState::Resolved);
    let end = life.tracker.incident().resolved_at.unwrap().minute().0;
    assert!(!life.tracker.is_finished(now(end + 60), &life.rules));
    assert!(life.tracker.is_finished(now(end + 61), &life.rules));
}

#[test]
fn the_operators_word_is_acknowledged_once_with_its_lag() {
    let mut life = Life::begin(Level::Confirmed, 20);
    let said_at = Timestamp::from_secs(1030 * 60);
    let statement = |is_fix| Statement {
        at: said_at,
        url: None,
        text: "aware".into(),
        is_fix,
    };
    life.pass(25, 3, 0);
    life.tracker.state(statement(false));
    life.tracker.state(statement(false));
    life.pass(2, 3, 0);
    assert_eq!(
        life.steps(),
        [
            EventKind::Opened,
            EventKind::Confirmed,
            EventKind::Acknowledged
        ]
    );
    let incident = life.tracker.incident();
    assert_eq!(
        incident.official.as_ref().unwrap().lag_s,
        said_at.secs_since(incident.started_at)
    );
    life.tracker.state(statement(true));
    life.pass(1, 0, 0);
    assert_eq!(life.state(), IncidentState::Recovering);
}

#[test]
fn updates_keep_ten_minutes_between_them() {
    let mut life = Life::begin(Level::Confirmed, 20);
    life.pass(60, 2, 0);
    let at: Vec<i64> = life
        .events
        .iter()
        .filter(|event| event.event == EventKind::Updated)
        .map(|event| event.at.as_secs())
        .collect();
    assert!(at.len() >= 4);
    assert!(at.windows(2).all(|pair| pair[1] - pair[0] >= 600), "{at:?}");
}

#[test]
fn stepping_twice_at_one_instant_changes_nothing_more() {
    let mut life = Life::begin(Level::Confirmed, 20);
    life.pass(20, 2, 0);
    let before = life.tracker.clone();
    let now = Timestamp::from_secs(i64::from(life.minute) * 60);
    let step = Step {
        now,
        rules: &life.rules,
        catalog: &life.catalog,
        is_near: |a, b| a == b,
    };
    assert!(
        life.tracker
            .step(&reading(Level::Confirmed, true), &step)
            .is_empty()
    );
    assert_eq!(life.tracker, before);
}
