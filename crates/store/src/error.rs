use std::path::PathBuf;

/// Why the store could not do what was asked, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes to the same file: stop it, or name another file.
    #[error("another process is writing to {0}; stop it first or choose another --db")]
    Busy(PathBuf),
    /// The file cannot be opened or made there.
    #[error("cannot open the database {path}")]
    Unopenable {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file was written by a newer version.
    #[error("the database was written by a newer version of buio; upgrade, or choose another --db")]
    Newer,
    /// The file is no database, or damaged.
    #[error("the database is damaged or is no buio database: {0}")]
    Damaged(String),
    /// The statement was refused or is wrong: the message is for the person who wrote it.
    #[error("{0}")]
    Query(String),
    /// SQLite is too old to be trusted with WAL (fixed in 3.51.3: the WAL-reset race).
    #[error("SQLite {0} is older than 3.51.3")]
    OldSqlite(String),
    /// Anything else that SQLite reports.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
}
