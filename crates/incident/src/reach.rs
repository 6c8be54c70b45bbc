use buio_types::{Likelihood, Scope, Severity};

/// Real incidents a day over the whole fleet of series, against which the detector's false-alarm
/// rate is weighed. Too small → sure incidents look doubtful; too large → doubtful ones look sure.
const REAL_INCIDENTS_PER_DAY: f32 = 10.0;

/// ln A of one false alarm a day over 200,000 series.
const LN_ONE_FALSE_PER_DAY: f32 = 19.5;

/// How bad an incident is, from distinct authors in 15 minutes, how many of them would be usual,
/// and the number of countries.
///
/// Major: ten times the usual and at least 50 authors more. Critical: thirty times and at least
/// 500 more, or major in at least 5 countries.
#[must_use]
pub fn severity(authors_15: f64, usual_15: f64, n_countries: usize) -> Severity {
    let intensity = authors_15 / usual_15.max(0.1);
    let excess = authors_15 - usual_15;
    let is_major = intensity >= 10.0 && excess >= 50.0;
    if (intensity >= 30.0 && excess >= 500.0) || (is_major && n_countries >= 5) {
        Severity::Critical
    } else if is_major {
        Severity::Major
    } else {
        Severity::Minor
    }
}

/// How far an incident reaches: worldwide is at least 8 countries on at least 3 continents.
#[must_use]
pub fn scope(n_countries: usize, n_continents: usize) -> Scope {
    if n_countries >= 8 && n_continents >= 3 {
        Scope::Worldwide
    } else if n_countries >= 2 {
        Scope::MultiCountry
    } else {
        Scope::Country
    }
}

/// Probability that an incident with this log e-value is real: the odds of one of ten real
/// incidents a day against the false alarms a day that the e-value's level admits.
#[must_use]
pub fn confidence(ln_e: f32) -> Likelihood {
    Likelihood::from_log_odds(REAL_INCIDENTS_PER_DAY.ln() + ln_e - LN_ONE_FALSE_PER_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_needs_both_intensity_and_excess() {
        assert_eq!(severity(40.0, 0.1, 9), Severity::Minor);
        assert_eq!(severity(60.0, 20.0, 1), Severity::Minor);
        assert_eq!(severity(60.0, 1.0, 1), Severity::Major);
        assert_eq!(severity(60.0, 1.0, 5), Severity::Critical);
        assert_eq!(severity(600.0, 10.0, 1), Severity::Critical);
    }

    #[test]
    fn worldwide_asks_for_continents_too() {
        assert_eq!(scope(9, 2), Scope::MultiCountry);
        assert_eq!(scope(8, 3), Scope::Worldwide);
        assert_eq!(scope(0, 0), Scope::Country);
    }

    #[test]
    fn confidence_rises_with_evidence_and_saturates() {
        assert!(confidence(19.5).get() > 0.9);
        assert!(confidence(10.0) < confidence(15.0));
        assert!(confidence(1e9).get() <= 1.0);
    }
}
