//! `buio classify`: one line out for every line in.

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use buio_catalog::Catalog;
use buio_classify::Classifier;
use buio_ingest::NdjsonReader;
use buio_types::{DropReason, Signal};
use serde::Serialize;

use crate::print;

/// The contract's line.
#[derive(Serialize)]
struct ClassifiedLine<'a> {
    id: Option<&'a str>,
    source: Option<&'a str>,
    signals: &'a [Signal],
    dropped: Option<&'static str>,
}

impl ClassifiedLine<'_> {
    /// A line that is no post.
    fn dropped(reason: DropReason) -> Self {
        ClassifiedLine {
            id: None,
            source: None,
            signals: &[],
            dropped: Some(reason.as_str()),
        }
    }
}

pub(crate) fn run(file: &Path, catalog: Arc<Catalog>) -> anyhow::Result<()> {
    let classifier = Classifier::new(catalog);
    let mut out = print::stdout();
    let mut lines = NdjsonReader::new(open(file)?);
    let mut n_written = 0;
    for line in lines.by_ref() {
        let line = line.with_context(|| format!("reading {}", file.display()))?;
        write_empty(&mut out, line.number.saturating_sub(n_written + 1))?;
        n_written = line.number;
        match line.result {
            Ok(post) => {
                let classified = classifier.classify(&post);
                write_line(
                    &mut out,
                    &ClassifiedLine {
                        id: Some(&post.id),
                        source: Some(&post.source),
                        signals: &classified.signals,
                        dropped: classified.dropped.map(|reason| reason.as_str()),
                    },
                )?;
            }
            Err(fault) => {
                print::words(&format!("{}:{fault}", file.display()));
                write_line(&mut out, &ClassifiedLine::dropped(fault.reason))?;
            }
        }
    }
    write_empty(&mut out, lines.n_lines().saturating_sub(n_written))?;
    out.flush()?;
    Ok(())
}

fn write_line(out: &mut impl std::io::Write, line: &ClassifiedLine<'_>) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Stands for lines that the reader passed over, so that lines of input and output pair up.
fn write_empty(out: &mut impl std::io::Write, n_lines: u64) -> anyhow::Result<()> {
    for _ in 0..n_lines {
        write_line(out, &ClassifiedLine::dropped(DropReason::Empty))?;
    }
    Ok(())
}

/// A file, or stdin for `-`.
pub(crate) fn open(file: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let opened = File::open(file).with_context(|| format!("opening {}", file.display()))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, opened)))
}
