//! Exponential and logarithm in plain f32 arithmetic: the same bits on every machine (those of
//! the standard library are the platform's), and simple enough for the compiler to run several at
//! once. Polynomials and the split of ln 2 are those of Cephes (expf.c, logf.c), relative error
//! about 1e-7.

/// e^x for x in -87..=88; beyond, the value at the bound.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    // Adding and taking away 1.5 × 2²³ rounds to the nearest whole number.
    let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
    let n = shifted - 12_582_912.0;
    let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_2e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let power = shifted.to_bits().wrapping_add(127) << 23;
    (p * r * r + r + 1.0) * f32::from_bits(power)
}

/// ln x for a positive, normal x.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // Subtracting the bits of √½ puts the mantissa in √½..√2 and the exponent in the high bits.
    let offset = x.to_bits().wrapping_sub(0x3f35_04f3);
    let exponent = (offset as i32) >> 23;
    let m = f32::from_bits((offset & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
    let z = m * m;
    let mut p = 7.037_683_6e-2;
    p = p * m - 1.151_461e-1;
    p = p * m + 1.167_699_9e-1;
    p = p * m - 1.242_014_1e-1;
    p = p * m + 1.424_932_3e-1;
    p = p * m - 1.666_805_7e-1;
    p = p * m + 2.000_071_5e-1;
    p = p * m - 2.499_999_4e-1;
    p = p * m + 3.333_333e-1;
    let e = exponent as f32;
    (p * m * z - 2.121_944_4e-4 * e) - 0.5 * z + m + 0.693_359_4 * e
}

/// ln(1 + x) for x ≥ 0, with all its digits also where x is tiny.
#[inline(always)]
pub(crate) fn ln_1p(x: f32) -> f32 {
    let u = 1.0 + x;
    let lost = u - 1.0;
    if lost > 0.0 { ln(u) * (x / lost) } else { x }
}

/// 1 − e^−y for y ≥ 0, with all its digits also where y is tiny, given `exp_neg` = e^−y.
#[inline(always)]
pub(crate) fn one_minus(exp_neg: f32, y: f32) -> f32 {
    let series = y * (1.0 - y * (0.5 - y * (1.0 / 6.0 - y / 24.0)));
    if y < 0.02 { series } else { 1.0 - exp_neg }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(got: f32, expected: f64, x: f32) {
        let error = (f64::from(got) - expected).abs();
        assert!(
            error <= 4e-7 * expected.abs().max(0.5),
            "{x}: {got} {expected}"
        );
    }

    #[test]
    fn they_agree_with_the_standard_library() {
        for n in -8000..8000 {
            let x = n as f32 * 0.010_7;
            let relative = f64::from(exp(x)) / f64::from(x).exp();
            assert!((relative - 1.0).abs() < 4e-7, "{x} {relative}");
            let positive = (f64::from(n) * 0.01).exp() as f32;
            check(ln(positive), f64::from(positive).ln(), positive);
            check(ln_1p(positive), f64::from(positive).ln_1p(), positive);
            let relative = f64::from(ln_1p(positive)) / f64::from(positive).ln_1p();
            assert!((relative - 1.0).abs() < 4e-7, "{positive} {relative}");
            let small = positive.min(80.0);
            let relative = f64::from(one_minus(exp(-small), small)) / -(-f64::from(small)).exp_m1();
            assert!((relative - 1.0).abs() < 4e-6, "{small} {relative}");
        }
    }

    #[test]
    fn beyond_the_range_they_stay_finite() {
        for x in [
            f32::MIN,
            -88.0,
            89.0,
            f32::MAX,
            f32::INFINITY,
            f32::NEG_INFINITY,
        ] {
            assert!(exp(x).is_finite() && exp(x) >= 0.0, "{x}");
        }
        assert!(ln(f32::MIN_POSITIVE).is_finite() && ln(f32::MAX).is_finite());
    }
}
