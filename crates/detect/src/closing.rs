use buio_types::Minute;
use serde::{Deserialize, Serialize};

/// Number of equal blocks in which an incident's counts are kept.
const BLOCKS: usize = 24;

/// Length of a block at first, in minutes. When all are full, pairs are joined.
const FIRST_BLOCK_MINUTES: u32 = 5;

/// The most that evidence of an end is worth.
const LN_CAP: f32 = 60.0;

/// What one post that says "it works again" adds.
const LN_PER_WORD: f32 = 1.386; // ln 4: four times as likely after the end as before

/// The mirror of detection: evidence that an incident is over.
///
/// Counts are weighed as in CUSUM, "the rate is back at usual" against "it is half of the
/// incident's median"; words of recovery are weighed beside. The two are kept apart, because
/// falling volume alone is not recovery: people tire of reporting while the service stays down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Closing {
    opened_at: Minute,
    last: Minute,
    block_minutes: u32,
    blocks: [u32; BLOCKS],
    ln_volume: f32,
    ln_words: f32,
}

impl Closing {
    /// Evidence of either kind from which an incident may be called over: one wrong end in e²⁰.
    pub const LN_OVER: f32 = 20.0;

    /// An incident that opened at `opened_at`.
    #[must_use]
    pub fn new(opened_at: Minute) -> Self {
        Closing {
            opened_at,
            last: opened_at,
            block_minutes: FIRST_BLOCK_MINUTES,
            blocks: [0; BLOCKS],
            ln_volume: 0.0,
            ln_words: 0.0,
        }
    }

    /// Takes a covered minute that brought `reports` of failure and `ended` posts that say it is
    /// over, with the minutes since the last call as silent. `usual_per_min` is the rate that
    /// still counts as usual: ρ × expected.
    ///
    /// A minute before the last one counts as the last one. Uncovered time is skipped by
    /// [`Closing::mask_until`].
    pub fn observe(&mut self, minute: Minute, reports: u32, ended: u32, usual_per_min: f32) {
        let silent = minute.since(self.last);
        let usual = if usual_per_min.is_finite() {
            usual_per_min.clamp(1e-4, 1e7)
        } else {
            1e-4
        };
        self.record(minute, reports);
        // Half of a median that is itself near usual cannot be told from usual.
        let ongoing = (self.median_per_min() / 2.0).max(1.5 * usual);
        let minutes = silent as f32 + if reports > 0 { 1.0 } else { 0.0 };
        let gained = minutes * (ongoing - usual) - reports as f32 * (ongoing / usual).ln();
        self.ln_volume = (self.ln_volume + gained).clamp(0.0, LN_CAP);
        let said = ended as f32 * LN_PER_WORD - reports as f32 * LN_PER_WORD / 2.0;
        self.ln_words = (self.ln_words + said).clamp(0.0, LN_CAP);
        self.last = self.last.max(minute);
    }

    /// Time up to `minute` was not covered: it says nothing.
    pub fn mask_until(&mut self, minute: Minute) {
        self.last = self.last.max(minute);
    }

    /// Evidence (ln) from counts that the incident is over.
    #[must_use]
    pub fn ln_volume(&self) -> f32 {
        self.ln_volume
    }

    /// Evidence (ln) from words that the incident is over.
    #[must_use]
    pub fn ln_words(&self) -> f32 {
        self.ln_words
    }

    /// Whether counts and words together reach [`Closing::LN_OVER`].
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ln_volume + self.ln_words >= Self::LN_OVER
    }

    /// Median reports a minute over the incident's blocks that brought any.
    #[must_use]
    pub fn median_per_min(&self) -> f32 {
        let mut counts: Vec<u32> = self.blocks.iter().copied().filter(|n| *n > 0).collect();
        counts.sort_unstable();
        let median = counts.get(counts.len() / 2).copied().unwrap_or(0);
        median as f32 / self.block_minutes as f32
    }

    fn record(&mut self, minute: Minute, reports: u32) {
        let mut idx = self.block(minute);
        while idx >= BLOCKS {
            for pair in 0..BLOCKS / 2 {
                self.blocks[pair] = self.blocks[2 * pair].saturating_add(self.blocks[2 * pair + 1]);
            }
            self.blocks[BLOCKS / 2..].fill(0);
            self.block_minutes = self.block_minutes.saturating_mul(2);
            idx = self.block(minute);
        }
        if let Some(block) = self.blocks.get_mut(idx) {
            *block = block.saturating_add(reports);
        }
    }

    fn block(&self, minute: Minute) -> usize {
        (minute.since(self.opened_at) / self.block_minutes.max(1)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENED: Minute = Minute(29_000_000);

    fn after_outage(per_min: u32, minutes: u32) -> Closing {
        let mut closing = Closing::new(OPENED);
        for n in 0..minutes {
            closing.observe(OPENED.plus(n), per_min, 0, 0.1);
        }
        closing
    }

    #[test]
    fn an_incident_that_goes_on_is_not_over() {
        let closing = after_outage(4, 300);
        assert_eq!((closing.ln_volume(), closing.is_over()), (0.0, false));
        assert!((closing.median_per_min() - 4.0).abs() < 1.0);
    }

    #[test]
    fn silence_after_a_loud_incident_ends_it_within_the_hour() {
        let mut closing = after_outage(4, 120);
        closing.observe(OPENED.plus(125), 0, 0, 0.1);
        assert!(!closing.is_over());
        closing.observe(OPENED.plus(150), 0, 0, 0.1);
        assert!(closing.is_over());
        assert_eq!(closing.ln_words(), 0.0);
    }

    #[test]
    fn words_of_recovery_end_it_sooner_and_renewed_reports_take_them_back() {
        let mut closing = after_outage(4, 120);
        closing.observe(OPENED.plus(121), 0, 20, 0.1);
        assert!(closing.is_over());
        for n in 122..140 {
            closing.observe(OPENED.plus(n), 4, 0, 0.1);
        }
        assert!(!closing.is_over());
    }

    #[test]
    fn uncovered_time_says_nothing() {
        let mut closing = after_outage(4, 120);
        closing.mask_until(OPENED.plus(1000));
        closing.observe(OPENED.plus(1001), 0, 0, 0.1);
        assert!(closing.ln_volume() < 5.0);
    }

    #[test]
    fn months_and_floods_stay_in_bounds() {
        let mut closing = Closing::new(Minute(0));
        closing.observe(Minute(u32::MAX), u32::MAX, u32::MAX, f32::NAN);
        closing.observe(Minute(5), u32::MAX, 0, 0.0);
        assert!(closing.ln_volume().is_finite() && closing.ln_words().is_finite());
        assert!(closing.median_per_min().is_finite());
    }
}
