use std::collections::BTreeMap;

use buio_catalog::Catalog;
use buio_detect::{Evidence, Level};
use buio_types::{
    Cause, CountryCode, EventKind, Incident, IncidentEvent, IncidentKind, IncidentState,
    Likelihood, Minute, OfficialStatement, Scope, ServiceId, Severity, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::tally::{Report, Tally};
use crate::{Rules, Votes};

/// One incident and the working memory that its next step needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tracker {
    pub(crate) incident: Incident,
    pub(crate) tally: Tally,
    pub(crate) votes: Votes,
    pub(crate) refuges: BTreeMap<ServiceId, u64>,
    pub(crate) echoes: BTreeMap<ServiceId, (u64, String)>,
    /// Reports that usual days would have brought since the start.
    pub(crate) expected: f64,
    pub(crate) stepped_at: Minute,
    pub(crate) covered_since: Minute,
    pub(crate) uncovered_since: Option<Minute>,
    pub(crate) published_at: Timestamp,
    pub(crate) published_reports: u64,
    pub(crate) is_ack_due: bool,
    pub(crate) fix_said_at: Option<Minute>,
}

/// What the series of a service say at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// World and countries combined.
    pub evidence: Evidence,
    /// Countries whose own series stand out, with how far they climbed.
    pub countries: Vec<(CountryCode, Level)>,
    /// Whether the sources that carry the service are live.
    pub is_covered: bool,
    /// What made the service fail, if another incident explains it.
    pub cause: Option<Cause>,
}

/// What the operator, its staff or a newsroom said.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// When.
    pub at: Timestamp,
    /// Where it stands.
    pub url: Option<String>,
    /// Its words, shortened by the caller.
    pub text: String,
    /// It says that the service works again.
    pub is_fix: bool,
}

/// What a new incident starts from.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// The service.
    pub service: &'a ServiceId,
    /// Its name for people.
    pub service_name: &'a str,
    /// Reports of the last hours, oldest first; those before the onset are left out.
    pub recent: &'a [Report],
}

/// What every step is measured against.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// The pipeline's clock.
    pub now: Timestamp,
    /// The bars.
    pub rules: &'a Rules,
    /// Continents of countries.
    pub catalog: &'a Catalog,
    /// Tells near-duplicate fingerprints.
    pub is_near: fn(u64, u64) -> bool,
}

impl Tracker {
    /// Opens an incident; the first event is always `opened`.
    #[must_use]
    pub fn open(
        opening: &Opening<'_>,
        reading: &Reading,
        step: &Step<'_>,
    ) -> (Self, IncidentEvent) {
        let minute = step.now.minute();
        let mut tracker = Tracker {
            incident: blank(opening, step.now),
            tally: Tally::default(),
            votes: Votes::default(),
            refuges: BTreeMap::new(),
            echoes: BTreeMap::new(),
            expected: 0.0,
            stepped_at: minute,
            covered_since: minute.minus(opening_age(reading, minute)),
            uncovered_since: None,
            published_at: step.now,
            published_reports: 0,
            is_ack_due: false,
            fix_said_at: None,
        };
        let onset = reading.evidence.onset[0].start();
        for report in opening.recent.iter().filter(|report| report.at >= onset) {
            tracker.tally.add(report, step.is_near);
            tracker.votes.fail(report.at.minute());
        }
        tracker.date_onset(opening.recent, reading, step.now);
        let minutes = minute.since(tracker.incident.started_at.minute());
        tracker.expected = f64::from(reading.evidence.expected_per_min) * f64::from(minutes + 1);
        let reason = format!("ln e {:.1} passed the first bar", reading.evidence.ln_e);
        let event = tracker.publish(EventKind::Opened, reason, reading, step);
        (tracker, event)
    }

    /// The incident as last published.
    #[must_use]
    pub fn incident(&self) -> &Incident {
        &self.incident
    }

    /// The symptoms, countries and authors so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Closed, and too long ago to be reopened.
    #[must_use]
    pub fn is_finished(&self, now: Timestamp, rules: &Rules) -> bool {
        self.incident
            .resolved_at
            .is_some_and(|end| now.secs_since(end) > i64::from(rules.reopen_within) * 60)
    }

    /// One more report that counts.
    pub fn report(&mut self, report: &Report, step: &Step<'_>) {
        self.tally.add(report, step.is_near);
        self.votes.fail(step.now.minute());
    }

    /// One more author says that it works again.
    pub fn back(&mut self, now: Timestamp) {
        self.votes.back(now.minute());
    }

    /// A post names `service` as where people went instead.
    pub fn refuge(&mut self, service: &ServiceId) {
        const REFUGES_MAX: usize = 64;
        if self.refuges.len() < REFUGES_MAX || self.refuges.contains_key(service) {
            *self.refuges.entry(service.clone()).or_default() += 1;
        }
    }

    /// A report against `service` is set aside, because this incident explains it.
    pub fn echo(&mut self, service: &ServiceId, reason: &str) {
        const ECHOES_MAX: usize = 64;
        if self.echoes.len() < ECHOES_MAX || self.echoes.contains_key(service) {
            self.echoes
                .entry(service.clone())
                .or_insert((0, reason.to_owned()))
                .0 += 1;
        }
    }

    /// The operator spoke. The first statement is kept; a later one that says "fixed" is heard.
    pub fn state(&mut self, statement: Statement) {
        if statement.is_fix {
            self.fix_said_at = Some(statement.at.minute());
        }
        if self.incident.official.is_none() {
            self.incident.acknowledged_at = Some(statement.at);
            self.incident.official = Some(OfficialStatement {
                status: statement.text,
                url: statement.url,
                posted_at: statement.at,
                lag_s: statement.at.secs_since(self.incident.started_at),
            });
            self.is_ack_due = true;
        }
    }

    /// Forgets a post that was deleted upstream.
    pub fn forget(&mut self, source: &str, id: &str) {
        if self.tally.forget(source, id) {
            self.incident.evidence = self.tally.evidence.clone();
        }
    }

    /// Weighs what is known at `step.now`. Called at each minute and after each report; calling
    /// it twice at the same instant changes nothing more.
    pub fn step(&mut self, reading: &Reading, step: &Step<'_>) -> Vec<IncidentEvent> {
        self.pass_time(reading, step.now.minute());
        let mut events = Vec::new();
        if self.is_ack_due {
            self.is_ack_due = false;
            let lag_s = self
                .incident
                .official
                .as_ref()
                .map_or(0, |official| official.lag_s);
            let reason = format!("the operator spoke {} minutes after the start", lag_s / 60);
            events.push(self.publish(EventKind::Acknowledged, reason, reading, step));
        }
        if let Some((event, reason)) = self.transition(reading, step) {
            events.push(self.publish(event, reason, reading, step));
        } else if self.incident.state.is_open()
            && let Some(reason) = self.news(reading, step)
        {
            events.push(self.publish(EventKind::Updated, reason, reading, step));
        }
        events
    }

    fn pass_time(&mut self, reading: &Reading, minute: Minute) {
        let minutes = minute.since(self.stepped_at);
        self.stepped_at = self.stepped_at.max(minute);
        if reading.is_covered {
            if self.uncovered_since.take().is_some() {
                self.covered_since = minute;
            }
            if self.incident.state.is_open() {
                self.expected += f64::from(reading.evidence.expected_per_min) * f64::from(minutes);
            }
        } else if self.uncovered_since.is_none() {
            self.uncovered_since = Some(minute);
        }
    }
}

/// How long the opening's onset lies back: coverage is taken as intact since then.
fn opening_age(reading: &Reading, minute: Minute) -> u32 {
    minute.since(reading.evidence.onset[0])
}

fn blank(opening: &Opening<'_>, now: Timestamp) -> Incident {
    Incident {
        id: incident_id(opening.service, now),
        service: opening.service.clone(),
        service_name: opening.service_name.to_owned(),
        scope: Scope::Country,
        countries: Vec::new(),
        state: IncidentState::Suspected,
        kind: IncidentKind::Outage,
        severity: Severity::Minor,
        confidence: Likelihood::ZERO,
        symptoms: Vec::new(),
        platforms: Vec::new(),
        started_at: now,
        started_between: [now, now],
        detected_at: now,
        confirmed_at: None,
        acknowledged_at: None,
        recovering_at: None,
        resolved_at: None,
        resolution: None,
        reports: 0,
        authors: 0,
        expected: 0.0,
        ratio: 0.0,
        peak_at: now,
        peak_per_min: 0,
        official: None,
        cause: None,
        echoes: Vec::new(),
        refuges: Vec::new(),
        evidence: Vec::new(),
        corrections: Vec::new(),
        revision: 0,
    }
}

/// `<service>-<opening minute>`: a service opens at most one incident a minute.
fn incident_id(service: &ServiceId, opened_at: Timestamp) -> String {
    let minute = opened_at.minute().start().to_string();
    let stamp: String = minute.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    // 20170503T201300Z → 20170503T2013Z
    let stamp = stamp
        .strip_suffix("00Z")
        .map_or(stamp.clone(), |head| format!("{head}Z"));
    format!("{service}-{stamp}")
}
