use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use buio_types::{StatePart, StateRow};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::StoreError;
use crate::schema::{NEWEST, migrations};

/// The database, open for writing (one at a time) or for reading.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    /// Held while this process may write.
    _lock: Option<File>,
}

/// SQLite 3.51.3 mends the WAL-reset race.
const SQLITE_MIN: i32 = 3_051_003;

impl Store {
    /// Opens the file for writing, making it and its folder if they are missing.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another process writes to it; otherwise what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let unopenable = |source| StoreError::Unopenable {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(unopenable)?;
        }
        let lock = File::create(lock_path(path)).map_err(unopenable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(unopenable(source)),
        }
        Self::prepare(Connection::open(path)?, Some(lock))
    }

    /// A database that lives as long as this value.
    ///
    /// # Errors
    /// Only what SQLite itself reports.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory()?, None)
    }

    /// Opens an existing file for reading, beside a writer if there is one.
    ///
    /// # Errors
    /// [`StoreError::Unopenable`] when there is no such file; otherwise what is wrong with it.
    pub fn read_only(path: &Path) -> Result<Self, StoreError> {
        if let Err(source) = std::fs::metadata(path) {
            return Err(StoreError::Unopenable {
                path: path.to_owned(),
                source,
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        let version = schema_version(&connection)?;
        if version == 0 {
            return Err(StoreError::Damaged("it has no tables of buio".to_owned()));
        }
        if version > NEWEST {
            return Err(StoreError::Newer);
        }
        connection.pragma_update(None, "query_only", true)?;
        Ok(Store {
            connection,
            _lock: None,
        })
    }

    fn prepare(mut connection: Connection, lock: Option<File>) -> Result<Self, StoreError> {
        if rusqlite::version_number() < SQLITE_MIN {
            return Err(StoreError::OldSqlite(rusqlite::version().to_owned()));
        }
        connection.busy_timeout(BUSY)?;
        // FULL keeps an acknowledged commit through a power cut, and costs little when commits are
        // grouped.
        connection
            .execute_batch(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
                 PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;
                 PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;
                 PRAGMA secure_delete=ON;",
            )
            .map_err(damaged)?;
        if schema_version(&connection)? > NEWEST {
            return Err(StoreError::Newer);
        }
        migrations()
            .to_latest(&mut connection)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        Ok(Store {
            connection,
            _lock: lock,
        })
    }

    /// The pipeline's memory, in the order in which it is restored.
    ///
    /// # Errors
    /// What SQLite reports.
    pub fn state(&self) -> Result<Vec<StateRow>, StoreError> {
        let mut rows = Vec::new();
        let mut statement = self
            .connection
            .prepare("SELECT key, value FROM memory WHERE part = ?1 ORDER BY key")?;
        for part in StatePart::ALL {
            let found = statement.query_map([part.as_str()], |row| {
                Ok(StateRow {
                    part,
                    key: row.get(0)?,
                    value: row.get(1)?,
                })
            })?;
            for row in found {
                rows.push(row?);
            }
        }
        Ok(rows)
    }

    /// Where a source left off, as the source wrote it.
    ///
    /// # Errors
    /// What SQLite reports.
    pub fn cursor(&self, source: &str) -> Result<Option<String>, StoreError> {
        let cursor = self
            .connection
            .query_row(
                "SELECT cursor FROM cursors WHERE source = ?1",
                [source],
                |row| row.get(0),
            )
            .optional()?;
        Ok(cursor)
    }
}

/// How long a statement waits for another process's lock.
const BUSY: std::time::Duration = std::time::Duration::from_secs(5);

fn schema_version(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(damaged)
}

fn damaged(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            StoreError::Damaged(error.to_string())
        }
        _ => StoreError::Sqlite(error),
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_refused_and_a_reader_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/buio.db");
        let writer = Store::open(&path).unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::Busy(_))));
        assert!(Store::read_only(&path).is_ok());
        drop(writer);
        assert!(Store::open(&path).is_ok());
    }

    #[test]
    fn what_is_no_database_of_ours_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("notes.txt");
        std::fs::write(
            &text,
            "not a database, and long enough to have a header of its own",
        )
        .unwrap();
        assert!(matches!(Store::open(&text), Err(StoreError::Damaged(_))));
        assert!(matches!(
            Store::read_only(&text),
            Err(StoreError::Damaged(_))
        ));
        assert!(matches!(
            Store::read_only(&folder.path().join("none.db")),
            Err(StoreError::Unopenable { .. })
        ));

        let newer = folder.path().join("newer.db");
        Connection::open(&newer)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(Store::open(&newer), Err(StoreError::Newer)));
    }

    #[test]
    fn every_contract_view_has_its_columns() {
        let store = Store::in_memory().unwrap();
        for (view, column) in [
            ("v1_incidents", "id"),
            ("v1_incident_countries", "incident"),
            ("v1_incident_updates", "revision"),
            ("v1_evidence", "text"),
            ("v1_sources", "state"),
            ("v1_alerts", "receiver"),
        ] {
            store
                .query(&format!("SELECT {column} FROM {view}"))
                .unwrap();
        }
        let counts =
            store.query("SELECT service, country, minute, posts, mentions, reports FROM v1_counts");
        assert!(counts.unwrap().rows.is_empty());
    }
}
