//! `buio detect`: anomaly scores for any series of counts.

use anyhow::Context as _;
use buio_detect::Scorer;
use buio_types::Timestamp;
use csv::ByteRecord;

use crate::args::DetectArgs;
use crate::commands::classify::open;
use crate::print;

pub(crate) fn run(args: &DetectArgs) -> anyhow::Result<()> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(open(&args.file)?);
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(print::stdout());
    let mut scorer = Scorer::new(args.preset);
    for (idx, record) in reader.byte_records().enumerate() {
        let record = record.with_context(|| format!("reading {}", args.file.display()))?;
        let cell = match read_row(&record) {
            Some((at, value)) => format!("{:.6}", scorer.score(at.as_secs(), value)),
            None if idx == 0 && read_time(column(&record, 0)).is_none() => {
                "anomaly_score".to_owned()
            }
            None => {
                let line = record.position().map_or(0, csv::Position::line);
                print::words(&format!(
                    "{}:{line}: no time and number in columns 1 and 2; scored 0",
                    args.file.display()
                ));
                "0.000000".to_owned()
            }
        };
        writer.write_record(record.iter().chain(std::iter::once(cell.as_bytes())))?;
    }
    writer.flush()?;
    Ok(())
}

fn read_row(record: &ByteRecord) -> Option<(Timestamp, f64)> {
    let value: f64 = column(record, 1).trim().parse().ok()?;
    let at = read_time(column(record, 0))?;
    value.is_finite().then_some((at, value))
}

/// Empty where it is missing or no text.
fn column(record: &ByteRecord, idx: usize) -> &str {
    let bytes = record.get(idx).unwrap_or_default();
    std::str::from_utf8(bytes).unwrap_or_default()
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
