//! Changes go in, one transaction each; incidents, counts and the pipeline's memory come out.
//!
//! One SQLite file holds everything that is state: cursors, counts, memory rows, incidents with
//! their history, evidence. A batch commits whole or not at all (`synchronous=FULL`), so a process
//! killed anywhere continues from its last batch and ends with the same incidents. People read the
//! file through the documented `v1_…` views.
//!
//! Invariants:
//! - one writer: a second daemon on the same file is refused;
//! - nothing outside the transaction is state;
//! - people's words are stored in the evidence and memory tables only, where retention and
//!   deletion reach them, never in an incident's body;
//! - `query` cannot write.
//!
//! ```
//! use buio_store::{IncidentFilter, Store};
//!
//! let store = Store::in_memory()?;
//! assert!(store.incidents(&IncidentFilter::default())?.is_empty());
//! let table = store.query("SELECT count(*) AS n FROM v1_incidents")?;
//! assert_eq!((table.columns[0].as_str(), table.rows[0][0].to_string().as_str()), ("n", "0"));
//! # Ok::<(), buio_store::StoreError>(())
//! ```

mod error;

mod schema;

mod store;

mod commit;

mod read;

mod query;

#[cfg(test)]
mod tests;

pub use commit::{Batch, SourceRow};
pub use error::StoreError;
pub use query::{Cell, Table};
pub use read::{IncidentFilter, Update};
pub use store::Store;
