use std::collections::BTreeMap;

use buio_pipeline::Changes;
use buio_types::{DropReason, Incident, IncidentEvent, Timestamp};
use rusqlite::{Transaction, params};

use crate::{Store, StoreError};

/// What belongs into one transaction.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// What the pipeline made of the posts.
    pub changes: Changes,
    /// Where each source is to continue: (source, cursor).
    pub cursors: Vec<(String, String)>,
    /// How each source fares.
    pub sources: Vec<SourceRow>,
    /// Posts dropped before the pipeline saw them, by source.
    pub dropped: BTreeMap<(String, DropReason), u64>,
    /// The clock that retention follows.
    pub now: Timestamp,
}

/// A source's health, as `v1_sources` shows it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SourceRow {
    /// Its name.
    pub source: String,
    /// `mastodon`, `feed`, `replay`, …
    pub kind: String,
    /// `starting`, `ok`, `stalled`, `unreachable`, …
    pub state: String,
    /// When it last answered as it should.
    pub last_ok_at: Option<Timestamp>,
    /// Its newest post.
    pub last_post_at: Option<Timestamp>,
    /// Seconds from the newest post's time to its arrival.
    pub lag_s: Option<i64>,
    /// When it will be asked again.
    pub next_poll_at: Option<Timestamp>,
    /// What went wrong last, if it still does.
    pub error: Option<String>,
    /// What may have been missed.
    pub gap: Option<String>,
    /// Posts that came with this batch.
    pub n_posts: u64,
}

/// People's words are kept for this long.
const TEXT_SECS: i64 = 72 * 3600;

/// Minute counts are kept for this long.
const COUNTS_SECS: i64 = 90 * 86_400;

impl Store {
    /// Commits a batch whole or not at all.
    ///
    /// # Errors
    /// What SQLite reports; nothing of the batch is stored then.
    pub fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        put_memory(&transaction, &batch.changes)?;
        put_counts(&transaction, &batch.changes)?;
        for event in &batch.changes.events {
            put_event(&transaction, event)?;
        }
        put_sources(&transaction, batch)?;
        for (source, post) in &batch.changes.tombstones {
            transaction
                .prepare_cached("DELETE FROM evidence WHERE source = ?1 AND post = ?2")?
                .execute(params![source, post])?;
        }
        retain(&transaction, batch.now)?;
        transaction.commit()?;
        Ok(())
    }
}

fn put_memory(transaction: &Transaction<'_>, changes: &Changes) -> Result<(), StoreError> {
    let mut put = transaction.prepare_cached(
        "INSERT INTO memory (part, key, value) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET value = excluded.value",
    )?;
    let mut delete =
        transaction.prepare_cached("DELETE FROM memory WHERE part = ?1 AND key = ?2")?;
    for row in &changes.state {
        match &row.value {
            Some(value) => put.execute(params![row.part.as_str(), row.key, value])?,
            None => delete.execute(params![row.part.as_str(), row.key])?,
        };
    }
    Ok(())
}

fn put_counts(transaction: &Transaction<'_>, changes: &Changes) -> Result<(), StoreError> {
    let mut put = transaction.prepare_cached(
        "INSERT INTO counts (service, country, minute, posts, mentions, reports)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET posts = posts + excluded.posts,
             mentions = mentions + excluded.mentions, reports = reports + excluded.reports",
    )?;
    for ((service, country, minute), counts) in &changes.counts {
        let country = country.as_ref().map_or("", |code| code.as_str());
        put.execute(params![
            service.as_str(),
            country,
            minute.0,
            counts.posts,
            counts.mentions,
            counts.reports
        ])?;
    }
    Ok(())
}

fn put_event(transaction: &Transaction<'_>, event: &IncidentEvent) -> Result<(), StoreError> {
    let incident = &event.incident;
    let body = body(incident)?;
    transaction
        .prepare_cached(
            "INSERT INTO incidents (id, body) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET body = excluded.body",
        )?
        .execute(params![incident.id, body])?;
    transaction
        .prepare_cached(
            "INSERT INTO incident_updates (id, revision, at, event, reason, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            incident.id,
            incident.revision,
            event.at.to_string(),
            event.event.as_str(),
            event.reason,
            body
        ])?;
    transaction
        .prepare_cached("DELETE FROM evidence WHERE incident = ?1")?
        .execute([&incident.id])?;
    let mut put = transaction.prepare_cached(
        "INSERT INTO evidence
             (incident, position, source, post, url, posted_at, lang, country, likelihood, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for (position, post) in (0_i64..).zip(&incident.evidence) {
        put.execute(params![
            incident.id,
            position,
            post.source,
            post.id,
            post.url,
            post.posted_at.to_string(),
            post.lang,
            post.country.map(|code| code.to_string()),
            post.likelihood.get(),
            post.text
        ])?;
    }
    Ok(())
}

/// The incident without its evidence, which has a table of its own.
fn body(incident: &Incident) -> Result<String, StoreError> {
    let bare = Incident {
        evidence: Vec::new(),
        ..incident.clone()
    };
    serde_json::to_string(&bare).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn put_sources(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    for (source, cursor) in &batch.cursors {
        transaction
            .prepare_cached(
                "INSERT INTO cursors (source, cursor) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
            )?
            .execute(params![source, cursor])?;
    }
    for row in &batch.sources {
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        transaction
            .prepare_cached(
                "INSERT INTO sources (source, kind, state, last_ok_at, last_post_at, lag_s,
                     next_poll_at, error, gap, posts)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT DO UPDATE SET kind = excluded.kind, state = excluded.state,
                     last_ok_at = coalesce(excluded.last_ok_at, last_ok_at),
                     last_post_at = coalesce(excluded.last_post_at, last_post_at),
                     lag_s = coalesce(excluded.lag_s, lag_s),
                     next_poll_at = excluded.next_poll_at, error = excluded.error,
                     gap = coalesce(excluded.gap, gap), posts = posts + excluded.posts",
            )?
            .execute(params![
                row.source,
                row.kind,
                row.state,
                text(row.last_ok_at),
                text(row.last_post_at),
                row.lag_s,
                text(row.next_poll_at),
                row.error,
                row.gap,
                integer(row.n_posts)
            ])?;
    }
    for ((source, reason), n) in &batch.dropped {
        transaction
            .prepare_cached(
                "INSERT INTO drops (source, reason, posts) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET posts = posts + excluded.posts",
            )?
            .execute(params![source, reason.as_str(), integer(*n)])?;
    }
    Ok(())
}

/// SQLite's integers are signed; no count of posts comes near their end.
fn integer(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Lets go of what its time is over for: words after days, minute counts after a season.
fn retain(transaction: &Transaction<'_>, now: Timestamp) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "UPDATE evidence SET text = NULL WHERE text IS NOT NULL AND posted_at < ?1",
        )?
        .execute([now.plus_secs(-TEXT_SECS).to_string()])?;
    transaction
        .prepare_cached("DELETE FROM counts WHERE minute < ?1")?
        .execute([now.plus_secs(-COUNTS_SECS).minute().0])?;
    Ok(())
}
