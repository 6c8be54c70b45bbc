use crate::NamedText;
use crate::fault::Faults;

/// One data row of a tab-separated file: its line and exactly as many cells as the header.
pub(crate) struct Row<'a> {
    pub(crate) line: usize,
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// The trimmed cell at `idx`; empty beyond the end.
    pub(crate) fn cell(&self, idx: usize) -> &'a str {
        self.cells.get(idx).copied().unwrap_or_default()
    }
}

/// Splits a file into its header and rows. Tabs separate, nothing is quoted, empty lines and lines
/// that begin with `#` are skipped. The header must begin with `expected`; rows with another
/// number of cells than the header are faults and left out.
pub(crate) fn rows<'a>(
    named: NamedText<'a>,
    expected: &[&str],
    faults: &mut Faults<'_>,
) -> (Vec<&'a str>, Vec<Row<'a>>) {
    let text = named.text.trim_start_matches('\u{feff}');
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(idx, line)| (idx + 1, line.trim_end_matches('\r')))
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let Some((line, header)) = lines.next() else {
        faults.push(
            1,
            format!("empty file; expected the header {}", expected.join(" ")),
        );
        return (Vec::new(), Vec::new());
    };
    let header: Vec<&str> = header.split('\t').map(str::trim).collect();
    if !header.starts_with(expected) {
        faults.push(
            line,
            format!("header is {header:?}, expected it to begin with {expected:?}"),
        );
        return (Vec::new(), Vec::new());
    }
    let mut rows = Vec::new();
    for (line, text) in lines {
        let cells: Vec<&str> = text.split('\t').map(str::trim).collect();
        if cells.len() == header.len() {
            rows.push(Row { line, cells });
        } else {
            let first: String = text.chars().take(40).collect();
            faults.push(
                line,
                format!(
                    "{} cells where the header has {} (tabs separate): {first:?}",
                    cells.len(),
                    header.len()
                ),
            );
        }
    }
    (header, rows)
}
