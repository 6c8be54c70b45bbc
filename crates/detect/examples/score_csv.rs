//! Prints `timestamp,value,anomaly_score` for a CSV of counts:
//! `cargo run --release -p buio-detect --example score_csv -- FILE.csv [PRESET] > OUT.csv`
#![expect(clippy::print_stdout, reason = "an example's output is its result")]

use buio_detect::{Scorer, Settings};
use buio_types::Timestamp;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("usage: score_csv FILE.csv [PRESET]")?;
    let preset = args.next().unwrap_or_else(|| "sensitive".into());
    let settings = Settings::preset(&preset).ok_or("no such preset")?;
    let mut scorer = Scorer::new(settings);
    println!("timestamp,value,anomaly_score");
    for line in std::fs::read_to_string(file)?.lines().skip(1) {
        let mut columns = line.split(',');
        let (Some(time), Some(value)) = (columns.next(), columns.next()) else {
            continue;
        };
        let rfc3339 = if time.contains('T') {
            time.to_owned()
        } else {
            time.replace(' ', "T") + "Z"
        };
        let at_secs = Timestamp::parse(&rfc3339)?.as_secs();
        let score = scorer.score(at_secs, value.parse().unwrap_or(f64::NAN));
        println!("{time},{value},{score:.6}");
    }
    Ok(())
}
