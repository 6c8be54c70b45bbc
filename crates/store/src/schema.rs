use rusqlite_migration::{M, Migrations};

/// Numbered, forward only, each in one transaction.
pub(crate) fn migrations() -> Migrations<'static> {
    Migrations::new(vec![M::up(V1)])
}

/// The newest schema that this build knows.
pub(crate) const NEWEST: i64 = 1;

/// Times are RFC 3339 text in UTC; `country` is '' where it is unknown.
const V1: &str = "
CREATE TABLE cursors (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT;

CREATE TABLE sources (
    source TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, last_ok_at TEXT,
    last_post_at TEXT, lag_s INTEGER, next_poll_at TEXT, error TEXT, gap TEXT,
    posts INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE drops (
    source TEXT NOT NULL, reason TEXT NOT NULL, posts INTEGER NOT NULL,
    PRIMARY KEY (source, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE memory (
    part TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (part, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE counts (
    service TEXT NOT NULL, country TEXT NOT NULL, minute INTEGER NOT NULL,
    posts INTEGER NOT NULL, mentions INTEGER NOT NULL, reports INTEGER NOT NULL,
    PRIMARY KEY (service, country, minute)
) STRICT, WITHOUT ROWID;
CREATE INDEX counts_by_minute ON counts (minute);

CREATE TABLE incidents (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE incident_updates (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, revision INTEGER NOT NULL, at TEXT NOT NULL,
    event TEXT NOT NULL, reason TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (id, revision)
) STRICT;

CREATE TABLE evidence (
    incident TEXT NOT NULL, position INTEGER NOT NULL, source TEXT NOT NULL, post TEXT NOT NULL,
    url TEXT, posted_at TEXT NOT NULL, lang TEXT, country TEXT, likelihood REAL NOT NULL,
    text TEXT, PRIMARY KEY (incident, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_by_post ON evidence (source, post);

CREATE TABLE alerts (
    id TEXT PRIMARY KEY, incident TEXT NOT NULL, receiver TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL, created_at TEXT NOT NULL, sent_at TEXT, error TEXT
) STRICT, WITHOUT ROWID;

CREATE VIEW v1_incidents AS SELECT
    id,
    body ->> 'service' AS service,
    body ->> 'service_name' AS service_name,
    body ->> 'state' AS state,
    body ->> 'kind' AS kind,
    body ->> 'severity' AS severity,
    body ->> 'scope' AS scope,
    body ->> 'confidence' AS confidence,
    body ->> 'started_at' AS started_at,
    body ->> 'detected_at' AS detected_at,
    body ->> 'confirmed_at' AS confirmed_at,
    body ->> 'acknowledged_at' AS acknowledged_at,
    body ->> 'recovering_at' AS recovering_at,
    body ->> 'resolved_at' AS resolved_at,
    body ->> 'resolution' AS resolution,
    body ->> 'reports' AS reports,
    body ->> 'authors' AS authors,
    body ->> 'expected' AS expected,
    body ->> 'ratio' AS ratio,
    body ->> 'peak_at' AS peak_at,
    body ->> 'peak_per_min' AS peak_per_min,
    body ->> '$.cause.service' AS cause,
    body ->> 'revision' AS revision
FROM incidents;

CREATE VIEW v1_incident_countries AS SELECT
    incidents.id AS incident,
    each.value ->> 'code' AS country,
    each.value ->> 'share' AS share,
    each.value ->> 'reports' AS reports,
    each.value ->> 'started_at' AS started_at,
    each.value ->> 'state' AS state
FROM incidents, json_each(incidents.body, '$.countries') AS each;

CREATE VIEW v1_incident_updates AS SELECT
    number, id AS incident, revision, at, event, reason,
    body ->> 'state' AS state,
    body ->> 'severity' AS severity,
    body ->> 'scope' AS scope,
    body ->> 'reports' AS reports,
    body ->> 'authors' AS authors
FROM incident_updates;

CREATE VIEW v1_counts AS SELECT
    service, country, strftime('%Y-%m-%dT%H:%M:00Z', minute * 60, 'unixepoch') AS minute,
    posts, mentions, reports
FROM counts;

CREATE VIEW v1_evidence AS SELECT
    incident, source, post AS id, url, posted_at, lang, country, likelihood, text
FROM evidence;

CREATE VIEW v1_sources AS SELECT
    source, kind, state, last_ok_at, last_post_at, lag_s, next_poll_at, error, gap, posts,
    (SELECT coalesce(sum(drops.posts), 0) FROM drops WHERE drops.source = sources.source) AS dropped
FROM sources;

CREATE VIEW v1_alerts AS SELECT
    id, incident, receiver, state, attempts, created_at, sent_at, error
FROM alerts;
";
