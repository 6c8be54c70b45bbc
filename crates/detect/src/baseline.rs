//! What a series usually brings: small update rules without state of their own.

use crate::math;

/// Reports that the first guess of a series' rate is worth.
pub(crate) const START_REPORTS: f32 = 0.5;

/// Fewest reports that a baseline is ever worth: silence widens it, but never to nothing.
pub(crate) const LEAST_REPORTS: f32 = 0.3;

/// σ that a new series is given: the middle of what real mention series show (0.24–0.86).
pub(crate) const START_SIGMA: f32 = 0.5;

/// Hours that [`START_SIGMA`] is worth.
const START_SIGMA_HOURS: f32 = 72.0;

/// φ that a new series is given.
pub(crate) const START_PHI: f32 = 0.2;

/// Share by which φ follows a minute that tells all about it. Too large: φ is noise; too small: a
/// changed habit of a source takes weeks to be seen.
const PHI_GAIN: f32 = 1.0 / 3000.0;

/// A count above this teaches no more than this: mean + 4 standard deviations + 1.
pub(crate) fn winsorise(x: f32, mean: f32, phi: f32) -> f32 {
    x.min(mean + 4.0 * (mean + phi * mean * mean).sqrt() + 1.0)
}

/// How much a minute of this mean tells about φ: little below one report a minute.
fn phi_gain(mean: f32) -> f32 {
    PHI_GAIN / (mean * mean + 0.5 * mean + 0.5)
}

/// φ after a minute with `x` reports, where `(mean, wander)` were expected: the mean and the
/// relative variance that it has from hour to hour, for which ρ allows already.
///
/// E\[(x − m)² − x\] = (φ + wander) m², and this form of it is quiet at low rates, where single
/// reports tell nothing.
pub(crate) fn phi_after(phi: f32, (mean, wander): (f32, f32), x: f32) -> f32 {
    let surplus = (x - mean) * (x - mean) - x;
    (phi + phi_gain(mean) * (surplus - (phi + wander) * mean * mean)).clamp(0.0, 8.0)
}

/// φ after `n` minutes without a report.
pub(crate) fn phi_after_silence(phi: f32, (mean, wander): (f32, f32), n: u32) -> f32 {
    let left = math::exp(-(n as f32) * phi_gain(mean) * mean * mean);
    let goal = 1.0 - wander;
    (goal + (phi - goal) * left).clamp(0.0, 8.0)
}

/// σ² after an hour that brought `reports` where `expected` were expected, for a baseline that
/// rests on `exposure` minutes.
///
/// The squared log-ratio, less the part that counting noise explains, winsorised at 2.5 σ, and
/// weighted by how much an hour of that size can tell.
pub(crate) fn variance_after(variance: f32, hour: (f32, f32), exposure: f32) -> f32 {
    let (reports, expected) = hour;
    // What a Poisson count adds to the squared log-ratio: fits the exact figure within a fifth.
    let noise = (1.0 / (expected + 0.5)).min(0.5).min(expected);
    let bound = 2.5 * (variance + noise).sqrt();
    let ratio = math::ln((reports + 0.5) / (expected + 0.5)).clamp(-bound, bound);
    let weight = expected * expected / (expected * expected + 16.0);
    let hours = (exposure / 60.0).clamp(0.0, 264.0);
    let gain = weight / (START_SIGMA_HOURS + hours);
    (variance + gain * (ratio * ratio - noise - variance)).clamp(0.01, 1.5)
}

/// A multiplier that cannot break the arithmetic: no season leaves a hundredfold either way.
pub(crate) fn sane_usual(usual: f32) -> f32 {
    if usual.is_finite() {
        usual.clamp(0.01, 100.0)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_in_one_go_moves_phi_as_minute_by_minute() {
        for mean in [0.001, 0.1, 3.0] {
            let mut slow = START_PHI;
            for _ in 0..60 {
                slow = phi_after(slow, (mean, 0.25), 0.0);
            }
            let fast = phi_after_silence(START_PHI, (mean, 0.25), 60);
            assert!((slow - fast).abs() < 1e-4, "{mean}: {slow} {fast}");
        }
    }

    #[test]
    fn hours_as_expected_lower_sigma_and_wild_ones_raise_it() {
        let calm = (0..500).fold(0.25, |v, _| variance_after(v, (100.0, 100.0), 1e5));
        let wild = (0..500).fold(0.25, |v, hour| {
            let reports = if hour % 2 == 0 { 250.0 } else { 40.0 };
            variance_after(v, (reports, 100.0), 1e5)
        });
        assert!(calm < 0.08 && wild > 0.6, "{calm} {wild}");
    }

    #[test]
    fn hours_too_small_to_tell_leave_sigma_alone() {
        let after = (0..500).fold(0.25, |v, _| variance_after(v, (0.0, 0.05), 1e5));
        assert!((after - 0.25).abs() < 0.05, "{after}");
    }
}
