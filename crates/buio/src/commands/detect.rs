//! `buio detect`: anomaly scores for any series of counts.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use buio_detect::{Scorer, Settings};
use buio_types::Timestamp;
use csv::StringRecord;

use crate::args::DetectArgs;
use crate::commands::classify::open;
use crate::print;

pub(crate) fn run(args: &DetectArgs) -> anyhow::Result<()> {
    let Some(settings) = Settings::preset(&args.preset) else {
        let names: Vec<&str> = Settings::PRESETS.iter().map(|(name, _)| *name).collect();
        bail!(
            "no preset {:?}; there are {}",
            args.preset,
            names.join(", ")
        );
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(open(&args.file)?);
    let mut writer = csv::Writer::from_writer(print::stdout());
    let mut scorer = Scorer::new(settings);
    for (idx, record) in reader.records().enumerate() {
        let record = record.with_context(|| format!("reading {}", args.file.display()))?;
        let cell = match read_row(&record) {
            Some((at, value)) => format!("{:.6}", scorer.score(at.as_secs(), value)),
            None if idx == 0 => "anomaly_score".to_owned(),
            None => {
                let line = record.position().map_or(0, csv::Position::line);
                print::words(&format!(
                    "{}:{line}: no time and number in columns 1 and 2; scored 0",
                    args.file.display()
                ));
                "0.000000".to_owned()
            }
        };
        writer.write_record(record.iter().chain(std::iter::once(cell.as_str())))?;
    }
    writer
        .into_inner()
        .map_err(|error| anyhow::anyhow!("{error}"))?
        .flush()?;
    Ok(())
}

fn read_row(record: &StringRecord) -> Option<(Timestamp, f64)> {
    Some((
        read_time(record.get(0)?)?,
        record.get(1)?.trim().parse().ok()?,
    ))
}

/// RFC 3339, `YYYY-MM-DD HH:MM[:SS]` (taken as UTC), or seconds since 1970.
fn read_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = Timestamp::parse(text) {
        return Some(at);
    }
    if let Ok(civil) = text.parse::<jiff::civil::DateTime>() {
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        return Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()));
    }
    let secs: f64 = text.parse().ok()?;
    secs.is_finite()
        .then(|| Timestamp::from_millis((secs * 1000.0) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_ways_that_series_are_written() {
        for text in ["2015-02-26 21:42:53", "2015-02-26T21:42:53Z", "1424986973"] {
            assert_eq!(
                read_time(text).map(Timestamp::as_secs),
                Some(1_424_986_973),
                "{text}"
            );
        }
        assert_eq!(read_time("timestamp"), None);
    }
}
