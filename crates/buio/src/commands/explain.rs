//! `buio explain`: how one text is read, for a person.

use std::sync::Arc;

use buio_catalog::Catalog;
use buio_classify::Classifier;
use buio_types::{Post, Signal};

use crate::print;

pub(crate) fn run(
    text: &str,
    lang: Option<String>,
    service: Option<String>,
    catalog: Arc<Catalog>,
) -> anyhow::Result<()> {
    let post = Post {
        id: "explain".to_owned(),
        source: "command line".to_owned(),
        text: text.to_owned(),
        lang,
        services: service.into_iter().collect(),
        ..Post::default()
    };
    let classified = Classifier::new(Arc::clone(&catalog)).classify(&post);
    print::data(&format!(
        "language: {}",
        classified.lang.as_deref().unwrap_or("unknown")
    ))?;
    if let Some(reason) = classified.dropped {
        return print::data(&format!("dropped: {}", reason.as_str()));
    }
    if classified.signals.is_empty() {
        return print::data("no service is named and nothing is said to fail");
    }
    for signal in &classified.signals {
        explain(signal, &catalog)?;
    }
    Ok(())
}

fn explain(signal: &Signal, catalog: &Catalog) -> anyhow::Result<()> {
    let name = match &signal.service {
        Some(id) => catalog
            .service(id.as_str())
            .map_or(id.as_str(), |row| &row.name),
        None => "(no service named)",
    };
    let kind = serde_json::to_string(&signal.kind)?.replace('"', "");
    let why = match signal.why {
        Some(why) => format!(" ({})", serde_json::to_string(&why)?.replace(['"'], "")),
        None => String::new(),
    };
    let percent = signal.likelihood.get() * 100.0;
    print::data(&format!(
        "\n{name}: {kind}{why}, {percent:.0} % likely a present failure"
    ))?;
    let width = signal
        .cues
        .iter()
        .map(|cue| cue.name.chars().count())
        .max()
        .unwrap_or(0);
    for cue in &signal.cues {
        let matched = match &cue.matched {
            Some(matched) => format!("  \u{201c}{matched}\u{201d}"),
            None => String::new(),
        };
        let pad = " ".repeat(width - cue.name.chars().count());
        let line = format!("  {:+6.2}  {}{pad}{matched}", cue.weight, cue.name);
        print::data(&print::for_terminal(&line))?;
    }
    let log_odds: f32 = signal.cues.iter().map(|cue| cue.weight).sum();
    print::data(&format!("  {log_odds:+6.2}  = log-odds"))?;
    list("platforms", &signal.platforms)?;
    list("symptoms", &signal.symptoms)?;
    let known: f32 = signal.countries.iter().map(|(_, weight)| weight).sum();
    let mut countries: Vec<String> = signal
        .countries
        .iter()
        .map(|(code, weight)| {
            let name = catalog
                .country(*code)
                .map_or(code.as_str(), |country| &country.name);
            format!("{name} {:.0} %", weight * 100.0)
        })
        .collect();
    countries.push(format!("unknown {:.0} %", (1.0 - known).max(0.0) * 100.0));
    list("countries", &countries)
}

fn list(title: &str, items: &[String]) -> anyhow::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    print::data(&format!("  {title}: {}", items.join(", ")))
}
