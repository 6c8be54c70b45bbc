//! Posts in, incident events and the rows to keep out: the whole product as one synchronous value.
//!
//! [`Pipeline::ingest`] reads posts in arrival order and lets time pass between them;
//! [`Pipeline::tick`] lets time pass without a post. Both give [`Changes`]: events, counts,
//! tombstones, and the rows of memory that changed. Whoever commits those in one transaction and
//! later gives the rows back to [`Pipeline::restore`] has a pipeline that never stopped: live
//! and recorded posts go through the same code.
//!
//! Invariants:
//! - cannot fail and cannot block: a post is counted or dropped with a reason, never an error;
//! - any partition of the posts into batches gives the same events;
//! - no clock, network, file, thread or randomness; every memory has a written bound.
//!
//! ```
//! use std::sync::Arc;
//! use buio_catalog::Catalog;
//! use buio_classify::Classifier;
//! use buio_pipeline::Pipeline;
//! use buio_types::{Post, Timestamp};
//!
//! let classifier = Classifier::new(Arc::new(Catalog::builtin()));
//! let mut pipeline = Pipeline::new(Arc::new(classifier));
//! let post = Post::from_json(br#"{"id":"1","source":"x","text":"good morning"}"#)?;
//! let changes = pipeline.ingest(&[post], Timestamp::from_secs(1_700_000_000));
//! assert_eq!((changes.n_counted, changes.events.len()), (1, 0));
//! # Ok::<(), buio_types::PostFault>(())
//! ```

mod changes;

mod coverage;

mod kept;

mod memory;

mod seen;

mod series_table;

mod weigh;

mod judge;

mod pipeline;

#[cfg(test)]
mod tests;

pub use changes::{Changes, CountKey, Counts};
pub use kept::CorruptState;
pub use pipeline::Pipeline;
