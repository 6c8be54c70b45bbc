//! `buio detect`: any series of counts.

use std::fmt::Write as _;

use crate::util::{Ran, TestApp};

const START: i64 = 1_704_067_200; // 2024-01-01T00:00:00Z
const STEP_SECS: i64 = 300;
const ROWS: usize = 2000;
const SURGE: std::ops::Range<usize> = 1500..1512;

/// A week of counts that follow the hour of the day, with noise and one surge.
fn values() -> Vec<u32> {
    let mut seed = 0x0bad_5eed_u32;
    (0..ROWS)
        .map(|n| {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            let hour = (n as f64 * 5.0 / 60.0) % 24.0;
            let usual = 20.0 + 10.0 * (hour / 24.0 * std::f64::consts::TAU).sin();
            let surge = if SURGE.contains(&n) { 200 } else { 0 };
            usual as u32 + seed % 7 + surge
        })
        .collect()
}

fn rows(values: &[u32]) -> String {
    let mut csv = String::new();
    for (n, value) in values.iter().enumerate() {
        writeln!(csv, "{},{value}", START + STEP_SECS * n as i64).unwrap();
    }
    csv
}

fn detect(csv: impl AsRef<[u8]>, args: &[&str]) -> Ran {
    let app = TestApp::new();
    app.write("counts.csv", csv);
    let mut all = vec!["detect", "counts.csv"];
    all.extend(args);
    app.run(&all)
}

/// The last column of every row.
fn scores(ran: &Ran) -> Vec<f64> {
    let last = |line: &str| line.rsplit(',').next().unwrap().parse().unwrap();
    ran.ok().lines().map(last).collect()
}

#[test]
fn scores_lie_between_zero_and_one_and_a_surge_alerts_on_one_row() {
    for preset in ["sensitive", "cautious"] {
        let scores = scores(&detect(rows(&values()), &["--preset", preset]));
        assert_eq!(scores.len(), ROWS);
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
        let alerts: Vec<usize> = (0..ROWS).filter(|n| scores[*n] >= 0.5).collect();
        assert_eq!(alerts.len(), 1, "{preset}: {alerts:?}");
        assert!(SURGE.contains(&alerts[0]), "{preset}: {alerts:?}");
    }
}

#[test]
fn no_score_depends_on_a_later_row() {
    let values = values();
    let whole = detect(rows(&values), &[]);
    let whole: Vec<&str> = whole.ok().lines().collect();
    for n_rows in [
        1,
        700,
        SURGE.start,
        SURGE.start + 1,
        SURGE.start + 3,
        SURGE.end + 40,
    ] {
        let head = detect(rows(&values[..n_rows]), &[]);
        assert_eq!(head.ok().lines().collect::<Vec<_>>(), whole[..n_rows]);
    }
}

#[test]
fn a_header_gains_a_column_and_makes_no_difference() {
    let csv = rows(&values());
    let with_header = detect(format!("timestamp,value\n{csv}"), &[]);
    let (header, rest) = with_header.ok().split_once('\n').unwrap();
    assert_eq!(header, "timestamp,value,anomaly_score");
    assert_eq!(rest, detect(csv, &[]).ok());
}

#[test]
fn further_columns_pass_through() {
    let ran = detect(
        "time,n,\"a, b\",c\n2024-01-01 00:00:00,3,\"x, \"\"y\"\"\",\n2024-01-01T00:05:00Z,4,è,2\n",
        &["--output", "csv"],
    );
    let mut lines = ran.ok().lines();
    assert_eq!(lines.next().unwrap(), "time,n,\"a, b\",c,anomaly_score");
    assert_eq!(
        lines.next().unwrap(),
        "2024-01-01 00:00:00,3,\"x, \"\"y\"\"\",,0.000000"
    );
    assert_eq!(lines.next().unwrap(), "2024-01-01T00:05:00Z,4,è,2,0.000000");
}

#[test]
fn times_may_be_written_in_several_ways() {
    let values = values();
    let as_written = |n: usize| {
        let at = jiff::Timestamp::from_second(START + STEP_SECS * n as i64).unwrap();
        match n % 3 {
            0 => at.to_string(),
            1 => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            _ => at.strftime("%Y-%m-%d %H:%M").to_string(),
        }
    };
    let mixed: String = values
        .iter()
        .enumerate()
        .map(|(n, value)| format!("{},{value}\n", as_written(n)))
        .collect();
    assert_eq!(
        scores(&detect(mixed, &[])),
        scores(&detect(rows(&values), &[]))
    );
}

#[test]
fn rows_that_cannot_be_read_are_told_and_scored_zero() {
    let mut csv =
        b"\xef\xbb\xbf2024-01-01T00:00:00Z,5\nnoon,5\n2024-01-01T00:05:00Z,many\n".to_vec();
    csv.extend(b"lonely\n2024-01-01T00:10:00Z,NaN,x\n2024-01-01T00:15:00Z,7,caf\xe9\n");
    let app = TestApp::new();
    app.write("counts.csv", &csv);
    let output = app.command(&["detect", "counts.csv"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let n_rows = output.stdout.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(n_rows, 6);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        stdout.lines().all(|line| line.ends_with(",0.000000")),
        "{stdout}"
    );
    let words = String::from_utf8_lossy(&output.stderr);
    let told: Vec<&str> = words
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "counts.csv:2",
            "counts.csv:3",
            "counts.csv:4",
            "counts.csv:5"
        ]
    );
}

#[test]
fn an_empty_file_has_no_scores_and_stdin_is_a_dash() {
    assert_eq!(detect("", &[]).ok(), "");
    let ran = TestApp::new().run_with_input(&["detect", "-"], b"1704067200,3\n");
    assert_eq!(ran.ok(), "1704067200,3,0.000000\n");
}
