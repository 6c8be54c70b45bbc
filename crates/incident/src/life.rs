//! The changes of state: which bar each one takes, and the reason it gives.

use buio_detect::Level;
use buio_types::{EventKind, IncidentState, Resolution, Timestamp};

use crate::tracker::{Reading, Step, Tracker};

impl Tracker {
    /// The one change of state that is due, if any.
    pub(crate) fn transition(
        &mut self,
        reading: &Reading,
        step: &Step<'_>,
    ) -> Option<(EventKind, String)> {
        match self.incident.state {
            IncidentState::Suspected => self
                .confirm(reading, step)
                .or_else(|| self.recover(step))
                .or_else(|| self.end_without_words(reading, step)),
            IncidentState::Confirmed => self
                .recover(step)
                .or_else(|| self.end_without_words(reading, step)),
            IncidentState::Recovering => self
                .relapse(reading, step)
                .or_else(|| self.resolve(reading, step))
                .or_else(|| self.end_without_words(reading, step)),
            IncidentState::Resolved => self.reopen(reading, step),
            IncidentState::Dismissed => None,
        }
    }

    fn confirm(&mut self, reading: &Reading, step: &Step<'_>) -> Option<(EventKind, String)> {
        let (authors, texts) = (self.tally.authors(), self.tally.texts());
        let is_due = reading.evidence.level >= Level::Confirmed
            && authors >= step.rules.confirm_authors as u64
            && texts >= step.rules.confirm_texts;
        is_due.then(|| {
            self.incident.state = IncidentState::Confirmed;
            self.incident.confirmed_at = Some(step.now);
            let ln_e = reading.evidence.ln_e;
            (
                EventKind::Confirmed,
                format!("ln e {ln_e:.1}, {authors} authors, {texts} texts"),
            )
        })
    }

    fn recover(&mut self, step: &Step<'_>) -> Option<(EventKind, String)> {
        let rules = step.rules;
        let (failing, back) = self.votes.within(step.now.minute(), rules.vote_window);
        let voices = if self.tally.authors() < rules.small_authors as u64 {
            rules.recovery_voices_small
        } else {
            rules.recovery_voices
        };
        let reason = if self.fix_said_at.take().is_some() {
            format!("the operator says it is fixed; {back} say it is back, {failing} still fail")
        } else if back >= voices && back > failing {
            format!("{back} say it is back, {failing} still fail")
        } else {
            return None;
        };
        self.incident.state = IncidentState::Recovering;
        self.incident.recovering_at = Some(step.now);
        Some((EventKind::Recovering, reason))
    }

    /// Those who fail again outnumber those who recovered, well above the usual.
    fn is_failing_again(&self, reading: &Reading, step: &Step<'_>) -> Option<String> {
        const RELAPSE_VOICES: f64 = 5.0;
        let window = step.rules.vote_window;
        let (failing, back) = self.votes.within(step.now.minute(), window);
        let bar = RELAPSE_VOICES
            .max(calm_per_min(reading) * f64::from(window))
            .max(0.1 * f64::from(self.tally.peak_half_hour()));
        (f64::from(failing) >= bar && failing > 2 * back)
            .then(|| format!("{failing} fail again, {back} say it is back"))
    }

    fn relapse(&mut self, reading: &Reading, step: &Step<'_>) -> Option<(EventKind, String)> {
        let reason = self.is_failing_again(reading, step)?;
        self.incident.recovering_at = None;
        if self.incident.confirmed_at.is_some() {
            self.incident.state = IncidentState::Confirmed;
            return Some((EventKind::Confirmed, reason));
        }
        self.incident.state = IncidentState::Suspected;
        Some((EventKind::Updated, reason))
    }

    fn reopen(&mut self, reading: &Reading, step: &Step<'_>) -> Option<(EventKind, String)> {
        if self.is_finished(step.now, step.rules) {
            return None;
        }
        let reason = self.is_failing_again(reading, step)?;
        self.incident.resolved_at = None;
        self.incident.resolution = None;
        self.incident.recovering_at = None;
        self.incident.state = match self.incident.confirmed_at {
            Some(_) => IncidentState::Confirmed,
            None => IncidentState::Suspected,
        };
        Some((EventKind::Reopened, reason))
    }

    fn resolve(&mut self, reading: &Reading, step: &Step<'_>) -> Option<(EventKind, String)> {
        /// Those who still fail after almost everybody recovered: their own trouble.
        const STRAGGLERS: f64 = 5.0;
        let since = self.incident.recovering_at?;
        if step.now.secs_since(since) < i64::from(step.rules.recovery_hold) * 60 {
            return None;
        }
        let (failing, back) = self.votes.within(step.now.minute(), 30);
        let still = f64::from(failing);
        let peak = f64::from(self.tally.peak_half_hour());
        let is_over = still <= (30.0 * calm_per_min(reading)).max(1.0)
            || (still <= step.rules.residue_share * peak && back >= failing)
            || still <= (0.02 * peak).min(STRAGGLERS);
        is_over.then(|| {
            self.end(Resolution::Recovered, step.now);
            (
                EventKind::Resolved,
                format!("recovered: {back} say it is back, {failing} still fail"),
            )
        })
    }

    fn end_without_words(
        &mut self,
        reading: &Reading,
        step: &Step<'_>,
    ) -> Option<(EventKind, String)> {
        let (minute, rules) = (step.now.minute(), step.rules);
        if let Some(since) = self.uncovered_since {
            return (minute.since(since) >= rules.expire_after).then(|| {
                self.end(Resolution::Expired, step.now);
                let reason = format!("expired: no coverage since {}", since.start());
                (EventKind::Resolved, reason)
            });
        }
        if minute.since(self.covered_since) < rules.fade_after {
            return None;
        }
        let (failing, _) = self.votes.within(minute, rules.fade_after);
        let usual = calm_per_min(reading) * f64::from(rules.fade_after);
        (f64::from(failing) <= usual).then(|| {
            self.end(Resolution::Faded, step.now);
            let reason = format!(
                "faded: {failing} reports in six covered hours, up to {usual:.1} are usual"
            );
            (EventKind::Resolved, reason)
        })
    }

    fn end(&mut self, resolution: Resolution, now: Timestamp) {
        self.incident.state = IncidentState::Resolved;
        self.incident.resolved_at = Some(now);
        self.incident.resolution = Some(resolution);
    }
}

/// Reports a minute that still count as calm: the detector's tolerance times its baseline.
fn calm_per_min(reading: &Reading) -> f64 {
    f64::from(reading.evidence.expected_per_min) * f64::from(reading.evidence.rho)
}
