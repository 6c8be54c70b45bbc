//! What the series and the words of a service say becomes the next step of its incident.

use buio_catalog::Catalog;
use buio_detect::Level;
use buio_incident::{Opening, Reading, Rules, Step, Tracker};
use buio_normalize::is_near_duplicate;
use buio_types::{Cause, Likelihood, ServiceId, Timestamp};

use crate::coverage::Gap;
use crate::memory::ServiceMemory;
use crate::pipeline::Pipeline;

/// Posts against a neighbour of the same category for each report against a failing service:
/// people mix up names and blame the next one. Too small → neighbours are blamed; too large → a
/// second failure beside a big one is told late.
const SPILL_SHARE: f32 = 0.01;

/// An official word this long before an incident opens still speaks of it.
const STATEMENT_SECS: i64 = 2 * 3600;

/// A provider's incident this much older explains a dependant's.
const CAUSE_SECS: i64 = 3 * 3600;

impl Pipeline {
    /// Weighs the evidence on one service: takes the next step of its incident, or opens one.
    pub(crate) fn judge(&mut self, service: &ServiceId) {
        let Some(reading) = self.reading(service) else {
            return;
        };
        let step = step_at(self.now(), &self.rules, &self.catalog);
        let Some(tracker) = self.trackers.edit(service) else {
            if reading.evidence.level >= Level::Suspected && reading.is_covered {
                self.open(service, &reading);
            }
            return;
        };
        let was_open = tracker.incident().state.is_open();
        let events = tracker.step(&reading, &step);
        let is_open = tracker.incident().state.is_open();
        let is_finished = tracker.is_finished(step.now, step.rules);
        self.changes.events.extend(events);
        if was_open != is_open {
            self.series.freeze(service, is_open);
            self.series.clear_evidence(service);
        }
        if is_finished {
            self.trackers.remove(service);
        }
    }

    fn open(&mut self, service: &ServiceId, reading: &Reading) {
        let step = step_at(self.now(), &self.rules, &self.catalog);
        let recent = self.memory.recent(service, step.now);
        let name = self.catalog.service(service.as_str());
        let opening = Opening {
            service,
            service_name: name.map_or(service.as_str(), |row| &row.name),
            recent: &recent,
        };
        let (mut tracker, opened) = Tracker::open(&opening, reading, &step);
        let statement = self
            .memory
            .services
            .get(service)
            .and_then(|memory| memory.statement.as_ref()?.recall(step.now, STATEMENT_SECS));
        if let Some(statement) = statement.filter(|s| s.at >= tracker.incident().started_at) {
            tracker.state(statement);
        }
        self.changes.events.push(opened);
        self.changes.events.extend(tracker.step(reading, &step));
        self.trackers.insert(service.clone(), tracker);
        self.series.freeze(service, true);
    }

    fn reading(&self, service: &ServiceId) -> Option<Reading> {
        let (evidence, countries) = self.series.read(service, self.usual(service))?;
        Some(Reading {
            evidence,
            countries,
            is_covered: self.is_covered(service),
            cause: self.cause(service),
        })
    }

    /// The provider's own incident, when it began before or with this one.
    fn cause(&self, service: &ServiceId) -> Option<Cause> {
        const CONFIDENCE: f32 = 0.8;
        let provider = self.catalog.service(service.as_str())?.provider.as_ref()?;
        let incident = self.open_tracker(provider)?.incident();
        (self.now().secs_since(incident.started_at) <= CAUSE_SECS).then(|| Cause {
            service: provider.clone(),
            incident: Some(incident.id.clone()),
            confidence: Likelihood::try_from(CONFIDENCE).unwrap_or_default(),
        })
    }

    pub(crate) fn open_tracker(&self, service: &ServiceId) -> Option<&Tracker> {
        self.trackers
            .get(service)
            .filter(|tracker| tracker.incident().state.is_open())
    }

    /// How much more than its baseline a service brings because a neighbour of its category
    /// fails: the spill is part of what is usual, so it is no evidence.
    pub(crate) fn usual(&self, service: &ServiceId) -> f32 {
        let Some(row) = self.catalog.service(service.as_str()) else {
            return 1.0;
        };
        let neighbours_per_min: f32 = self
            .trackers
            .rows()
            .iter()
            .filter(|(other, tracker)| {
                *other != service
                    && tracker.incident().state.is_open()
                    && self
                        .catalog
                        .service(other.as_str())
                        .is_some_and(|other| other.category == row.category)
            })
            .map(|(_, tracker)| tracker.tally().peak_half_hour() as f32 / 30.0)
            .sum();
        if neighbours_per_min == 0.0 {
            return 1.0;
        }
        let baseline = self.series.baseline(service).max(f32::MIN_POSITIVE);
        1.0 + SPILL_SHARE * neighbours_per_min / baseline
    }

    /// Whether the sources that carry at least half of a service's posts are live.
    pub(crate) fn is_covered(&self, service: &ServiceId) -> bool {
        let Some(memory) = self.memory.services.get(service) else {
            return false;
        };
        let now = self.now();
        let all: u64 = memory.carriers.values().sum();
        let live: u64 = memory
            .carriers
            .iter()
            .filter(|(source, _)| self.sources.get(source).is_some_and(|s| s.is_live(now)))
            .map(|(_, n)| n)
            .sum();
        2 * live >= all
    }

    /// Since when a service is heard of, and from when on that is evidence: the earliest of its
    /// live sources, and the same warmed up.
    pub(crate) fn hearing(&self, service: &ServiceId, source: &String) -> (Timestamp, Timestamp) {
        let now = self.now();
        let carriers = self
            .memory
            .services
            .get(service)
            .map(|memory| &memory.carriers);
        carriers
            .into_iter()
            .flat_map(|carriers| carriers.keys())
            .chain(std::iter::once(source))
            .filter_map(|source| self.sources.get(source))
            .filter(|memory| memory.is_live(now))
            .map(|memory| (memory.live_since(), memory.heard_since()))
            .min()
            .unwrap_or((now, now))
    }

    /// Masks the series that rest mostly on a source that was silent.
    pub(crate) fn mask_gap(&mut self, source: &String, gap: Gap) {
        let rests_on_it = |memory: &ServiceMemory| {
            let of_source = memory.carriers.get(source).copied().unwrap_or(0);
            2 * of_source > memory.carriers.values().sum()
        };
        let services: Vec<ServiceId> = self
            .memory
            .services
            .rows()
            .iter()
            .filter(|(_, memory)| rests_on_it(memory))
            .map(|(service, _)| service.clone())
            .collect();
        for service in services {
            self.series
                .mask(&service, gap.from.minute(), gap.to.minute());
        }
    }
}

/// What a step is measured against. A function of fields, so that a tracker can be edited beside.
pub(crate) fn step_at<'a>(now: Timestamp, rules: &'a Rules, catalog: &'a Catalog) -> Step<'a> {
    Step {
        now,
        rules,
        catalog,
        is_near: is_near_duplicate,
    }
}
