//! Counts in, evidence out: how much a series of report counts speaks against "all is as usual".
//!
//! Each series keeps a mixture Shiryaev–Roberts e-detector: for six surge sizes it sums, over every
//! minute at which a surge may have begun, the likelihood ratio of the counts since. Under the null
//! "the rate is at most ρ times its baseline" the mean of the six minus the elapsed minutes is a
//! supermartingale, so the mean time between false alarms at threshold `A` is at least `A` minutes,
//! whatever the dependence (Shin, Ramdas, Rinaldo, "E-detectors", 2022). ρ grows with the series'
//! own volatility, because what raises false alarms in practice is wandering, not noise.
//!
//! Invariants:
//! - no clock, file, network or randomness; time is an argument;
//! - no input makes evidence infinite or not-a-number;
//! - a quiet series is at most 64 bytes; silence costs nothing until the next report;
//! - there is no incident logic here: what an alarm means is decided above.
//!
//! ```
//! use buio_detect::{Level, Series, Settings};
//! use buio_types::Minute;
//!
//! let settings = Settings::default();
//! let mut series = Series::new(Minute(29_000_000), 0.01);
//! series.advance(&settings, Minute(29_020_000), 1.0); // two weeks of covered silence
//! for n in 0..20 {
//!     series.observe(&settings, Minute(29_020_000 + n), 1, 1.0); // then a report a minute
//! }
//! let evidence = series.evidence(&settings, 1.0);
//! assert_eq!(evidence.level, Level::Confirmed);
//! assert!(evidence.onset[0] >= Minute(29_019_990));
//! ```

mod bank;
mod baseline;
mod combine;
mod evidence;
mod math;
mod scorer;
mod series;
mod settings;
mod shield;

pub use combine::ln_mean_exp;
pub use evidence::{Evidence, Level};
pub use scorer::Scorer;
pub use series::Series;
pub use settings::Settings;
