//! `buio backtest`: a replay held against known events.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use buio_catalog::Catalog;
use buio_types::{CountryCode, EventKind, Incident, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::args::{Format, RecordFormat, Speed};
use crate::commands::replay::Play;
use crate::engine::Engine;
use crate::print::{self, Rows};

/// One known event. Further fields are ignored.
#[derive(Debug, Deserialize)]
struct KnownEvent {
    service: String,
    start: Timestamp,
    end: Timestamp,
    #[serde(default)]
    country: Option<CountryCode>,
    /// The recording that the event is in: its file name without the ending.
    #[serde(default)]
    dataset: Option<String>,
}

/// An incident may be dated this much before or after the event that it is.
const MARGIN_SECS: i64 = 3600;

/// What became of the known events.
#[derive(Debug, Default, Serialize)]
struct Verdict {
    found: Vec<Found>,
    missed: Vec<Missed>,
    #[serde(rename = "false")]
    unmatched: Vec<Unmatched>,
}

#[derive(Debug, Serialize)]
struct Found {
    service: ServiceId,
    start: Timestamp,
    incident: String,
    /// Seconds from the event's start to the confirmation.
    delay_s: i64,
}

#[derive(Debug, Serialize)]
struct Missed {
    service: ServiceId,
    start: Timestamp,
}

#[derive(Debug, Serialize)]
struct Unmatched {
    service: ServiceId,
    incident: String,
    started_at: Timestamp,
}

pub(crate) fn run(
    file: &Path,
    truth: &Path,
    format: Format,
    catalog: Arc<Catalog>,
) -> anyhow::Result<()> {
    let known = read_truth(file, truth, &catalog)?;
    let mut engine = Engine::open(catalog, None)?;
    let mut confirmed: Vec<Incident> = Vec::new();
    let files = [file.to_owned()];
    let play = Play {
        files: &files,
        format: RecordFormat::Buio,
        speed: Speed::Max,
        is_strict: false,
        is_quiet: true,
    };
    play.run(&mut engine, |event| {
        if let Some(known) = confirmed.iter_mut().find(|i| i.id == event.incident.id) {
            known.clone_from(&event.incident);
        } else if event.event == EventKind::Confirmed {
            confirmed.push(event.incident.clone());
        }
        Ok(())
    })?;
    print::words(&format!("{}", engine.totals()));
    show(&judge(&known, &confirmed), format)
}

fn read_truth(
    file: &Path,
    truth: &Path,
    catalog: &Catalog,
) -> anyhow::Result<Vec<(ServiceId, KnownEvent)>> {
    let reading = || format!("reading {}", truth.display());
    let text = std::fs::read(truth).with_context(reading)?;
    let events: Vec<KnownEvent> = serde_json::from_slice(&text).with_context(reading)?;
    let stem = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    Ok(events
        .into_iter()
        .filter(|event| event.dataset.is_none() || event.dataset == stem)
        .filter_map(|event| {
            // As in a post: a name that the catalogue does not know is an ad-hoc service.
            let known = catalog.resolve_hint(&event.service);
            Some((known.or_else(|| ServiceId::slug(&event.service))?, event))
        })
        .collect())
}

/// An event is found by the first confirmed incident of its service (and country, where both
/// name one) that overlaps it; an incident that finds none is false.
fn judge(known: &[(ServiceId, KnownEvent)], confirmed: &[Incident]) -> Verdict {
    let mut verdict = Verdict::default();
    let matches = |service: &ServiceId, event: &KnownEvent, incident: &Incident| {
        let is_there = event.country.is_none_or(|country| {
            incident.countries.is_empty() || incident.countries.iter().any(|c| c.code == country)
        });
        let end = incident.resolved_at.unwrap_or(event.end);
        *service == incident.service
            && is_there
            && incident.started_at <= event.end.plus_secs(MARGIN_SECS)
            && end >= event.start.plus_secs(-MARGIN_SECS)
    };
    for (service, event) in known {
        match confirmed
            .iter()
            .find(|incident| matches(service, event, incident))
        {
            Some(incident) => verdict.found.push(Found {
                service: service.clone(),
                start: event.start,
                incident: incident.id.clone(),
                delay_s: incident
                    .confirmed_at
                    .unwrap_or(event.end)
                    .secs_since(event.start),
            }),
            None => verdict.missed.push(Missed {
                service: service.clone(),
                start: event.start,
            }),
        }
    }
    for incident in confirmed {
        if !known
            .iter()
            .any(|(service, event)| matches(service, event, incident))
        {
            verdict.unmatched.push(Unmatched {
                service: incident.service.clone(),
                incident: incident.id.clone(),
                started_at: incident.started_at,
            });
        }
    }
    verdict
}

fn show(verdict: &Verdict, format: Format) -> anyhow::Result<()> {
    if matches!(format, Format::Json | Format::Ndjson) {
        return print::data(&serde_json::to_string(verdict)?);
    }
    let mut rows = Rows::new(&["verdict", "service", "start", "incident", "delay_s"]);
    for found in &verdict.found {
        rows.rows.push(vec![
            json!("found"),
            json!(found.service),
            json!(found.start),
            json!(found.incident),
            json!(found.delay_s),
        ]);
    }
    for missed in &verdict.missed {
        let row = vec![
            json!("missed"),
            json!(missed.service),
            json!(missed.start),
            json!(null),
            json!(null),
        ];
        rows.rows.push(row);
    }
    for other in &verdict.unmatched {
        let row = vec![
            json!("false"),
            json!(other.service),
            json!(other.started_at),
            json!(other.incident),
            json!(null),
        ];
        rows.rows.push(row);
    }
    rows.print(format)
}
