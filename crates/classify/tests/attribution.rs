//! Posts that name one service or several, and what each of them is to be read as: rows of
//! `data/examples/attribution.tsv`.

use std::sync::Arc;

use buio_catalog::Catalog;
use buio_classify::Classifier;
use buio_types::{Classified, Post, SignalKind};

const ROWS: &str = include_str!("../../../data/examples/attribution.tsv");
/// Share of the rows that must be read right.
const LEAST_RIGHT: f64 = 0.97;

#[test]
fn services_are_told_apart_in_the_attribution_rows() {
    let classifier = Classifier::new(Arc::new(Catalog::builtin()));
    let mut faults = Vec::new();
    let mut n_rows = 0;
    for (line, row) in ROWS.lines().enumerate().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [lang, hint, text, expected] = cells.as_slice() else {
            panic!("line {} has not four cells", line + 1);
        };
        n_rows += 1;
        let post = Post {
            text: (*text).to_owned(),
            lang: Some((*lang).to_owned()),
            services: Some(*hint)
                .filter(|h| !h.is_empty())
                .map(str::to_owned)
                .into_iter()
                .collect(),
            ..Post::default()
        };
        let classified = classifier.classify(&post);
        for fault in faults_of(&classified, expected) {
            faults.push(format!("line {}: {text}: {fault}", line + 1));
        }
    }
    let n_wrong = faults
        .iter()
        .map(|f| f.split(':').next())
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    let right = 1.0 - n_wrong as f64 / f64::from(n_rows);
    assert!(n_rows >= 150, "only {n_rows} rows");
    assert!(
        right >= LEAST_RIGHT,
        "{right:.3} of {n_rows} rows are right:\n{}",
        faults.join("\n")
    );
}

/// What differs from `service:kind,…`, where `fail` is down or degraded with a likelihood of at
/// least one half, `?` a service that nobody names, `-` no report at all.
fn faults_of(classified: &Classified, expected: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let wanted: Vec<(&str, &str)> = expected
        .split(',')
        .filter_map(|e| e.split_once(':'))
        .collect();
    let name = |signal: &buio_types::Signal| {
        signal
            .service
            .as_ref()
            .map_or("?".to_owned(), ToString::to_string)
    };
    for (service, kind) in &wanted {
        let Some(signal) = classified
            .signals
            .iter()
            .find(|signal| name(signal) == *service)
        else {
            let found: Vec<String> = classified.signals.iter().map(name).collect();
            faults.push(format!("{service} is missing among {found:?}"));
            continue;
        };
        let is_right = match *kind {
            "fail" => signal.is_failure(),
            "back" => signal.kind == SignalKind::Back,
            "refuge" => signal.kind == SignalKind::Refuge,
            "planned" => signal.kind == SignalKind::Planned,
            "restriction" => signal.kind == SignalKind::Restriction,
            "acknowledged" => signal.kind == SignalKind::Acknowledged,
            "mention" => signal.kind == SignalKind::Mention,
            other => panic!("{other} is no kind"),
        };
        if !is_right {
            let cues: Vec<String> = signal
                .cues
                .iter()
                .map(|cue| format!("{}{:+.1}", cue.name, cue.weight))
                .collect();
            faults.push(format!(
                "{service} is {:?} {:?} ({:.2}), not {kind}: {}",
                signal.kind,
                signal.why,
                signal.likelihood.get(),
                cues.join(" ")
            ));
        }
    }
    for signal in classified
        .signals
        .iter()
        .filter(|signal| signal.is_failure())
    {
        if !wanted.iter().any(|(service, _)| name(signal) == *service) {
            faults.push(format!(
                "{} is {:?}, which nobody said",
                name(signal),
                signal.kind
            ));
        }
    }
    faults
}
