//! The published figures: what an incident says of itself after a step.

use std::collections::{BTreeMap, BTreeSet};

use buio_detect::Level;
use buio_types::{
    CountryCode, CountryShare, CountryState, Echo, EventKind, IncidentEvent, IncidentKind,
    IncidentState, Minute, Refuge, Scope, ServiceId, Timestamp,
};

use crate::tally::{Report, Tally, shares, thousandths};
use crate::tracker::{Reading, Step, Tracker};
use crate::{confidence, scope, severity};

/// Posts that must name a refuge before it is told. Fewer → one writer's slip is told as a flight.
const REFUGE_POSTS: u64 = 3;

impl Tracker {
    /// Why an update is due, if it is.
    pub(crate) fn news(&self, reading: &Reading, step: &Step<'_>) -> Option<String> {
        let (listed, n_continents) = self.listed_countries(reading, step);
        let new_scope = scope(listed.len(), n_continents);
        if rank(new_scope) > rank(self.incident.scope) {
            return Some(format!("now in {} countries", listed.len()));
        }
        if reading.cause.is_some() && reading.cause != self.incident.cause {
            return Some("another incident explains this one".to_owned());
        }
        let is_time =
            step.now.secs_since(self.published_at) >= i64::from(step.rules.update_every) * 60;
        (is_time && self.tally.reports > self.published_reports).then(|| {
            format!(
                "{} reports more",
                self.tally.reports - self.published_reports
            )
        })
    }

    /// Brings the figures up to date and writes the event.
    pub(crate) fn publish(
        &mut self,
        event: EventKind,
        reason: String,
        reading: &Reading,
        step: &Step<'_>,
    ) -> IncidentEvent {
        self.refresh(reading, step);
        self.incident.revision += 1;
        self.published_at = step.now;
        self.published_reports = self.tally.reports;
        IncidentEvent {
            at: step.now,
            event,
            reason,
            incident: self.incident.clone(),
        }
    }

    fn refresh(&mut self, reading: &Reading, step: &Step<'_>) {
        let (countries, n_continents) = self.listed_countries(reading, step);
        let new_scope = scope(countries.len(), n_continents);
        let (authors_15, _) = self.votes.within(step.now.minute(), 15);
        let usual_15 = f64::from(reading.evidence.expected_per_min) * 15.0;
        let incident = &mut self.incident;
        // Scope and severity tell how far it went; they do not shrink while people recover.
        if rank(new_scope) > rank(incident.scope) {
            incident.scope = new_scope;
        }
        incident.severity =
            incident
                .severity
                .max(severity(f64::from(authors_15), usual_15, countries.len()));
        incident.countries = countries;
        incident.kind = self.tally.kind();
        incident.confidence = match incident
            .confidence
            .partial_cmp(&confidence(reading.evidence.ln_e))
        {
            Some(std::cmp::Ordering::Less) => confidence(reading.evidence.ln_e),
            _ => incident.confidence,
        };
        incident.symptoms = self.tally.symptoms();
        incident.platforms = self.tally.platforms();
        incident.reports = self.tally.reports;
        incident.authors = self.tally.authors();
        incident.expected = thousandths(self.expected.max(0.001));
        incident.ratio = thousandths(self.tally.reports as f64 / self.expected.max(0.001));
        let (peak, per_min) = self.tally.peak();
        incident.peak_at = peak.start();
        incident.peak_per_min = per_min;
        incident.evidence.clone_from(&self.tally.evidence);
        if reading.cause.is_some() {
            incident.cause.clone_from(&reading.cause);
        }
        incident.echoes = self
            .echoes
            .iter()
            .map(|(service, (reports, reason))| Echo {
                service: service.clone(),
                reports: *reports,
                reason: reason.clone(),
            })
            .collect();
        let fled_to: BTreeMap<ServiceId, u64> = self
            .refuges
            .iter()
            .filter(|(_, posts)| **posts >= REFUGE_POSTS)
            .map(|(service, posts)| (service.clone(), *posts))
            .collect();
        incident.refuges = shares(&fled_to)
            .into_iter()
            .filter_map(|s| {
                Some(Refuge {
                    service: ServiceId::parse(&s.id).ok()?,
                    share: s.share,
                })
            })
            .collect();
    }

    /// Countries concerned, most reports first, and on how many continents they lie.
    fn listed_countries(&self, reading: &Reading, step: &Step<'_>) -> (Vec<CountryShare>, usize) {
        let located: f64 = self
            .tally
            .countries
            .values()
            .map(|country| country.weight)
            .sum();
        let own: BTreeMap<CountryCode, Level> = reading.countries.iter().copied().collect();
        let mut listed: Vec<CountryShare> = Vec::new();
        for (&code, country) in &self.tally.countries {
            let share = country.weight / located.max(f64::MIN_POSITIVE);
            let series = own.get(&code);
            let was_listed = self
                .incident
                .countries
                .iter()
                .any(|shown| shown.code == code);
            let is_listed = series.is_some()
                || was_listed
                || (country.authors >= step.rules.country_authors
                    && share >= step.rules.country_share);
            if !is_listed {
                continue;
            }
            let state = match (self.incident.state, series) {
                (IncidentState::Recovering, _) => CountryState::Recovering,
                (IncidentState::Resolved | IncidentState::Dismissed, _) => CountryState::Resolved,
                (_, Some(Level::Confirmed)) => CountryState::Confirmed,
                _ => CountryState::Suspected,
            };
            listed.push(CountryShare {
                code,
                share: thousandths(share),
                reports: country.weight.round() as u64,
                started_at: country.first_at,
                state,
            });
        }
        listed.sort_by(|a, b| {
            b.share
                .total_cmp(&a.share)
                .then_with(|| a.code.cmp(&b.code))
        });
        let continents: BTreeSet<&str> = listed
            .iter()
            .filter_map(|country| step.catalog.country(country.code))
            .map(|country| country.continent.as_str())
            .collect();
        (listed, continents.len())
    }

    /// The start is the first report since the minute in which the surge most likely began.
    pub(crate) fn date_onset(&mut self, recent: &[Report], reading: &Reading, now: Timestamp) {
        let [from, to] = reading.evidence.onset.map(Minute::start);
        let began = reading.evidence.onset_at.start();
        let first = recent
            .iter()
            .map(|report| report.at)
            .filter(|at| *at >= began)
            .min();
        let started_at = first.unwrap_or(began).min(now);
        self.incident.started_at = started_at;
        self.incident.started_between = [from.min(started_at), to.max(started_at).min(now)];
    }
}

fn rank(scope: Scope) -> u8 {
    match scope {
        Scope::Country => 0,
        Scope::MultiCountry => 1,
        Scope::Worldwide => 2,
    }
}

impl Tally {
    /// Restriction or degradation when most reports say so.
    fn kind(&self) -> IncidentKind {
        let share = |n: u64| n as f64 / self.reports.max(1) as f64;
        if share(self.n_restricted) >= 0.5 {
            IncidentKind::Restriction
        } else if share(self.n_degraded) >= 0.6 {
            IncidentKind::Degraded
        } else {
            IncidentKind::Outage
        }
    }
}
