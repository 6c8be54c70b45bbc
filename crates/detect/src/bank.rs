//! Six Shiryaev–Roberts statistics, one a surge size, against a negative-binomial null.

use serde::{Deserialize, Serialize};

use crate::math;

/// The surge sizes, as multiples of the null mean.
pub(crate) const MULTIPLES: [f32; 6] = [2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// The least that a statistic is: nothing yet.
const NOTHING: f32 = 1e-26;

/// What a minute is expected to bring at most, if all is as usual: negative binomial with this
/// mean and size (variance = mean + mean² / size).
#[derive(Clone, Copy)]
pub(crate) struct Null {
    mean: f32,
    size: f32,
}

impl Null {
    /// `effective` reports stand behind the mean, whose uncertainty widens the distribution
    /// beside the over-dispersion `phi`.
    pub(crate) fn new(mean: f32, effective: f32, phi: f32) -> Self {
        Null {
            mean: mean.clamp(1e-9, 1e9),
            size: 1.0 / (1.0 / effective.max(1e-3) + phi.max(0.0)).max(1e-9),
        }
    }

    /// Minus the ln likelihood ratios (mean × multiple against mean) of a silent minute:
    /// k ln((k + r m) / (k + m)).
    #[inline]
    fn silent(self) -> Lanes {
        let (m, k) = (self.mean, self.size);
        let scale = m / (k + m);
        let mut silent = [0.0; 8];
        for idx in 0..8 {
            silent[idx] = (k * math::ln_1p((LANES[idx] - 1.0) * scale)).max(1e-9);
        }
        silent
    }

    /// ln of what each report adds to that: ln(r (k + m) / (k + r m)), in the form that keeps its
    /// digits when m is far above k.
    #[inline]
    fn reported(self) -> Lanes {
        let (m, k) = (self.mean, self.size);
        let mut reported = [0.0; 8];
        for idx in 0..8 {
            reported[idx] = math::ln_1p(k * (LANES[idx] - 1.0) / (k + LANES[idx] * m));
        }
        reported
    }
}

/// The arithmetic runs over eight lanes, two of them idle: whole vectors are faster than six.
type Lanes = [f32; 8];

const LANES: Lanes = [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 64.0, 64.0];

/// The six statistics R, each of them in 1e-26..=cap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bank([f32; 6]);

impl Bank {
    pub(crate) const EMPTY: Bank = Bank([NOTHING; 6]);

    /// R ← min((1 + R) × likelihood ratio, cap), for one minute with `x` reports; and the levels
    /// below which each says nothing.
    pub(crate) fn step(&self, null: Null, x: f32, cap: f32) -> (Bank, Bank) {
        let (silent, reported, r) = (null.silent(), null.reported(), self.lanes());
        let mut next = [0.0; 8];
        for idx in 0..8 {
            let ratio = math::exp(x * reported[idx] - silent[idx]);
            next[idx] = ((1.0 + r[idx]) * ratio).max(NOTHING).min(cap);
        }
        (Bank::of(&next), calm(&silent))
    }

    /// The same for `n` minutes without a report, in closed form:
    /// R ← S + (R − S) gⁿ, where g is one silent minute's ratio and S = g / (1 − g).
    pub(crate) fn silence(&self, null: Null, n: u32, cap: f32) -> (Bank, Bank) {
        let (silent, r) = (null.silent(), self.lanes());
        let settled = settled(&silent);
        let mut next = [0.0; 8];
        for idx in 0..8 {
            let all = silent[idx] * n as f32;
            let left = math::exp(-all);
            let gone = math::one_minus(left, all);
            next[idx] = (settled[idx] * gone + r[idx] * left).max(NOTHING).min(cap);
        }
        (Bank::of(&next), calm(&silent))
    }

    #[inline]
    fn lanes(&self) -> Lanes {
        let [a, b, c, d, e, f] = self.0;
        [a, b, c, d, e, f, 0.0, 0.0]
    }

    #[inline]
    fn of(lanes: &Lanes) -> Bank {
        let [a, b, c, d, e, f, ..] = *lanes;
        Bank([a, b, c, d, e, f])
    }

    /// ln of the mean of the six.
    pub(crate) fn ln_mean(&self) -> f32 {
        math::ln(self.mean())
    }

    /// The mean of the six.
    pub(crate) fn mean(&self) -> f32 {
        self.0.iter().sum::<f32>() / 6.0
    }

    /// The position of the largest statistic (the smallest surge that reaches it).
    pub(crate) fn winner(&self) -> usize {
        let mut best = 0;
        for idx in 1..6 {
            if self.0[idx] > self.0[best] {
                best = idx;
            }
        }
        best
    }

    /// The surge size of the largest statistic.
    pub(crate) fn surge(&self) -> f32 {
        MULTIPLES[self.winner()]
    }

    /// The six values.
    pub(crate) fn values(&self) -> &[f32; 6] {
        &self.0
    }
}

/// What R comes to in endless silence: a sum over start minutes grows while little contradicts it.
#[inline]
fn settled(silent: &Lanes) -> Lanes {
    let mut settled = [0.0; 8];
    for idx in 0..8 {
        let g = math::exp(-silent[idx]);
        settled[idx] = g / math::one_minus(g, silent[idx]);
    }
    settled
}

/// The level of each statistic below which it says nothing: silence alone carries R to S, one
/// report carries it r times higher. At (2 − 1/r) max(1, S) a report's trace is gone about when
/// CUSUM would return to zero.
#[inline]
fn calm(silent: &Lanes) -> Bank {
    let mut levels = settled(silent);
    for (level, r) in levels.iter_mut().zip(LANES) {
        *level = (2.0 - 1.0 / r) * level.max(1.0);
    }
    Bank::of(&levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: f32 = 5e12;

    #[test]
    fn silent_minutes_one_by_one_equal_the_closed_form() {
        for mean in [1e-4, 0.01, 0.3, 5.0, 1e4] {
            let null = Null::new(mean, 30.0, 0.2);
            let mut slow = Bank([1e9, 20.0, 1.0, 1e-3, 6e4, NOTHING]);
            let (fast, _) = slow.silence(null, 500, CAP);
            for _ in 0..500 {
                slow = slow.step(null, 0.0, CAP).0;
            }
            for (a, b) in slow.0.iter().zip(fast.0) {
                assert!((a / b - 1.0).abs() < 1e-3, "{mean}: {a} {b}");
            }
        }
    }

    #[test]
    fn the_ratio_keeps_its_digits_at_huge_means() {
        // At the null mean itself, evidence for any surge is against it.
        for mean in [1.0, 1e3, 1e6, 1e8] {
            let null = Null::new(mean, 1e9, 0.2);
            let (at_null, _) = Bank::EMPTY.step(null, mean, CAP);
            let (doubled, _) = Bank::EMPTY.step(null, 2.0 * mean, CAP);
            assert!(at_null.0.iter().all(|r| *r < 1.0), "{mean} {at_null:?}");
            assert!(doubled.0[0] > 1.0, "{mean} {doubled:?}");
        }
    }

    #[test]
    fn the_ratio_is_that_of_two_negative_binomials() {
        // By hand for k = 5, m = 1, r = 2, x = 3: 3 ln 2 + 8 ln(6/7).
        let null = Null::new(1.0, 1e30, 0.2);
        let (next, _) = Bank::EMPTY.step(null, 3.0, CAP);
        let expected = 3.0 * 2.0_f32.ln() + 8.0 * (6.0_f32 / 7.0).ln();
        assert!((next.0[0].ln() - expected).abs() < 1e-5);
    }
}
