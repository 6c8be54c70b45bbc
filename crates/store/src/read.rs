use buio_types::{CountryCode, Evidence, Incident, Likelihood, Timestamp};
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use crate::{Store, StoreError};

/// Which incidents to list; an empty field asks for all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncidentFilter {
    /// Of this service.
    pub service: Option<String>,
    /// That list this country.
    pub country: Option<CountryCode>,
    /// In this state.
    pub state: Option<String>,
    /// That had not ended before.
    pub since: Option<Timestamp>,
    /// That had begun by then.
    pub until: Option<Timestamp>,
}

/// A step in an incident's life, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Place in the order of all steps, from 1.
    pub number: i64,
    /// The incident.
    pub incident: String,
    /// Its revision after the step.
    pub revision: u32,
    /// When, RFC 3339.
    pub at: String,
    /// Which step.
    pub event: String,
    /// Why.
    pub reason: String,
    /// State after it.
    pub state: String,
    /// Reports by then.
    pub reports: u64,
}

impl Store {
    /// Incidents, newest first.
    ///
    /// # Errors
    /// What SQLite reports, or that a stored incident cannot be read.
    pub fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError> {
        let mut sql = String::from("SELECT body FROM incidents WHERE 1");
        let mut values: Vec<String> = Vec::new();
        let mut ask = |clause: &str, value: Option<String>| {
            if let Some(value) = value {
                sql.push_str(clause);
                values.push(value);
            }
        };
        ask(" AND body ->> 'service' = ?", filter.service.clone());
        ask(
            " AND EXISTS (SELECT 1 FROM json_each(body, '$.countries') WHERE value ->> 'code' = ?)",
            filter.country.map(|code| code.to_string()),
        );
        ask(" AND body ->> 'state' = ?", filter.state.clone());
        ask(
            " AND coalesce(body ->> 'resolved_at', '9999') >= ?",
            filter.since.map(|time| time.to_string()),
        );
        ask(
            " AND body ->> 'started_at' <= ?",
            filter.until.map(|time| time.to_string()),
        );
        sql.push_str(" ORDER BY body ->> 'detected_at' DESC, id");
        let bodies: Vec<String> = self
            .connection
            .prepare(&sql)?
            .query_map(params_from_iter(values), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        bodies.iter().map(|body| self.whole(body)).collect()
    }

    /// One incident with its evidence.
    ///
    /// # Errors
    /// What SQLite reports, or that the stored incident cannot be read.
    pub fn incident(&self, id: &str) -> Result<Option<Incident>, StoreError> {
        let body: Option<String> = self
            .connection
            .query_row("SELECT body FROM incidents WHERE id = ?1", [id], |row| {
                row.get(0)
            })
            .optional()?;
        body.map(|body| self.whole(&body)).transpose()
    }

    /// Steps after the one of number `after`, of one incident or of all, in the order in which
    /// they were stored.
    ///
    /// # Errors
    /// What SQLite reports.
    pub fn updates(&self, incident: Option<&str>, after: i64) -> Result<Vec<Update>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, incident, revision, at, event, reason, state, reports
             FROM v1_incident_updates
             WHERE number > ?2 AND (?1 IS NULL OR incident = ?1) ORDER BY number",
        )?;
        let updates = statement.query_map(params![incident, after], |row| {
            Ok(Update {
                number: row.get(0)?,
                incident: row.get(1)?,
                revision: row.get(2)?,
                at: row.get(3)?,
                event: row.get(4)?,
                reason: row.get(5)?,
                state: row.get(6)?,
                reports: row.get::<_, i64>(7)?.unsigned_abs(),
            })
        })?;
        Ok(updates.collect::<Result<_, _>>()?)
    }

    fn whole(&self, body: &str) -> Result<Incident, StoreError> {
        let mut incident: Incident =
            serde_json::from_str(body).map_err(|error| StoreError::Damaged(error.to_string()))?;
        incident.evidence = self
            .connection
            .prepare_cached(
                "SELECT source, post, url, posted_at, lang, country, likelihood, text
                 FROM evidence WHERE incident = ?1 ORDER BY position",
            )?
            .query_map([&incident.id], evidence)?
            .collect::<Result<_, _>>()?;
        Ok(incident)
    }
}

fn evidence(row: &Row<'_>) -> rusqlite::Result<Evidence> {
    let posted_at: String = row.get(3)?;
    let country: Option<String> = row.get(5)?;
    let likelihood: f32 = row.get(6)?;
    Ok(Evidence {
        source: row.get(0)?,
        id: row.get(1)?,
        url: row.get(2)?,
        posted_at: Timestamp::parse(&posted_at).unwrap_or_default(),
        lang: row.get(4)?,
        country: country.and_then(|code| code.parse().ok()),
        likelihood: Likelihood::try_from(likelihood).unwrap_or_default(),
        text: row.get(7)?,
    })
}
