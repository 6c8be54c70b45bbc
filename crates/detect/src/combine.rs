/// ln of the weighted mean of e-values given as (weight, ln e): valid evidence again, under any
/// dependence between them (a product would not be).
///
/// Weights are taken relative to their sum; pairs without a positive weight or with a value that
/// is not a number are left out. 0 (an e-value of 1: no evidence) when nothing is left.
///
/// ```
/// use buio_detect::ln_mean_exp;
/// // World at weight 1/2, two regions at 1/4 each: one region alone carries it.
/// let ln_e = ln_mean_exp(&[(0.5, 1.0), (0.25, 22.0), (0.25, 0.0)]);
/// assert!((ln_e - (22.0 + 0.25_f32.ln())).abs() < 1e-3);
/// ```
#[must_use]
pub fn ln_mean_exp(parts: &[(f32, f32)]) -> f32 {
    let usable = || {
        parts
            .iter()
            .filter(|(weight, ln_e)| *weight > 0.0 && weight.is_finite() && !ln_e.is_nan())
            .map(|(weight, ln_e)| (*weight, ln_e.clamp(-1e4, 1e4)))
    };
    let Some(top) = usable().map(|(_, ln_e)| ln_e).reduce(f32::max) else {
        return 0.0;
    };
    let total: f32 = usable().map(|(weight, _)| weight).sum();
    let sum: f32 = usable()
        .map(|(weight, ln_e)| weight / total * (ln_e - top).exp())
        .sum();
    top + sum.ln()
}

/// Intensity of a surge: log2 of `authors` (distinct, in the last quarter of an hour) over those
/// `expected`. 0 = as usual, 1 = twice; never below 0.
///
/// An expectation below half an author counts as half a one, so that a lone report on a dead
/// series is no catastrophe.
#[must_use]
pub fn intensity(authors: f32, expected: f32) -> f32 {
    let ratio = finite(authors) / finite(expected).max(0.5);
    ratio.max(1.0).log2()
}

/// Distinct authors beyond those expected, never below 0.
#[must_use]
pub fn excess(authors: f32, expected: f32) -> f32 {
    (finite(authors) - finite(expected)).max(0.0)
}

/// Reach of a surge: log10(1 + excess authors). 0 = nobody beyond the usual, 3 = a thousand.
#[must_use]
pub fn reach(authors: f32, expected: f32) -> f32 {
    (1.0 + excess(authors, expected)).log10()
}

fn finite(x: f32) -> f32 {
    if x.is_finite() { x.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_equal_evidence_is_that_evidence() {
        let ln_e = ln_mean_exp(&[(0.1, 7.0), (3.0, 7.0), (2.0, 7.0)]);
        assert!((ln_e - 7.0).abs() < 1e-5);
    }

    #[test]
    fn nothing_usable_is_no_evidence() {
        assert_eq!(ln_mean_exp(&[]), 0.0);
        assert_eq!(
            ln_mean_exp(&[(0.0, 9.0), (1.0, f32::NAN), (f32::NAN, 9.0)]),
            0.0
        );
        assert!(ln_mean_exp(&[(1.0, f32::INFINITY)]).is_finite());
        assert!(ln_mean_exp(&[(1.0, f32::NEG_INFINITY)]).is_finite());
    }

    #[test]
    fn severity_axes_read_as_doublings_and_powers_of_ten() {
        assert_eq!(intensity(40.0, 10.0), 2.0);
        assert_eq!(intensity(3.0, 10.0), 0.0);
        assert_eq!(intensity(4.0, 0.0), 3.0);
        assert_eq!(excess(5.0, 9.0), 0.0);
        assert!((reach(1009.0, 10.0) - 3.0).abs() < 1e-6);
        assert!(intensity(f32::NAN, f32::INFINITY).is_finite());
    }
}
