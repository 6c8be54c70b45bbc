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
}
