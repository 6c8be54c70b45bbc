use proptest::prelude::*;

use super::*;

const START: Minute = Minute(29_000_000);

/// A series with `days` of one report each `gap` minutes behind it.
fn usual(days: u32, gap: u32) -> Series {
    let settings = Settings::default();
    let mut series = Series::new(START, 1.0 / gap as f32);
    for n in 0..days * 1440 / gap {
        series.observe(&settings, START.plus(n * gap), 1, 1.0);
    }
    series.advance(&settings, START.plus(days * 1440), 1.0);
    series
}

fn burst(mut series: Series, reports: u32, minutes_apart: u32) -> (Series, Evidence) {
    let settings = Settings::default();
    let begin = series.running_minute();
    for n in 0..reports {
        series.observe(&settings, begin.plus(n * minutes_apart), 1, 1.0);
    }
    let evidence = series.evidence(&settings, 1.0);
    (series, evidence)
}

#[test]
fn a_series_is_one_cache_line() {
    assert_eq!(std::mem::size_of::<Series>(), 64);
}

#[test]
fn a_loud_quarter_of_an_hour_confirms_and_dates_its_start() {
    let quiet = usual(20, 180);
    let began = quiet.running_minute();
    let (series, evidence) = burst(quiet, 15, 1);
    assert_eq!(evidence.level, Level::Confirmed, "{evidence:?}");
    assert!(evidence.onset_at.since(began) <= 1 && began.since(evidence.onset_at) <= 1);
    assert!(evidence.onset[0] <= evidence.onset_at && evidence.onset_at <= evidence.onset[1]);
    assert!(!series.is_quiet());
}

#[test]
fn six_complaints_in_an_hour_do_not_confirm_even_where_there_never_were_any() {
    for quiet in [usual(20, 180), usual(20, 1440), usual(20, 14_400)] {
        let (_, evidence) = burst(quiet, 6, 9);
        assert!(evidence.level < Level::Suspected, "{evidence:?}");
    }
}

#[test]
fn a_capture_that_begins_to_flow_is_not_confirmed_but_its_outage_is() {
    // A report in ten days for half a year, then eight each waking day with clusters of five
    // within the hour, then one a minute.
    let settings = Settings::default();
    let mut series = usual(180, 14_400);
    let begin = series.running_minute();
    let mut highest = f32::MIN;
    for day in 0..14 {
        let clustered = [480, 560, 700, 709, 721, 735, 748, 990, 1200];
        for minute in clustered {
            series.observe(&settings, begin.plus(day * 1440 + minute), 1, 1.0);
            highest = highest.max(series.evidence(&settings, 1.0).ln_e);
        }
    }
    assert!(highest < settings.ln_suspected, "{highest}");
    series.advance(&settings, begin.plus(14 * 1440 + 1000), 1.0);
    let (_, evidence) = burst(series, 15, 1);
    assert_eq!(evidence.level, Level::Confirmed, "{evidence:?}");
}

#[test]
fn a_new_series_learns_its_level_rather_than_alarm() {
    // Ten times the guess, every five minutes, for three days.
    let settings = Settings::default();
    let mut series = Series::new(START, 0.02);
    let mut highest = f32::MIN;
    for n in 0..864 {
        series.observe(&settings, START.plus(n * 5), 1, 1.0);
        highest = highest.max(series.evidence(&settings, 1.0).ln_e);
    }
    assert!(highest < settings.ln_suspected, "{highest}");
    assert!((0.15..0.25).contains(&series.baseline_per_min()));
}

#[test]
fn an_incident_does_not_raise_the_baseline_for_a_day_and_then_becomes_the_level() {
    let settings = Settings::default();
    let mut series = usual(20, 10);
    let begin = series.running_minute();
    for n in 0..23 * 60 {
        series.observe(&settings, begin.plus(n), 5, 1.0);
    }
    assert!(
        series.baseline_per_min() < 0.15,
        "{}",
        series.baseline_per_min()
    );
    for n in 23 * 60..5 * 1440 {
        series.observe(&settings, begin.plus(n), 5, 1.0);
    }
    let evidence = series.evidence(&settings, 1.0);
    assert!(
        (3.0..7.0).contains(&evidence.expected_per_min),
        "{evidence:?}"
    );
    assert_eq!(evidence.level, Level::Calm);
}

#[test]
fn a_held_baseline_stays_until_let_go_or_worn_out() {
    let settings = Settings::default();
    let mut series = usual(20, 10);
    let before = series.baseline_per_min();
    series.freeze(true);
    let begin = series.running_minute();
    series.advance(&settings, begin.plus(20 * 60), 1.0);
    assert!((series.baseline_per_min() - before).abs() < 1e-4);
    assert!(!series.is_quiet());
    // Longer than a day: it learns again, though still told to hold.
    series.advance(&settings, begin.plus(10 * 1440), 1.0);
    series.freeze(true);
    assert!(series.baseline_per_min() < before * 0.8);
    series.freeze(false);
    assert!(series.is_quiet());
}

#[test]
fn uncovered_time_is_neither_calm_nor_evidence() {
    let settings = Settings::default();
    let series = usual(20, 10);
    let mut masked = series;
    let later = series.running_minute().plus(5 * 1440);
    masked.mask_until(&settings, later, 1.0);
    assert!((masked.baseline_per_min() - series.baseline_per_min()).abs() < 1e-3);
    let mut silent = series;
    silent.advance(&settings, later, 1.0);
    assert!(silent.baseline_per_min() < 0.9 * series.baseline_per_min());

    // In the middle of an incident, an hour without coverage keeps evidence and onset.
    let (loud, before) = burst(series, 40, 1);
    let mut masked = loud;
    masked.mask_until(&settings, loud.running_minute().plus(61), 1.0);
    let after = masked.evidence(&settings, 1.0);
    assert!((after.ln_e - before.ln_e).abs() < 1e-3);
    assert!(after.onset_at.since(before.onset_at) <= 1);
}

#[test]
fn evidence_fades_when_the_surge_is_over() {
    let settings = Settings::default();
    let (mut series, evidence) = burst(usual(20, 10), 60, 1);
    assert_eq!(evidence.level, Level::Confirmed);
    let end = series.running_minute();
    series.advance(&settings, end.plus(600), 1.0);
    assert!(series.evidence(&settings, 1.0).level == Level::Calm);
    series.advance(&settings, end.plus(1500), 1.0);
    assert!(series.is_quiet());
}

#[test]
fn a_busy_season_is_not_a_surge() {
    let settings = Settings {
        rho_min: 2.0,
        rho_max: 2.0,
        ..Settings::default()
    };
    let loud = |usual_now: f32| {
        let mut series = usual(20, 1);
        let begin = series.running_minute();
        for n in 0..30 {
            series.observe(&settings, begin.plus(n), 7, usual_now);
        }
        series.evidence(&settings, usual_now).ln_e
    };
    assert!(loud(1.0) > settings.ln_confirmed);
    assert!(loud(6.0) < 0.0);
}

#[test]
fn the_end_of_time_is_reached_and_not_passed() {
    let settings = Settings::default();
    let mut series = usual(20, 10);
    for _ in 0..3 {
        series.observe(&settings, Minute(u32::MAX), u32::MAX, 1.0);
        series.mask_until(&settings, Minute(u32::MAX), 1.0);
    }
    series.advance(&settings, Minute(0), 1.0);
    assert_eq!(series.running_minute(), Minute(u32::MAX));
    assert!(series.evidence(&settings, 1.0).ln_e.is_finite());
}

#[derive(Debug, Clone)]
enum Act {
    Report(u32, u32),
    Silence(u32),
    Mask(u32),
    Freeze(bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0u32..90, 0u32..40).prop_map(|(after, n)| Act::Report(after, n)),
        1 => (0u32..3, prop_oneof![Just(10_000), Just(u32::MAX)])
            .prop_map(|(after, n)| Act::Report(after, n)),
        1 => (0u32..200_000).prop_map(Act::Silence),
        1 => (0u32..5_000).prop_map(Act::Mask),
        1 => any::<bool>().prop_map(Act::Freeze),
    ]
}

fn play(settings: &Settings, series: &mut Series, acts: &[Act]) {
    for act in acts {
        let now = series.running_minute();
        match *act {
            Act::Report(after, n) => series.observe(settings, now.plus(after), n, 1.3),
            Act::Silence(n) => series.advance(settings, now.plus(n), 0.7),
            Act::Mask(n) => series.mask_until(settings, now.plus(n), 1.0),
            Act::Freeze(frozen) => series.freeze(frozen),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn evidence_is_finite_whatever_happens(
        acts in prop::collection::vec(act(), 0..60),
        prior in prop_oneof![Just(0.0), Just(f32::NAN), Just(f32::INFINITY), 1e-9f32..1e6],
        usual in prop_oneof![Just(f32::NAN), Just(0.0), 0.01f32..50.0],
    ) {
        for (_, settings) in Settings::PRESETS {
            let mut series = Series::new(START, prior);
            play(&settings, &mut series, &acts);
            let evidence = series.evidence(&settings, usual);
            prop_assert!(evidence.ln_e.is_finite() && evidence.ln_e <= settings.ln_confirmed + 8.001);
            prop_assert!(evidence.expected_per_min.is_finite());
            prop_assert!(evidence.expected_per_min > 0.0);
            prop_assert!(evidence.onset[0] <= evidence.onset_at);
            prop_assert!(evidence.onset_at <= evidence.onset[1]);
            prop_assert!(evidence.onset[1] <= series.running_minute());
        }
    }

    #[test]
    fn reports_of_a_minute_count_the_same_together_or_apart(
        acts in prop::collection::vec(act(), 0..30),
        parts in prop::collection::vec(0u32..50, 1..6),
    ) {
        let settings = Settings::default();
        let mut together = Series::new(START, 0.1);
        play(&settings, &mut together, &acts);
        let mut apart = together;
        let minute = together.running_minute().plus(7);
        together.observe(&settings, minute, parts.iter().sum(), 1.0);
        for part in parts {
            apart.observe(&settings, minute, part, 1.0);
        }
        prop_assert_eq!(together, apart);
    }

    #[test]
    fn silence_in_one_go_equals_silence_minute_by_minute(
        acts in prop::collection::vec(act(), 0..30),
        n in 1u32..6_000,
    ) {
        let settings = Settings::default();
        let mut at_once = Series::new(START, 0.1);
        play(&settings, &mut at_once, &acts);
        let mut stepwise = at_once;
        let begin = at_once.running_minute();
        at_once.advance(&settings, begin.plus(n), 1.0);
        for minute in 1..=n {
            stepwise.advance(&settings, begin.plus(minute), 1.0);
        }
        let (a, b) = (at_once.evidence(&settings, 1.0), stepwise.evidence(&settings, 1.0));
        prop_assert!((a.ln_e - b.ln_e).abs() < 1e-3, "{:?} {:?}", a, b);
        prop_assert!((a.expected_per_min / b.expected_per_min - 1.0).abs() < 1e-3);
        prop_assert_eq!(at_once.is_quiet(), stepwise.is_quiet());
    }

    #[test]
    fn a_series_survives_its_bytes(acts in prop::collection::vec(act(), 0..60)) {
        let mut series = Series::new(START, 0.1);
        play(&Settings::default(), &mut series, &acts);
        let bytes = postcard::to_stdvec(&series).unwrap();
        prop_assert_eq!(postcard::from_bytes::<Series>(&bytes).unwrap(), series);
        let text = serde_json::to_string(&series).unwrap();
        prop_assert_eq!(serde_json::from_str::<Series>(&text).unwrap(), series);
    }

    #[test]
    fn silence_never_raises_the_level(acts in prop::collection::vec(act(), 0..40), n in 0u32..9_000) {
        let settings = Settings::default();
        let mut series = Series::new(START, 0.1);
        play(&settings, &mut series, &acts);
        series.advance(&settings, series.running_minute().plus(1), 1.0);
        let before = series.evidence(&settings, 1.0).level;
        series.advance(&settings, series.running_minute().plus(n), 1.0);
        prop_assert!(series.evidence(&settings, 1.0).level <= before);
    }
}
