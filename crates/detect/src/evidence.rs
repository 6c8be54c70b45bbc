use buio_types::Minute;
use serde::{Deserialize, Serialize};

use crate::Settings;

/// How far evidence has climbed the ladder of [`Settings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// All is as usual.
    Calm,
    /// Worth keeping an eye on.
    Watch,
    /// An incident is likely.
    Suspected,
    /// The counts alone leave no reasonable doubt.
    Confirmed,
}

impl Level {
    /// The highest rung that `ln_e` reaches.
    #[must_use]
    pub fn of(ln_e: f32, settings: &Settings) -> Level {
        if ln_e >= settings.ln_confirmed {
            Level::Confirmed
        } else if ln_e >= settings.ln_suspected {
            Level::Suspected
        } else if ln_e >= settings.ln_watch {
            Level::Watch
        } else {
            Level::Calm
        }
    }
}

/// What a series says against "all is as usual", at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// ln of the e-detector's value; always finite, at most [`Settings::ln_confirmed`] + 8.
    /// ln 1 = 0 is nothing; a quiet series of rare reports may rest at a few units above.
    pub ln_e: f32,
    /// The rung that `ln_e` reaches.
    pub level: Level,
    /// Reports a minute to be expected now: baseline × season, without ρ.
    pub expected_per_min: f32,
    /// The surge size that explains the counts best: 2, 4, … 64 times `rho` times expected.
    pub surge: f32,
    /// The multiple of the baseline that counts as this series' usual wander.
    pub rho: f32,
    /// The minute in which the surge most likely began.
    pub onset_at: Minute,
    /// First and last minute in which the surge may have begun.
    pub onset: [Minute; 2],
    /// Number of reports that the baseline rests on: below about 10 it is a guess.
    pub baseline_reports: f32,
}
