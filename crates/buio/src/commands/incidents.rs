//! `buio incidents`: what the database holds, as a list, one by one, or as it happens.

use std::time::Duration;

use anyhow::{Context as _, bail};
use buio_catalog::Catalog;
use buio_store::{IncidentFilter, Store, Update};
use buio_types::Incident;
use serde_json::{Value, json};

use crate::args::{Database, Format, IncidentsAction, IncidentsArgs, ListArgs};
use crate::config::database_path;
use crate::print::{self, Rows};

/// Steps that `tail` begins with.
const TAIL_UPDATES: usize = 10;
const TAIL_EVERY: Duration = Duration::from_secs(1);

pub(crate) fn run(args: &IncidentsArgs) -> anyhow::Result<()> {
    match &args.action {
        None => list(&args.list),
        Some(IncidentsAction::List(args)) => list(args),
        Some(IncidentsAction::Show {
            id,
            database,
            output,
        }) => show(id, database, *output),
        Some(IncidentsAction::Tail {
            database,
            no_follow,
            output,
        }) => tail(database, *no_follow, *output),
    }
}

/// Opens the database for reading.
pub(crate) fn open(database: &Database) -> anyhow::Result<Store> {
    let path = database_path(database.db.as_deref(), database.config.as_deref())?;
    Store::read_only(&path).with_context(|| {
        format!(
            "opening {}; `buio run` and `buio replay --db` make databases",
            path.display()
        )
    })
}

/// One incident, or an error that says where it was looked for.
pub(crate) fn find(store: &Store, id: &str) -> anyhow::Result<Incident> {
    match store.incident(id)? {
        Some(incident) => Ok(incident),
        None => bail!("there is no incident {id:?}; `buio incidents` lists them"),
    }
}

fn list(args: &ListArgs) -> anyhow::Result<()> {
    let filter = IncidentFilter {
        service: args.service.as_deref().map(service_id),
        country: args.country,
        state: args.state.map(|state| state.as_str().to_owned()),
        since: args.since,
        until: args.until,
    };
    let incidents = open(&args.database)?.incidents(&filter)?;
    print_incidents(&incidents, args.output)?;
    if incidents.is_empty() && args.output == Format::Table {
        print::words("no incidents");
    }
    Ok(())
}

/// An id as it is; a name or alias as the id of its service.
fn service_id(name: &str) -> String {
    let known = Catalog::builtin().resolve_hint(name);
    known.map_or_else(|| name.to_owned(), |id| id.to_string())
}

fn print_incidents(incidents: &[Incident], format: Format) -> anyhow::Result<()> {
    match format {
        // The whole incident object of the contract, where the format can hold it.
        Format::Json => return print::data(&serde_json::to_string_pretty(incidents)?),
        Format::Ndjson => {
            for incident in incidents {
                print::data(&serde_json::to_string(incident)?)?;
            }
            return Ok(());
        }
        Format::Table | Format::Csv => {}
    }
    let mut rows = Rows::new(&[
        "id",
        "service",
        "state",
        "kind",
        "severity",
        "countries",
        "reports",
        "ratio",
        "started_at",
        "resolved_at",
    ]);
    for incident in incidents {
        let countries: Vec<&str> = incident.countries.iter().map(|c| c.code.as_str()).collect();
        let shown = countries
            .iter()
            .take(4)
            .copied()
            .collect::<Vec<_>>()
            .join(" ");
        let more = countries.len().saturating_sub(4);
        rows.rows.push(vec![
            json!(incident.id),
            json!(incident.service_name),
            json!(incident.state),
            json!(incident.kind),
            json!(incident.severity),
            json!(if more > 0 {
                format!("{shown} +{more}")
            } else {
                shown
            }),
            json!(incident.reports),
            json!(incident.ratio),
            json!(incident.started_at),
            json!(incident.resolved_at),
        ]);
    }
    rows.print(format)
}

fn show(id: &str, database: &Database, format: Format) -> anyhow::Result<()> {
    let store = open(database)?;
    let incident = find(&store, id)?;
    if format != Format::Table {
        return print_incidents(std::slice::from_ref(&incident), format);
    }
    let mut rows = Rows::new(&["field", "value"]);
    if let Value::Object(fields) = serde_json::to_value(&incident)? {
        for (field, value) in fields {
            if field != "evidence" && !value.is_null() && value != json!([]) {
                rows.rows.push(vec![json!(field), value]);
            }
        }
    }
    rows.print(format)?;
    print_updates(&store.updates(Some(id), 0)?, format)?;
    let mut rows = Rows::new(&["posted_at", "country", "likelihood", "source", "text"]);
    for post in &incident.evidence {
        rows.rows.push(vec![
            json!(post.posted_at),
            json!(post.country),
            json!(post.likelihood),
            json!(post.source),
            json!(post.text),
        ]);
    }
    rows.print(format)
}

fn print_updates(updates: &[Update], format: Format) -> anyhow::Result<()> {
    let mut rows = Rows::new(&["at", "event", "incident", "state", "reports", "reason"]);
    for update in updates {
        rows.rows.push(vec![
            json!(update.at),
            json!(update.event),
            json!(update.incident),
            json!(update.state),
            json!(update.reports),
            json!(update.reason),
        ]);
    }
    rows.print(format)
}

fn tail(database: &Database, no_follow: bool, format: Format) -> anyhow::Result<()> {
    let store = open(database)?;
    let mut updates = store.updates(None, 0)?;
    let mut last = updates.last().map_or(0, |update| update.number);
    let n_before = updates.len().saturating_sub(TAIL_UPDATES);
    print_updates(&updates.split_off(n_before), format)?;
    if no_follow {
        return Ok(());
    }
    loop {
        std::thread::sleep(TAIL_EVERY);
        let new = store.updates(None, last)?;
        last = new.last().map_or(last, |update| update.number);
        print_updates(&new, format)?;
    }
}
