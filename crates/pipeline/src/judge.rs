use buio_catalog::Catalog;
use buio_detect::Level;
use buio_incident::{Opening, Reading, Report, Rules, Statement, Step, Tracker};
use buio_normalize::is_near_duplicate;
use buio_types::{
    Cause, Classified, Evidence, Likelihood, Post, Role, ServiceId, Signal, SignalKind, Timestamp,
};

use crate::coverage::Gap;
use crate::memory::{Claim, Novelty, ServiceMemory, StatementMemory, author_key};
use crate::pipeline::Pipeline;

/// Reports of a service that stand on their own within [`SOLO_SECS`], from which posts that name
/// it beside a failing one count for it too. Fewer → a neighbour is blamed; more → a family of
/// services that fail together is told late.
const SOLO_REPORTS: usize = 3;
const SOLO_SECS: i64 = 3600;

/// Posts against a neighbour of the same category for each report against a failing service:
/// people mix up names and blame the next one. Too small → neighbours are blamed; too large → a
/// second failure beside a big one is told late.
const SPILL_SHARE: f32 = 0.01;

/// A post this much older than the clock tells of a time that is judged already: it is counted,
/// and no evidence.
const LATE_SECS: i64 = 15 * 60;

/// An official word this long before an incident opens still speaks of it.
const STATEMENT_SECS: i64 = 2 * 3600;

/// A provider's incident this much older explains a dependant's.
const CAUSE_SECS: i64 = 3 * 3600;

impl Pipeline {
    /// Counts what a post says, service by service, and judges those that it reports.
    pub(crate) fn weigh(&mut self, post: &Post, classified: &Classified, event_at: Timestamp) {
        let failing: Vec<&ServiceId> = classified
            .signals
            .iter()
            .filter(|signal| is_present_failure(signal))
            .filter_map(|signal| signal.service.as_ref())
            .collect();
        let now = self.now();
        for signal in &classified.signals {
            let Some(service) = &signal.service else {
                continue;
            };
            self.memory.note_carrier(service, &post.source);
            let is_voice = post.role == Role::User && !post.is_repost;
            let claim = claim_of(signal);
            let is_new = is_voice
                && claim.is_some_and(|claim| {
                    self.memory.is_new_voice(service, (author_key(post), claim), now)
                });
            let mut is_report = false;
            if is_new && claim == Some(Claim::Failing) {
                let report = report_of(post, classified, signal, event_at);
                is_report = self.take_report(service, &failing, &report, post);
            }
            self.count(
                service,
                signal,
                event_at,
                (is_voice && !is_report, is_report),
            );
            if is_new && claim == Some(Claim::Back) {
                self.hear_back(service);
            }
            if matches!(post.role, Role::Official | Role::News) {
                self.hear_statement(service, signal, post, event_at);
            }
            if signal.kind == SignalKind::Refuge && is_voice {
                self.hear_refuge(service, &failing);
            }
        }
    }

    fn count(
        &mut self,
        service: &ServiceId,
        signal: &Signal,
        event_at: Timestamp,
        (is_mention, is_report): (bool, bool),
    ) {
        let country = signal
            .countries
            .first()
            .filter(|(_, weight)| *weight >= 0.5);
        let key = (
            service.clone(),
            country.map(|(code, _)| *code),
            event_at.minute(),
        );
        let counts = self.changes.counts.entry(key).or_default();
        counts.posts += 1;
        counts.mentions += u32::from(is_mention);
        counts.reports += u32::from(is_report);
    }

    /// Whether the report counts; if so, its series and its incident hear of it.
    fn take_report(
        &mut self,
        service: &ServiceId,
        failing: &[&ServiceId],
        report: &Report,
        post: &Post,
    ) -> bool {
        let now = self.now();
        if now.secs_since(report.at) > LATE_SECS {
            return true; // counted for its minute, but that minute is judged
        }
        if self.is_explained_by_neighbour(service, failing) {
            return false;
        }
        if self.memory.remember(service, report, is_near_duplicate) == Novelty::Copy {
            return false;
        }
        let (live_since, heard_since) = self.hearing(service, &post.source);
        let usual = self.usual(service);
        let places = std::iter::once(None).chain(report.country().map(Some));
        for place in places {
            let key = (service.clone(), place);
            self.series.observe(&key, now.minute(), live_since.minute(), usual);
        }
        if now < heard_since {
            // How a capture begins teaches what is usual, and says nothing of how people fare.
            self.series.clear_evidence(service);
            return true;
        }
        if let Some(tracker) = self.trackers.edit(service) {
            tracker.report(report, &step_at(now, &self.rules, &self.catalog));
        }
        self.judge(service);
        true
    }

    /// A post that names several failing services is no evidence against the ones that nobody
    /// reports alone, while another of them has an incident: it is kept there as an echo.
    fn is_explained_by_neighbour(&mut self, service: &ServiceId, failing: &[&ServiceId]) -> bool {
        if failing.len() < 2 || self.open_tracker(service).is_some() {
            return false;
        }
        let neighbour = failing
            .iter()
            .find(|other| **other != service && self.open_tracker(other).is_some())
            .map(|other| (*other).clone());
        let Some(neighbour) = neighbour else {
            return false;
        };
        if self.memory.n_recent(service, self.now(), SOLO_SECS) >= SOLO_REPORTS {
            return false;
        }
        if let Some(tracker) = self.trackers.edit(&neighbour) {
            tracker.echo(service, "named_with");
        }
        true
    }

    fn hear_back(&mut self, service: &ServiceId) {
        let now = self.now();
        if let Some(tracker) = self.trackers.edit(service) {
            tracker.back(now);
        }
        self.judge(service);
    }

    fn hear_refuge(&mut self, refuge: &ServiceId, failing: &[&ServiceId]) {
        let open: Vec<ServiceId> = self
            .trackers
            .rows()
            .iter()
            .filter(|(_, tracker)| tracker.incident().state.is_open())
            .map(|(service, _)| service.clone())
            .collect();
        let named = open.iter().find(|service| failing.contains(service));
        // A post that says only "everyone is on Telegram" speaks of the one incident there is.
        let fled = named.or(if open.len() == 1 { open.first() } else { None });
        if let Some(tracker) = fled.and_then(|service| self.trackers.edit(service)) {
            tracker.refuge(refuge);
        }
    }

    fn hear_statement(
        &mut self,
        service: &ServiceId,
        signal: &Signal,
        post: &Post,
        event_at: Timestamp,
    ) {
        const STATEMENT_CHARS: usize = 280;
        let is_fix = signal.kind == SignalKind::Back && post.role == Role::Official;
        if signal.kind != SignalKind::Acknowledged && !is_fix {
            return;
        }
        let statement = Statement {
            at: event_at,
            url: post.url.clone(),
            text: post.text.chars().take(STATEMENT_CHARS).collect(),
            is_fix,
        };
        if self.open_tracker(service).is_some() {
            if let Some(tracker) = self.trackers.edit(service) {
                tracker.state(statement);
            }
            self.judge(service);
        } else if !is_fix {
            let memory = self
                .memory
                .services
                .edit_or_insert(service, ServiceMemory::default);
            memory.statement = Some(StatementMemory::from(&statement));
        }
    }

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

    fn open_tracker(&self, service: &ServiceId) -> Option<&Tracker> {
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
    fn hearing(&self, service: &ServiceId, source: &String) -> (Timestamp, Timestamp) {
        let now = self.now();
        let carriers = self.memory.services.get(service).map(|memory| &memory.carriers);
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
fn step_at<'a>(now: Timestamp, rules: &'a Rules, catalog: &'a Catalog) -> Step<'a> {
    Step {
        now,
        rules,
        catalog,
        is_near: is_near_duplicate,
    }
}

/// Failing now: down, degraded or blocked, more likely than not.
fn is_present_failure(signal: &Signal) -> bool {
    signal.is_failure()
        || (signal.kind == SignalKind::Restriction && signal.likelihood.get() >= 0.5)
}

/// What counts once an author; everything else is a mention.
fn claim_of(signal: &Signal) -> Option<Claim> {
    if is_present_failure(signal) {
        Some(Claim::Failing)
    } else {
        (signal.kind == SignalKind::Back).then_some(Claim::Back)
    }
}

fn report_of(post: &Post, classified: &Classified, signal: &Signal, at: Timestamp) -> Report {
    const TEXT_CHARS: usize = 280;
    let mut report = Report {
        at,
        author: author_key(post),
        fingerprint: classified.fingerprint,
        kind: signal.kind,
        countries: signal.countries.clone(),
        platforms: signal.platforms.clone(),
        symptoms: signal.symptoms.clone(),
        evidence: Evidence {
            source: post.source.clone(),
            id: post.id.clone(),
            url: post.url.clone(),
            posted_at: at,
            lang: classified.lang.clone(),
            country: None,
            likelihood: signal.likelihood,
            text: Some(post.text.chars().take(TEXT_CHARS).collect()),
        },
    };
    report.evidence.country = report.country();
    report
}
