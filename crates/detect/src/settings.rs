use crate::math;

/// How willing the detector is to speak, and how slowly it learns.
///
/// Thresholds are natural logarithms of a number of minutes: at threshold `ln A` a series that
/// stays within ρ times its baseline raises a false alarm at most once in `A` minutes on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Evidence (ln minutes) from which a series is worth watching.
    pub ln_watch: f32,
    /// Evidence (ln minutes) from which an incident is suspected.
    pub ln_suspected: f32,
    /// Evidence (ln minutes) from which an incident is confirmed.
    pub ln_confirmed: f32,
    /// ρ = exp(`rho_sigmas` × σ), where σ is the series' own hourly log-volatility. Too small:
    /// wandering is taken for surges; too large: moderate surges go unseen.
    pub rho_sigmas: f32,
    /// Least ρ.
    pub rho_min: f32,
    /// Greatest ρ.
    pub rho_max: f32,
    /// Over-dispersion of minute counts that is always allowed for (negative-binomial φ,
    /// variance = mean + φ mean²).
    pub phi_min: f32,
    /// The most over-dispersion that a series is credited with.
    pub phi_max: f32,
    /// Half-life of the baseline, in covered minutes.
    pub half_life_minutes: f32,
    /// Longest time for which the baseline is shielded from a surge; then the surge is taken for
    /// the new level. This is the longest outage that can be told from a changed habit.
    pub freeze_minutes_max: u32,
    /// The baseline counts as at least this many reports a minute. Too small: a handful of reports
    /// on a series that never had any decides; too large: tiny services are never seen.
    pub floor_per_min: f32,
}

impl Settings {
    /// ln of the minutes in ten years of 365.25 days.
    const LN_TEN_YEARS: f32 = 15.48;

    /// The shipping ladder for a fleet of 200,000 series: false alarms of the whole fleet at most
    /// once an hour (watch), a day (suspected), a week (confirmed).
    #[must_use]
    pub const fn fleet() -> Self {
        Settings {
            ln_watch: 16.3,
            ln_suspected: 19.5,
            ln_confirmed: 21.4,
            rho_sigmas: 3.5,
            rho_min: 1.5,
            rho_max: 8.0,
            phi_min: 0.05,
            phi_max: 8.0,
            half_life_minutes: 14.0 * 1440.0,
            freeze_minutes_max: 1440,
            floor_per_min: 0.002,
        }
    }

    /// One series looked at on its own: ρ = 2, one false alarm in ten years of noise.
    #[must_use]
    pub const fn sensitive() -> Self {
        Settings {
            ln_watch: Self::LN_TEN_YEARS / 2.0,
            ln_suspected: Self::LN_TEN_YEARS,
            ln_confirmed: Self::LN_TEN_YEARS,
            rho_min: 2.0,
            rho_max: 2.0,
            half_life_minutes: 5.0 * 1440.0,
            ..Self::fleet()
        }
    }

    /// Between the two: ρ = 3, one false alarm in a hundred years of noise.
    #[must_use]
    pub const fn cautious() -> Self {
        Settings {
            ln_watch: Self::LN_TEN_YEARS / 2.0,
            ln_suspected: Self::LN_TEN_YEARS,
            ln_confirmed: Self::LN_TEN_YEARS + std::f32::consts::LN_10,
            rho_min: 3.0,
            rho_max: 3.0,
            ..Self::fleet()
        }
    }

    /// Pure noise at a known habit: ρ = 1, no spare dispersion. For measuring the detector against
    /// the exact optimum; real series wander and would raise alarms daily.
    #[must_use]
    pub const fn stationary() -> Self {
        Settings {
            rho_min: 1.0,
            rho_max: 1.0,
            phi_min: 0.0,
            phi_max: 0.0,
            half_life_minutes: 14.0 * 1440.0,
            freeze_minutes_max: 14 * 1440,
            floor_per_min: 1e-6,
            ..Self::sensitive()
        }
    }

    /// The presets by name, the default of `buio detect` first.
    pub const PRESETS: [(&'static str, Settings); 4] = [
        ("sensitive", Settings::sensitive()),
        ("cautious", Settings::cautious()),
        ("fleet", Settings::fleet()),
        ("stationary", Settings::stationary()),
    ];

    /// The preset called `name`.
    #[must_use]
    pub fn preset(name: &str) -> Option<Settings> {
        Self::PRESETS
            .iter()
            .find(|(preset, _)| *preset == name)
            .map(|(_, settings)| *settings)
    }

    /// ρ for a series of volatility `sigma`: the wander that counts as usual.
    pub(crate) fn rho(&self, sigma: f32) -> f32 {
        math::exp(self.rho_sigmas * sigma)
            .max(self.rho_min)
            .min(self.rho_max)
    }

    /// Evidence beyond this is not kept, so that an incident can end.
    pub(crate) fn cap(&self) -> f32 {
        math::exp((self.ln_confirmed + 8.0).min(80.0))
    }
}

impl Default for Settings {
    /// [`Settings::fleet`].
    fn default() -> Self {
        Settings::fleet()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_its_name_and_climbs() {
        for (name, settings) in Settings::PRESETS {
            assert_eq!(Settings::preset(name), Some(settings));
            assert!(settings.ln_watch < settings.ln_suspected, "{name}");
            assert!(settings.ln_suspected <= settings.ln_confirmed, "{name}");
        }
        assert_eq!(Settings::preset("no such preset"), None);
    }

    #[test]
    fn rho_follows_volatility_within_its_bounds() {
        let fleet = Settings::fleet();
        assert!((fleet.rho(0.5) - 5.75).abs() < 0.01);
        assert_eq!(fleet.rho(0.0), 1.5);
        assert_eq!(fleet.rho(3.0), 8.0);
        assert_eq!(Settings::sensitive().rho(0.9), 2.0);
    }
}
