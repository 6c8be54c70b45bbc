use proptest::prelude::*;

use super::*;

/// Scores counts in buckets of `secs`.
fn scores(secs: i64, values: &[f64]) -> Vec<f64> {
    let mut scorer = Scorer::new(Settings::sensitive());
    (0..)
        .zip(values)
        .map(|(n, value)| scorer.score(1_700_000_000 + n * secs, *value))
        .collect()
}

/// A quiet series that goes 0, 2, 1, 3, 1, … times `scale`.
fn quiet(rows: usize, scale: f64) -> Vec<f64> {
    [0.0, 2.0, 1.0, 3.0, 1.0, 1.0, 0.0, 4.0]
        .into_iter()
        .cycle()
        .map(|x| x * scale)
        .take(rows)
        .collect()
}

fn alerts(scores: &[f64]) -> Vec<usize> {
    (0..scores.len())
        .filter(|row| scores[*row] >= 0.5)
        .collect()
}

#[test]
fn a_lasting_surge_is_alerted_once_and_soon() {
    let mut values = quiet(90, 1.0);
    values.extend([12.0, 17.0, 34.0, 25.0, 30.0, 28.0, 6.0, 9.0]);
    let found = alerts(&scores(900, &values));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((90..=92).contains(&found[0]), "{found:?}");
}

#[test]
fn a_second_surge_days_later_is_a_second_alert() {
    let mut values = Vec::new();
    for _ in 0..3 {
        values.extend(quiet(400, 10.0));
        values.extend([900.0; 6]);
    }
    assert_eq!(alerts(&scores(300, &values)).len(), 3);
}

#[test]
fn twice_as_much_for_an_hour_is_no_alert() {
    for scale in [1.0, 30.0, 3000.0] {
        let mut values = quiet(600, scale);
        values.extend(quiet(12, 2.0 * scale));
        values.extend(quiet(100, scale));
        assert_eq!(alerts(&scores(300, &values)).first(), None, "{scale}");
    }
}

#[test]
fn a_changed_level_alerts_once_and_is_then_usual() {
    let mut values = quiet(600, 10.0);
    values.extend(quiet(6000, 200.0));
    let scores = scores(300, &values);
    assert_eq!(alerts(&scores).len(), 1);
    assert!(scores[6500] < 0.25);
}

#[test]
fn evidence_that_builds_up_is_watch_before_it_is_alert() {
    let mut values = quiet(600, 10.0);
    values.extend([90.0, 120.0, 150.0, 180.0, 210.0, 240.0]);
    let scores = scores(300, &values);
    let alert = alerts(&scores)[0];
    assert!(scores[alert - 1] > scores[alert - 2] && scores[alert - 1] < 0.5);
}

#[test]
fn holes_and_clocks_that_stand_or_run_backwards_are_survived() {
    let mut scorer = Scorer::new(Settings::sensitive());
    for at in [
        0,
        300,
        600,
        600,
        300,
        i64::MIN,
        i64::MAX,
        5,
        -1,
        900,
        i64::MAX,
    ] {
        for value in [2.5, -4.0, f64::NAN, f64::INFINITY, 1e300] {
            let score = scorer.score(at, value);
            assert!((0.0..=1.0).contains(&score));
        }
    }
    let holes = scores(300, &[1.0, f64::NAN, -3.0]);
    assert_eq!(holes[1..], [0.0, 0.0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scores_lie_between_nought_and_one_for_every_preset(
        rows in prop::collection::vec(
            (-10_000i64..100_000, prop_oneof![0.0..50.0, 0.0..1e12, Just(f64::NAN)]),
            1..300,
        ),
    ) {
        for (_, settings) in Settings::PRESETS {
            let mut scorer = Scorer::new(settings);
            let mut at = 0;
            for (step, value) in &rows {
                at += step;
                let score = scorer.score(at, *value);
                prop_assert!((0.0..=1.0).contains(&score), "{}", score);
            }
        }
    }

    #[test]
    fn a_row_is_scored_without_knowing_the_later_ones(
        values in prop::collection::vec(0.0f64..200.0, 2..200),
        cut in 1usize..200,
    ) {
        let cut = cut.min(values.len());
        prop_assert_eq!(&scores(300, &values)[..cut], &scores(300, &values[..cut])[..]);
    }
}
