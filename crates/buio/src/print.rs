//! The two doors out: data to stdout, words to stderr.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use serde_json::{Map, Value};

use crate::args::Format;

/// Rows to be printed in any format.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Rows {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Rows {
            columns: columns.iter().map(|&c| c.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn print(&self, format: Format) -> anyhow::Result<()> {
        let mut out = stdout();
        match format {
            Format::Table => self.table(&mut out)?,
            Format::Csv => self.csv(&mut out)?,
            Format::Ndjson => {
                for row in &self.rows {
                    serde_json::to_writer(&mut out, &self.object(row))?;
                    out.write_all(b"\n")?;
                }
            }
            Format::Json => {
                let all: Vec<Value> = self.rows.iter().map(|row| self.object(row)).collect();
                serde_json::to_writer_pretty(&mut out, &all)?;
                out.write_all(b"\n")?;
            }
        }
        out.flush()?;
        Ok(())
    }

    fn object(&self, row: &[Value]) -> Value {
        let fields = self.columns.iter().cloned().zip(row.iter().cloned());
        Value::Object(fields.collect::<Map<_, _>>())
    }

    fn table(&self, out: &mut impl Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut table = comfy_table::Table::new();
        table
            .load_style(UTF8_HORIZONTAL_ONLY)
            .set_header(&self.columns);
        if io::stdout().is_terminal() {
            table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
        }
        for row in &self.rows {
            table.add_row(
                row.iter()
                    .map(|value| for_terminal(&plain(value)).into_owned()),
            );
        }
        writeln!(out, "{table}")
    }

    fn csv(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(&self.columns)?;
        for row in &self.rows {
            csv.write_record(row.iter().map(|value| for_spreadsheet(plain(value))))?;
        }
        csv.flush()?;
        Ok(())
    }
}

/// Buffered stdout; a closed pipe shows as an error of kind `BrokenPipe`.
pub(crate) fn stdout() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// One line of data.
pub(crate) fn data(line: &str) -> anyhow::Result<()> {
    let mut out = stdout();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// One line of words.
pub(crate) fn words(line: &str) {
    // Nobody can be told that stderr is closed.
    drop(writeln!(io::stderr().lock(), "{}", for_terminal(line)));
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Post text is hostile: control, bidirectional and tag characters never reach a terminal.
pub(crate) fn for_terminal(text: &str) -> Cow<'_, str> {
    let is_safe = |c: char| {
        c == '\n'
            || !(c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'
                    | '\u{e0000}'..='\u{e007f}'))
    };
    if text.chars().all(is_safe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .map(|c| if is_safe(c) { c } else { '\u{fffd}' })
            .collect(),
    )
}

/// A cell that a spreadsheet would take for a formula is marked as text (ASVS 1.2.10).
fn for_spreadsheet(cell: String) -> String {
    let is_number = cell.parse::<f64>().is_ok();
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) && !is_number {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(
            for_terminal("a\u{1b}[31mb\u{202e}c"),
            "a\u{fffd}[31mb\u{fffd}c"
        );
        assert!(matches!(for_terminal("però 障害"), Cow::Borrowed(_)));
    }

    #[test]
    fn formulas_become_text_and_numbers_stay_numbers() {
        assert_eq!(for_spreadsheet("=1+1".into()), "'=1+1");
        assert_eq!(for_spreadsheet("-1.5".into()), "-1.5");
        assert_eq!(for_spreadsheet("@user".into()), "'@user");
    }
}
