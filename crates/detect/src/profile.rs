use buio_types::Minute;
use serde::{Deserialize, Serialize};

/// Hours of a week.
const HOURS: usize = 168;

/// Monday 00:00 lies this many hours into the epoch's week (1970-01-01 was a Thursday).
const EPOCH_HOUR_OF_WEEK: i64 = 72;

/// How much one hour of one series may teach. At 0.02 a bin has half forgotten its start after
/// 35 visits, which is 35 series for a week or one series for 35 weeks.
const GAIN: f32 = 0.02;

/// No hour of the week is ever thought this quiet or this busy, against the mean hour.
const BOUNDS: (f32, f32) = (0.05, 8.0);

/// Reports of people over a day by local hour, mean 1: asleep at four, busy at work, busiest in
/// the evening. A guess to begin with, in the shape that public timelines share.
const DAY: [f32; 24] = [
    0.70, 0.45, 0.30, 0.22, 0.20, 0.27, 0.45, 0.72, 0.95, 1.10, 1.18, 1.20, 1.22, 1.20, 1.18, 1.18,
    1.22, 1.28, 1.35, 1.45, 1.55, 1.60, 1.50, 1.13,
];

/// How a week usually runs: a multiplier for each local hour of the week, of mean 1, shared by
/// many series of one country or time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// 168 multipliers, Monday 00:00 first. Kept private so that the mean stays 1.
    hours: Vec<f32>,
}

impl Default for Profile {
    /// No season: every hour is like every other.
    fn default() -> Self {
        Profile {
            hours: vec![1.0; HOURS],
        }
    }
}

impl Profile {
    /// The built-in day, every day of the week.
    #[must_use]
    pub fn diurnal() -> Self {
        let mut profile = Profile {
            hours: (0..HOURS).map(|hour| DAY[hour % 24]).collect(),
        };
        profile.normalise();
        profile
    }

    /// The mean of profiles of several time zones, as (weight, profile, offset from UTC in
    /// minutes), for a series that counts them together; to be read at offset 0.
    #[must_use]
    pub fn blend(parts: &[(f32, &Profile, i32)]) -> Self {
        let mut hours = vec![0.0; HOURS];
        for (weight, profile, utc_offset_minutes) in parts {
            if !(weight.is_finite() && *weight > 0.0) {
                continue;
            }
            for (hour, sum) in hours.iter_mut().enumerate() {
                // Any Monday 00:00 UTC will do: 1970-01-05.
                let minute = Minute((4 * 24 + hour as u32) * 60 + 30);
                *sum += weight * profile.usual(minute, *utc_offset_minutes);
            }
        }
        let mut blended = Profile { hours };
        blended.normalise();
        blended
    }

    /// The multiplier of `minute` in a place that lies `utc_offset_minutes` east of UTC.
    #[must_use]
    pub fn usual(&self, minute: Minute, utc_offset_minutes: i32) -> f32 {
        self.hours
            .get(hour_of_week(minute, utc_offset_minutes))
            .copied()
            .unwrap_or(1.0)
    }

    /// Learns from one covered hour of one series, which brought `reports` where
    /// `expected` (baseline × this profile × covered minutes) were expected. Hours under
    /// suspicion should not be taught. An hour that expects little teaches little.
    pub fn learn(&mut self, minute: Minute, utc_offset_minutes: i32, reports: u32, expected: f32) {
        if !(expected.is_finite() && expected > 0.0) {
            return;
        }
        let surprise = (reports as f32 - expected) / (expected + 4.0);
        if let Some(hour) = self.hours.get_mut(hour_of_week(minute, utc_offset_minutes)) {
            *hour *= (GAIN * surprise.clamp(-1.0, 2.0)).exp();
        }
        self.normalise();
    }

    /// Brings the mean back to 1 and each hour within bounds.
    fn normalise(&mut self) {
        self.hours.resize(HOURS, 1.0);
        let mean = self.hours.iter().sum::<f32>() / HOURS as f32;
        for hour in &mut self.hours {
            *hour = (*hour / mean).clamp(BOUNDS.0, BOUNDS.1);
            if !hour.is_finite() {
                *hour = 1.0;
            }
        }
    }
}

/// 0..168, Monday 00:00 local time first.
fn hour_of_week(minute: Minute, utc_offset_minutes: i32) -> usize {
    let local_hours = (i64::from(minute.0) + i64::from(utc_offset_minutes)).div_euclid(60);
    (local_hours + EPOCH_HOUR_OF_WEEK).rem_euclid(HOURS as i64) as usize
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

    fn check(utc: &str, utc_offset_minutes: i32, hour: usize) {
        let minute = buio_types::Timestamp::parse(utc).unwrap().minute();
        assert_eq!(hour_of_week(minute, utc_offset_minutes), hour, "{utc}");
    }

    #[test]
    fn the_week_begins_on_monday_at_midnight_local_time() {
        check("2024-07-15T00:00:00Z", 0, 0);
        check("2024-07-14T23:59:00Z", 0, 167);
        check("2024-07-14T18:30:00Z", 330, 0); // Kolkata
        check("2024-07-15T03:00:00Z", -180, 0); // Buenos Aires
        check("1970-01-01T00:00:00Z", 0, 72);
        check("1970-01-01T00:00:00Z", -720, 60);
    }

    #[test]
    fn nights_are_quiet_and_the_mean_hour_is_one() {
        let profile = Profile::diurnal();
        let mean = profile.hours.iter().sum::<f32>() / 168.0;
        assert!((mean - 1.0).abs() < 1e-4);
        let night = Minute((4 * 24 + 4) * 60);
        assert!(profile.usual(night, 0) < 0.3 && profile.usual(night, 17 * 60) > 1.4);
    }

    #[test]
    fn a_busy_hour_is_learned_and_the_others_give_way() {
        let mut profile = Profile::default();
        let busy = Minute(29_000_040);
        for _ in 0..200 {
            let expected = 20.0 * profile.usual(busy, 0);
            profile.learn(busy, 0, 60, expected);
        }
        assert!(
            (2.5..3.2).contains(&profile.usual(busy, 0)),
            "{}",
            profile.usual(busy, 0)
        );
        assert!(profile.usual(busy.plus(60), 0) < 1.0);
    }

    #[test]
    fn opposite_time_zones_blend_into_a_flatter_day() {
        let day = Profile::diurnal();
        let world = Profile::blend(&[(1.0, &day, 0), (1.0, &day, 720), (f32::NAN, &day, 0)]);
        let range = |profile: &Profile| {
            let hours = (0..24).map(|hour| profile.usual(Minute(hour * 60), 0));
            hours.clone().fold(0.0, f32::max) / hours.fold(9.0, f32::min)
        };
        assert!(range(&world) < range(&day) / 2.0);
        assert_eq!(Profile::blend(&[]).usual(Minute(0), 0), 1.0);
    }
}
