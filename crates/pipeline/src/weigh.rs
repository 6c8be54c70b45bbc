//! What a post says becomes counts, reports and words, service by service.

use buio_incident::{Report, Statement};
use buio_normalize::is_near_duplicate;
use buio_types::{Classified, Evidence, Post, Role, ServiceId, Signal, SignalKind, Timestamp};

use crate::judge::step_at;
use crate::memory::{Claim, Novelty, ServiceMemory, StatementMemory, author_key};
use crate::pipeline::Pipeline;
use crate::series_table::Hearing;

/// Reports of a service that stand on their own within [`SOLO_SECS`], from which posts that name
/// it beside a failing one count for it too. Fewer → a neighbour is blamed; more → a family of
/// services that fail together is told late.
const SOLO_REPORTS: usize = 3;
const SOLO_SECS: i64 = 3600;

/// A post this much older than the clock tells of a time that is judged already: it is counted,
/// and no evidence.
const LATE_SECS: i64 = 15 * 60;

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
                    self.memory
                        .is_new_voice(service, (author_key(post), claim), now)
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
        let hearing = Hearing {
            minute: now.minute(),
            live_since: live_since.minute(),
            usual: self.usual(service),
            has_incident: self.open_tracker(service).is_some(),
        };
        for place in std::iter::once(None).chain(report.country().map(Some)) {
            self.series.observe(&(service.clone(), place), &hearing);
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
        if self.open_tracker(refuge).is_some() {
            return; // nobody flees to what is dark itself
        }
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
