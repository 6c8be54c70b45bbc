//! `buio query`, `buio services` and `buio sources`: tables of what there is.

use buio_catalog::Catalog;
use buio_store::Cell;
use serde_json::{Value, json};

use crate::args::{Database, Format};
use crate::commands::incidents::open;
use crate::print::{self, Rows};

pub(crate) fn query(sql: &str, database: &Database, format: Format) -> anyhow::Result<()> {
    let table = open(database)?.query(sql)?;
    let cell = |cell: Cell| match cell {
        Cell::Null => Value::Null,
        Cell::Integer(n) => json!(n),
        Cell::Real(x) => json!(x),
        Cell::Text(text) => json!(text),
    };
    let rows = table
        .rows
        .into_iter()
        .map(|row| row.into_iter().map(cell).collect())
        .collect();
    Rows {
        columns: table.columns,
        rows,
    }
    .print(format)
}

pub(crate) fn sources(database: &Database, format: Format) -> anyhow::Result<()> {
    query(
        "SELECT source, kind, state, last_ok_at, last_post_at, lag_s, next_poll_at, posts, dropped,
             gap, error FROM v1_sources ORDER BY source",
        database,
        format,
    )
}

pub(crate) fn services(
    filter: Option<&str>,
    format: Format,
    catalog: &Catalog,
) -> anyhow::Result<()> {
    let wanted = filter.map(str::to_lowercase);
    let mut rows = Rows::new(&[
        "id",
        "name",
        "category",
        "countries",
        "provider",
        "status_page",
        "aliases",
    ]);
    for service in catalog.services() {
        let is_wanted = wanted.as_ref().is_none_or(|wanted| {
            service.id.as_str().contains(wanted.as_str())
                || service.name.to_lowercase().contains(wanted.as_str())
                || service
                    .aliases
                    .iter()
                    .any(|alias| alias.to_lowercase().contains(wanted.as_str()))
        });
        if !is_wanted {
            continue;
        }
        let countries: Vec<&str> = service.countries.iter().map(|code| code.as_str()).collect();
        rows.rows.push(vec![
            json!(service.id),
            json!(service.name),
            json!(service.category),
            json!(if countries.is_empty() {
                "worldwide".to_owned()
            } else {
                countries.join(" ")
            }),
            json!(service.provider),
            json!(service.status_page),
            json!(service.aliases.join(", ")),
        ]);
    }
    if rows.rows.is_empty() {
        print::words("no service of that name; posts may still name it ad hoc");
    }
    rows.print(format)
}
