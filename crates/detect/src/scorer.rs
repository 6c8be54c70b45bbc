use crate::bank::{Bank, Null};
use crate::{Settings, baseline, math};

const DAY_SECS: i64 = 86_400;
const TEN_YEARS_SECS: f64 = 10.0 * 365.25 * 86_400.0;

/// An incident lasts until evidence has been below half the threshold for this long.
const INCIDENT_SECS: i64 = 8 * 3600;

/// A pause this long ends the story that the evidence told.
const PAUSE_SECS_MAX: i64 = DAY_SECS;

/// Rows from which the level is learned as they come, before the first one is judged.
const LEARNING_ROWS: u32 = 8;

/// Share by which an hour of the day follows one day's surprise.
const PROFILE_GAIN_PER_HOUR: f64 = 0.036;

/// Least over-dispersion of bucket counts: mentions come in conversations, never one by one.
const PHI_MIN: f64 = 0.2;

/// Buckets that the first guess of the over-dispersion ([`START_PHI`]) is worth.
const START_PHI_ROWS: f64 = 12.0;
const START_PHI: f64 = 0.5;

/// Anomaly scores for any count series, one row at a time: a row's score rests on earlier rows
/// only, and the bucket length is read off the times.
///
/// 0.5 and above is an alert and stands on one row per incident; 0.25..0.5 is watch. The level
/// (half-life as in [`Settings`]), 24 hours of the day and the over-dispersion are learned on the
/// way, counts being winsorised. The threshold is ten years of buckets, or what
/// [`Settings::ln_confirmed`] asks beyond.
#[derive(Debug, Clone)]
pub struct Scorer {
    settings: Settings,
    times: Times,
    level: Level,
    bank: Bank,
    /// Last time at which evidence was at least half the threshold, while an incident is open.
    alive_at: Option<i64>,
}

impl Scorer {
    /// A scorer that has seen nothing.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Scorer {
            level: Level::new(settings),
            settings,
            times: Times::default(),
            bank: Bank::EMPTY,
            alive_at: None,
        }
    }

    /// The score, 0..1, of the count `value` in the bucket that begins at `at_secs` (seconds of
    /// any epoch).
    ///
    /// A value that is negative or no number is a hole: it scores 0 and teaches nothing. A time
    /// that does not go forward is taken for the next bucket. Missing rows count as not covered.
    pub fn score(&mut self, at_secs: i64, value: f64) -> f64 {
        let (at, pause) = self.times.next(at_secs);
        if !value.is_finite() || value < 0.0 {
            return 0.0;
        }
        if pause > PAUSE_SECS_MAX.max(3 * self.times.bucket_secs()) {
            self.bank = Bank::EMPTY;
            self.alive_at = None;
        }
        let x = value.min(1e9);
        let hour = (at.rem_euclid(DAY_SECS) / 3600) as usize;
        let bucket_secs = self.times.bucket_secs();
        if self.level.rows < LEARNING_ROWS {
            self.level.learn(x, hour, bucket_secs);
            return 0.0;
        }
        let threshold = self.ln_threshold();
        let null = self.level.null(hour, bucket_secs);
        let cap = math::exp((threshold + 8.0) as f32);
        self.bank = self.bank.step(null, x as f32, cap).0;
        self.level.learn(x, hour, bucket_secs);
        let ln_e = f64::from(self.bank.ln_mean());
        self.grade(at, ln_e, threshold)
    }

    /// One row per incident at 0.5 and above; every other row below it.
    fn grade(&mut self, at: i64, ln_e: f64, threshold: f64) -> f64 {
        let share = (ln_e / threshold).clamp(0.0, 1.0);
        if let Some(alive_at) = self.alive_at {
            let lasting = INCIDENT_SECS.max(2 * self.times.bucket_secs());
            if share >= 0.5 {
                self.alive_at = Some(at);
            } else if at.saturating_sub(alive_at) > lasting {
                self.alive_at = None;
            }
        } else if ln_e >= threshold {
            self.alive_at = Some(at);
            return 1.0 - 0.5 * ((threshold - ln_e) / 4.0).exp();
        }
        (0.5 * share).min(0.499)
    }

    /// ln of the buckets in ten years, moved by as much as the settings move it for minutes.
    fn ln_threshold(&self) -> f64 {
        let buckets = TEN_YEARS_SECS / self.times.bucket_secs() as f64;
        let beyond = self.settings.ln_confirmed - Settings::sensitive().ln_confirmed;
        (buckets.max(50.0).ln() + f64::from(beyond)).max(2.0)
    }
}

/// Reads the bucket length off the times, and makes them go forward.
#[derive(Debug, Clone, Default)]
struct Times {
    last_given: Option<i64>,
    last: i64,
    /// The latest positive steps, at most fifteen, oldest first.
    steps: Vec<i64>,
}

impl Times {
    const STEPS_MAX: usize = 15;
    /// Before a second time is seen: five minutes.
    const GUESS_SECS: i64 = 300;

    /// The time to work with, and how far beyond one bucket it lies behind the last one.
    fn next(&mut self, given: i64) -> (i64, i64) {
        let Some(last_given) = self.last_given.replace(given) else {
            self.last = given;
            return (given, 0);
        };
        let step = given.saturating_sub(last_given);
        if step > 0 {
            if self.steps.len() == Self::STEPS_MAX {
                self.steps.remove(0);
            }
            self.steps.push(step);
        }
        let bucket_secs = self.bucket_secs();
        let step = if step > 0 { step } else { bucket_secs };
        // The hour of the day is that of the given time while it goes forward.
        self.last = if given > last_given {
            given
        } else {
            self.last.saturating_add(step)
        };
        (self.last, step.saturating_sub(bucket_secs))
    }

    /// The median of the latest steps, at least a second.
    fn bucket_secs(&self) -> i64 {
        let mut steps = self.steps.clone();
        steps.sort_unstable();
        steps
            .get(steps.len() / 2)
            .copied()
            .unwrap_or(Self::GUESS_SECS)
            .max(1)
    }
}

/// The learned level of a series, hour of the day apart.
#[derive(Debug, Clone)]
struct Level {
    settings: Settings,
    rows: u32,
    /// Counts a bucket, season apart.
    mean: f64,
    /// Number of rows that the mean rests on.
    weight: f64,
    /// Multiplier of each hour of the day.
    hours: [f64; 24],
    /// Sums of surplus variance and of squared means: their ratio is the over-dispersion.
    surplus: f64,
    square: f64,
    /// Variance of the hourly log-ratio, and the hour being added up: count, expected, seconds.
    variance: f32,
    hour_sums: (f64, f64, i64),
}

impl Level {
    fn new(settings: Settings) -> Self {
        Level {
            settings,
            rows: 0,
            mean: 0.0,
            weight: 0.0,
            hours: [1.0; 24],
            surplus: 0.0,
            square: 0.0,
            variance: baseline::START_SIGMA * baseline::START_SIGMA,
            hour_sums: (0.0, 0.0, 0),
        }
    }

    /// Expected count of a bucket in this hour of the day; half a count is always thought of.
    fn expected(&self, hour: usize) -> f64 {
        let reports = self.mean * self.weight + f64::from(baseline::START_REPORTS);
        let rows = self.weight + f64::from(baseline::START_REPORTS);
        let level = if self.mean > 1.0 {
            self.mean
        } else {
            reports / rows
        };
        level * self.hours.get(hour).copied().unwrap_or(1.0)
    }

    fn phi(&self) -> f64 {
        let start = START_PHI_ROWS * (self.mean * self.mean + 1.0);
        ((self.surplus + START_PHI * start) / (self.square + start)).clamp(PHI_MIN, 8.0)
    }

    fn null(&self, hour: usize, bucket_secs: i64) -> Null {
        let floor = f64::from(self.settings.floor_per_min) * bucket_secs as f64 / 60.0;
        let mean = self.expected(hour).max(floor);
        let rho = self.settings.rho(self.variance.sqrt());
        let effective = self.mean * self.weight + f64::from(baseline::START_REPORTS);
        Null::new(mean as f32 * rho, effective as f32, self.phi() as f32)
    }

    fn learn(&mut self, x: f64, hour: usize, bucket_secs: i64) {
        self.rows = self.rows.saturating_add(1);
        if self.rows == 1 {
            (self.mean, self.weight) = (x, 1.0);
            return;
        }
        let half_life_rows = f64::from(self.settings.half_life_minutes) * 60.0 / bucket_secs as f64;
        let left = (-std::f64::consts::LN_2 / half_life_rows.max(4.0)).exp();
        let expected = self.expected(hour);
        let spread = (expected + self.phi() * expected * expected).sqrt();
        let counted = if self.rows <= LEARNING_ROWS {
            x
        } else {
            x.min(expected + 4.0 * spread + 1.0)
        };
        let season = self.hours.get(hour).copied().unwrap_or(1.0);

        let surplus = (counted - expected) * (counted - expected) - expected;
        self.surplus = self.surplus * left + surplus;
        self.square = self.square * left + expected * expected;
        self.weight = self.weight * left + 1.0;
        self.mean += (counted / season - self.mean) / self.weight;

        let surprise = (counted - expected) / (expected + 1.0);
        self.learn_hour(hour, surprise, bucket_secs);
        self.learn_volatility(x, expected, bucket_secs);
    }

    fn learn_hour(&mut self, hour: usize, surprise: f64, bucket_secs: i64) {
        // Buckets of half a day and more have no hour.
        if bucket_secs > DAY_SECS / 2 {
            return;
        }
        let hours = (bucket_secs as f64 / 3600.0).min(1.0);
        if let Some(season) = self.hours.get_mut(hour) {
            let gain = PROFILE_GAIN_PER_HOUR * hours * surprise.clamp(-1.0, 2.0);
            *season = (*season * (1.0 + gain)).clamp(0.05, 8.0);
        }
        let mean = self.hours.iter().sum::<f64>() / 24.0;
        for season in &mut self.hours {
            *season /= mean;
        }
    }

    fn learn_volatility(&mut self, x: f64, expected: f64, bucket_secs: i64) {
        let (count, sum, secs) = self.hour_sums;
        self.hour_sums = (count + x, sum + expected, secs.saturating_add(bucket_secs));
        if self.hour_sums.2 >= 3600 {
            let hour = (self.hour_sums.0 as f32, self.hour_sums.1 as f32);
            let exposure = self.weight * bucket_secs as f64 / 60.0;
            self.variance = baseline::variance_after(self.variance, hour, exposure as f32);
            self.hour_sums = (0.0, 0.0, 0);
        }
    }
}

#[cfg(test)]
#[path = "scorer_tests.rs"]
mod tests;
