use buio_types::Minute;
use serde::{Deserialize, Serialize};

use crate::bank::{Bank, Null};
use crate::baseline::sane_usual;
use crate::shield::{Pending, Shield};
use crate::{Evidence, Level, Settings, baseline};

/// Time masked beyond this many minutes ends the story that the evidence told.
const MASK_MINUTES_MAX: u32 = 1440;

/// Statistics of at least this share of the largest (e⁻³) have a say in when a surge began.
const NEAR_WINNER: f32 = 0.05;

/// Silence beyond this many hours is closed in one stride: by then nothing is left to settle.
const SILENT_HOURS_MAX: u32 = 14 * 24;

/// An hour covered for fewer minutes than this says nothing on volatility.
const HOUR_MINUTES_MIN: u8 = 30;

/// The detector's memory of one count series: one cache line, plain values.
///
/// Time goes forward only, in minutes. `last` is the running minute: it takes reports until a
/// later one is named, which closes it and all silent minutes between. Only covered time may be
/// closed; time in which no source could have brought a report goes to [`Series::mask_until`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Gamma baseline: effective reports and the (season-weighted) minutes that brought them.
    reports: f32,
    exposure: f32,
    /// Over-dispersion of minute counts.
    phi: f32,
    /// R of the six surge sizes.
    bank: Bank,
    /// Minutes since each R last said nothing.
    since: [u16; 6],
    /// The running minute.
    last: Minute,
    /// Reports in the running minute.
    count: u32,
    /// While learning: reports of the hour so far. While shielded: minutes since then.
    tally: u32,
    /// Variance of the hourly log-ratio, in units of 1/16384.
    variance: u16,
    /// Covered minutes of the hour so far, while learning.
    hour_minutes: u8,
    /// Silent minutes (0..=60) not yet folded into the baseline, and the shield in the top bits.
    pending: Pending,
}

const VARIANCE_UNIT: f32 = 16384.0;

impl Series {
    /// A series that begins at `start` with a guess of its rate, in reports a minute (from the
    /// service's total and the country's share, say). The guess is worth half a report.
    #[must_use]
    pub fn new(start: Minute, prior_per_min: f32) -> Series {
        let prior = if prior_per_min.is_finite() {
            prior_per_min.clamp(1e-7, 1e7)
        } else {
            1e-3
        };
        Series {
            reports: baseline::START_REPORTS,
            exposure: baseline::START_REPORTS / prior,
            phi: baseline::START_PHI,
            bank: Bank::EMPTY,
            since: [0; 6],
            last: start,
            count: 0,
            tally: 0,
            variance: (baseline::START_SIGMA * baseline::START_SIGMA * VARIANCE_UNIT) as u16,
            hour_minutes: 0,
            pending: Pending::default(),
        }
    }

    /// Adds `reports` to `minute`; a minute before the running one counts as the running one.
    ///
    /// `usual` is the season's multiplier (1 = none) of that minute and of the silence before it.
    /// Where the silence crosses hours of a season, [`Series::advance_by`] first is exact.
    pub fn observe(&mut self, settings: &Settings, minute: Minute, reports: u32, usual: f32) {
        self.advance(settings, minute, usual);
        self.count = self.count.saturating_add(reports);
    }

    /// Closes the covered minutes before `minute`, which becomes the running one.
    pub fn advance(&mut self, settings: &Settings, minute: Minute, usual: f32) {
        self.advance_by(settings, minute, |_| usual);
    }

    /// The same with the season's multiplier of each minute; it is asked for one minute of each
    /// hour crossed. Work is proportional to the hours, at most 14 days of them.
    pub fn advance_by(
        &mut self,
        settings: &Settings,
        minute: Minute,
        usual: impl Fn(Minute) -> f32,
    ) {
        if minute <= self.last {
            return;
        }
        self.close_running(settings, sane_usual(usual(self.last)));
        let hours = minute.since(self.last) / 60;
        if hours > SILENT_HOURS_MAX {
            self.stride(settings, minute.minus(SILENT_HOURS_MAX * 60));
        }
        while self.last < minute {
            let usual = sane_usual(usual(self.last));
            let next_hour = Minute(self.last.0 - self.last.0 % 60).plus(60);
            let end = next_hour.min(minute);
            self.close_silence(settings, end.since(self.last).max(1), usual);
        }
    }

    /// Time up to `minute` (exclusive) was not covered: it is neither exposure nor evidence. The
    /// running minute, with what it brought, is closed before.
    pub fn mask_until(&mut self, settings: &Settings, minute: Minute, usual: f32) {
        let usual = sane_usual(usual);
        if minute <= self.last {
            return;
        }
        if self.count > 0 {
            self.close_running(settings, usual);
        }
        let masked = minute.since(self.last);
        let crosses_hour = self.last.0 / 60 != minute.0 / 60;
        if masked >= MASK_MINUTES_MAX {
            self.clear_evidence();
        }
        self.lengthen_since(masked);
        if self.is_shielded() {
            self.tally = self.tally.saturating_add(masked);
        }
        self.last = self.last.max(minute);
        if crosses_hour {
            self.end_hour(settings, usual);
        }
    }

    /// Shields the baseline while an incident is open. After [`Settings::freeze_minutes_max`] the
    /// shield wears out, and what the incident brings is learned as the new level.
    pub fn freeze(&mut self, frozen: bool) {
        match (frozen, self.pending.shield()) {
            (true, Shield::Down) => self.set_shield(Shield::Held),
            (true, Shield::Own) => self.pending.set_shield(Shield::Held),
            (false, Shield::Held) => self.set_shield(Shield::Down),
            (false, Shield::Worn) => self.pending.set_shield(Shield::Down),
            _ => {}
        }
    }

    /// Starts the evidence anew; what the baseline has learned stays. For a surge that was told
    /// and is over: its e-value must not count for the next one.
    pub fn clear_evidence(&mut self) {
        self.bank = Bank::EMPTY;
        self.since = [0; 6];
    }

    /// What the closed minutes and the running one say. `usual` is the running minute's season.
    ///
    /// The running minute counts with the exposure of a whole one, so that no burst within it is
    /// worth more than it will be at its end.
    #[must_use]
    pub fn evidence(&self, settings: &Settings, usual: f32) -> Evidence {
        let usual = sane_usual(usual);
        let mut now = *self;
        if self.count > 0 {
            let null = self.null(settings, usual);
            let (next, calm) = self.bank.step(null, self.count as f32, settings.cap());
            now.since = since_after(self.since, &next, &calm, 1);
            now.bank = next;
        }
        let ln_e = now.bank.ln_mean();
        let end = if self.count > 0 {
            self.last.plus(1)
        } else {
            self.last
        };
        let (onset_at, onset) = now.onset(end);
        Evidence {
            ln_e,
            level: Level::of(ln_e, settings),
            expected_per_min: self.baseline_per_min() * usual,
            surge: now.bank.surge(),
            rho: settings.rho(self.sigma()),
            onset_at,
            onset,
            baseline_reports: self.reports,
        }
    }

    /// Whether nothing is going on: no evidence left, no report in the running minute, no shield.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.count == 0 && self.since == [0; 6] && !self.is_shielded()
    }

    /// The running minute: the first that is not closed yet.
    #[must_use]
    pub fn running_minute(&self) -> Minute {
        self.last
    }

    /// Reports a minute that the series usually brings, season apart.
    #[must_use]
    pub fn baseline_per_min(&self) -> f32 {
        self.reports / self.exposure
    }

    /// Robust standard deviation of the hourly log-ratio to the baseline.
    #[must_use]
    pub fn sigma(&self) -> f32 {
        self.wander().sqrt()
    }

    /// Relative variance of the rate from hour to hour.
    fn wander(&self) -> f32 {
        f32::from(self.variance) / VARIANCE_UNIT
    }

    fn null(&self, settings: &Settings, usual: f32) -> Null {
        let rate = (self.baseline_per_min() * usual).max(settings.floor_per_min);
        let sigma = self.sigma();
        let phi = self.phi.max(settings.phi_min).min(settings.phi_max);
        Null::new(rate * settings.rho(sigma), self.reports, phi)
    }

    /// Closes the running minute if it brought reports.
    fn close_running(&mut self, settings: &Settings, usual: f32) {
        if self.count == 0 {
            return;
        }
        let x = self.count as f32;
        let null = self.null(settings, usual);
        let (next, calm) = self.bank.step(null, x, settings.cap());
        self.since = since_after(self.since, &next, &calm, 1);
        self.bank = next;
        if self.is_shielded() {
            self.tally = self.tally.saturating_add(1);
        } else {
            self.learn_minute(x, usual, settings);
            let worn = self.pending.shield() == Shield::Worn;
            if !worn && self.bank.ln_mean() > settings.ln_confirmed / 2.0 {
                self.set_shield(Shield::Own);
            }
        }
        self.count = 0;
        self.last = self.last.plus(1);
        if self.last.0.is_multiple_of(60) {
            self.end_hour(settings, usual);
        }
    }

    /// Closes `n` silent minutes of one hour.
    fn close_silence(&mut self, settings: &Settings, n: u32, usual: f32) {
        let null = self.null(settings, usual);
        let (next, calm) = self.bank.silence(null, n, settings.cap());
        self.since = since_after(self.since, &next, &calm, n);
        self.bank = next;
        if self.is_shielded() {
            self.tally = self.tally.saturating_add(n);
        } else {
            let mean = self.baseline_per_min() * usual;
            self.phi = baseline::phi_after_silence(self.phi, (mean, self.wander()), n);
            let minutes = n.min(60) as u8;
            self.hour_minutes = self.hour_minutes.saturating_add(minutes).min(60);
            self.pending.add_minutes(minutes);
        }
        self.last = Minute(self.last.0.saturating_add(n));
        if self.last.0.is_multiple_of(60) {
            self.end_hour(settings, usual);
        }
    }

    /// Covers a silence of more than [`SILENT_HOURS_MAX`] hours up to `end` at once.
    fn stride(&mut self, settings: &Settings, end: Minute) {
        let n = end.since(self.last);
        if self.is_shielded() {
            self.set_shield(Shield::Down);
        }
        self.fold(1.0, settings);
        let left = (-std::f32::consts::LN_2 * n as f32 / settings.half_life_minutes).exp();
        let settled = settings.half_life_minutes / std::f32::consts::LN_2;
        self.reports = (self.reports * left).max(baseline::LEAST_REPORTS);
        self.exposure = self.exposure * left + settled * (1.0 - left);
        self.bank = Bank::EMPTY;
        self.since = [0; 6];
        (self.tally, self.hour_minutes) = (0, 0);
        self.last = end;
    }

    fn learn_minute(&mut self, x: f32, usual: f32, settings: &Settings) {
        let mean = self.baseline_per_min() * usual;
        let counted = baseline::winsorise(x, mean, self.phi);
        self.phi = baseline::phi_after(self.phi, (mean, self.wander()), counted);
        self.pending.add_minutes(1);
        self.fold(usual, settings);
        self.reports += counted;
        self.tally = self.tally.saturating_add(x as u32);
        self.hour_minutes = self.hour_minutes.saturating_add(1).min(60);
    }

    /// Moves the pending minutes into the baseline. Done only when a report arrives or an hour
    /// ends, so that the null stays the same in between and silence has its closed form.
    fn fold(&mut self, usual: f32, settings: &Settings) {
        let minutes = f32::from(self.pending.take_minutes());
        let left = (-std::f32::consts::LN_2 * minutes / settings.half_life_minutes).exp();
        self.reports = (self.reports * left).max(baseline::LEAST_REPORTS);
        self.exposure = self.exposure * left + minutes * usual;
    }

    /// An hour of the clock is over: fold, measure volatility, look after the shield.
    fn end_hour(&mut self, settings: &Settings, usual: f32) {
        self.fold(usual, settings);
        let own_evidence = self.bank.ln_mean() > settings.ln_confirmed / 2.0;
        if self.is_shielded() {
            if self.tally >= settings.freeze_minutes_max {
                self.shift_level(settings, own_evidence);
            } else if self.pending.shield() == Shield::Own && !own_evidence {
                self.set_shield(Shield::Down);
            }
            return;
        }
        if self.hour_minutes >= HOUR_MINUTES_MIN {
            let expected = self.baseline_per_min() * usual * f32::from(self.hour_minutes);
            let before = self.wander();
            let hour = (self.tally as f32, expected);
            let after = baseline::variance_after(before, hour, self.exposure);
            self.variance = (after * VARIANCE_UNIT).round() as u16;
        }
        (self.tally, self.hour_minutes) = (0, 0);
    }

    /// The surge has outlived the shield: if it still lasts, it is the new level, known no better
    /// than by the surge size that explained it.
    fn shift_level(&mut self, settings: &Settings, still_surging: bool) {
        let held = self.pending.shield() == Shield::Held;
        if still_surging {
            let surge = self.bank.surge();
            let rate = self.baseline_per_min().max(settings.floor_per_min);
            self.reports = 2.0 * baseline::START_REPORTS;
            self.exposure = self.reports / (rate * surge * settings.rho(self.sigma()));
        }
        self.bank = Bank::EMPTY;
        self.since = [0; 6];
        self.set_shield(if held { Shield::Worn } else { Shield::Down });
    }

    /// The start of the surge: the minute after the winning statistic last said nothing; those of
    /// the statistics near it span the interval.
    fn onset(&self, end: Minute) -> (Minute, [Minute; 2]) {
        let winner = self.bank.winner();
        let began = |idx: usize| end.minus(u32::from(self.since[idx]).max(1));
        let best = began(winner);
        let (mut earliest, mut latest) = (best, best);
        let values = self.bank.values();
        for (idx, r) in values.iter().enumerate() {
            if *r > values[winner] * NEAR_WINNER && self.since[idx] > 0 {
                earliest = earliest.min(began(idx));
                latest = latest.max(began(idx));
            }
        }
        (best, [earliest, latest])
    }

    fn lengthen_since(&mut self, minutes: u32) {
        let minutes = u16::try_from(minutes).unwrap_or(u16::MAX);
        for since in self.since.iter_mut().filter(|since| **since > 0) {
            *since = since.saturating_add(minutes);
        }
    }

    fn is_shielded(&self) -> bool {
        matches!(self.pending.shield(), Shield::Own | Shield::Held)
    }

    /// Learning stops or starts: what was added up of the hour is void.
    fn set_shield(&mut self, shield: Shield) {
        self.pending.set_shield(shield);
        (self.tally, self.hour_minutes) = (0, 0);
    }
}

/// Minutes since each statistic said nothing, `n` minutes on.
fn since_after(since: [u16; 6], bank: &Bank, calm: &Bank, n: u32) -> [u16; 6] {
    let mut after = since;
    let n = u16::try_from(n).unwrap_or(u16::MAX);
    for ((since, r), calm) in after.iter_mut().zip(bank.values()).zip(calm.values()) {
        *since = if r < calm { 0 } else { since.saturating_add(n) };
    }
    after
}

#[cfg(test)]
#[path = "series_tests.rs"]
mod tests;
