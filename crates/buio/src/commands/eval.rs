//! `buio eval`: labelled posts → precision, recall, F1, per language and in all.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use buio_catalog::Catalog;
use buio_classify::Classifier;
use buio_types::Post;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::args::Format;
use crate::commands::classify::open;
use crate::print::{self, Rows};

/// What is read of a line beside the post.
#[derive(Deserialize)]
struct Labelled {
    label: String,
}

/// Verdicts against labels.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    true_positives: u64,
    false_positives: u64,
    false_negatives: u64,
    n: u64,
}

/// The contract's figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Score {
    precision: f64,
    recall: f64,
    f1: f64,
    n: u64,
}

impl Tally {
    fn add(&mut self, is_positive: bool, verdict: bool) {
        self.n += 1;
        match (is_positive, verdict) {
            (true, true) => self.true_positives += 1,
            (false, true) => self.false_positives += 1,
            (true, false) => self.false_negatives += 1,
            (false, false) => {}
        }
    }

    /// Without a positive label or verdict there is nothing to miss: all ones.
    fn score(&self) -> Score {
        let ratio = |part: u64, whole: u64| {
            let x = if whole == 0 {
                1.0
            } else {
                part as f64 / whole as f64
            };
            (x * 10_000.0).round() / 10_000.0
        };
        let hits = self.true_positives;
        Score {
            precision: ratio(hits, hits + self.false_positives),
            recall: ratio(hits, hits + self.false_negatives),
            f1: ratio(
                2 * hits,
                2 * hits + self.false_positives + self.false_negatives,
            ),
            n: self.n,
        }
    }
}

pub(crate) fn run(file: &Path, format: Format, catalog: Arc<Catalog>) -> anyhow::Result<()> {
    let classifier = Classifier::new(catalog);
    let mut total = Tally::default();
    let mut by_lang: BTreeMap<String, Tally> = BTreeMap::new();
    for (idx, line) in std::io::BufRead::split(open(file)?, b'\n').enumerate() {
        let line = line.with_context(|| format!("reading {}", file.display()))?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let label = match serde_json::from_slice::<Labelled>(&line) {
            Ok(labelled) => labelled.label,
            Err(error) => {
                print::words(&format!("{}:{}: {error}", file.display(), idx + 1));
                continue;
            }
        };
        let Some(is_positive) = is_positive(&label) else {
            bail!("{}:{}: unknown label {label:?}", file.display(), idx + 1);
        };
        let post = match Post::from_json(&line) {
            Ok(post) => post,
            Err(fault) => {
                print::words(&format!("{}:{}: {fault}", file.display(), idx + 1));
                continue;
            }
        };
        let classified = classifier.classify(&post);
        let verdict = classified
            .signals
            .iter()
            .any(|signal| signal.likelihood.get() >= 0.5);
        let lang = post
            .lang
            .or(classified.lang)
            .unwrap_or_else(|| "und".to_owned());
        total.add(is_positive, verdict);
        by_lang.entry(lang).or_default().add(is_positive, verdict);
    }
    if total.n == 0 {
        bail!("{}: no labelled posts", file.display());
    }
    show(total, &by_lang, format)
}

fn is_positive(label: &str) -> Option<bool> {
    match label {
        "down" | "degraded" => Some(true),
        "back" | "ack" | "past" | "none" => Some(false),
        _ => None,
    }
}

fn show(total: Tally, by_lang: &BTreeMap<String, Tally>, format: Format) -> anyhow::Result<()> {
    if matches!(format, Format::Json | Format::Ndjson) {
        let by_lang: BTreeMap<&String, Score> = by_lang
            .iter()
            .map(|(lang, tally)| (lang, tally.score()))
            .collect();
        return print::data(&json!({"total": total.score(), "by_lang": by_lang}).to_string());
    }
    let mut rows = Rows::new(&["language", "posts", "precision", "recall", "F1"]);
    let all = ("all".to_owned(), total);
    for (lang, tally) in by_lang.clone().into_iter().chain([all]) {
        let score = tally.score();
        rows.rows.push(vec![
            json!(lang),
            json!(score.n),
            json!(score.precision),
            json!(score.recall),
            json!(score.f1),
        ]);
    }
    rows.print(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_is_the_harmonic_mean_of_precision_and_recall() {
        let mut tally = Tally::default();
        for (is_positive, verdict) in [
            (true, true),
            (true, true),
            (true, true),
            (true, false),
            (false, true),
            (false, false),
        ] {
            tally.add(is_positive, verdict);
        }
        let score = tally.score();
        assert_eq!(
            (score.precision, score.recall, score.f1, score.n),
            (0.75, 0.75, 0.75, 6)
        );
    }
}
