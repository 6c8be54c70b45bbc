//! Takes sources and recorded files; gives batches of posts, each with the cursor that comes
//! after it and the health of where it came from.
//!
//! A [`Source`] answers one question: what is new after this cursor? [`run_source`] asks it for
//! ever, waits as long as the source or its failure demands, and says after every answer how the
//! source fares. The cursor travels with the posts, so that whoever stores them commits both in
//! one transaction and a restart neither loses nor repeats. A full channel makes the source wait:
//! servers keep their posts, memory does not.
//!
//! Invariants:
//! - Posts in = posts handed on + posts dropped with a reason; nothing vanishes silently.
//! - A source never stops the program: it is `unreachable`, `unreadable`, `rate_limited` or
//!   `disabled`, says why, and is asked again.
//! - No decision about content is made here, and no clock is read: [`Clock`] is an argument.
//!
//! ```
//! use buio_ingest::NdjsonReader;
//!
//! let file = &b"{\"id\":\"1\",\"source\":\"x\",\"text\":\"all dark\"}\n\nnot json\n"[..];
//! let lines: Vec<_> = NdjsonReader::new(file).map(Result::unwrap).collect();
//! assert_eq!(lines[0].result.as_ref().unwrap().text, "all dark");
//! assert_eq!(lines[1].result.as_ref().unwrap_err().line, 3);
//! ```
#![forbid(unsafe_code)]

mod batch;
mod html;
mod ndjson;
mod recent;
mod runner;
mod source;

pub use crate::batch::{Batch, SourceHealth, SourceState};
pub use crate::html::html_to_text;
pub use crate::ndjson::{Line, LineFault, NdjsonReader};
pub use crate::recent::RecentIds;
pub use crate::runner::{Clock, run_source};
pub use crate::source::{
    BuildContext, BuildError, Built, Kind, PollError, PollFuture, Polled, Source, count_drop,
    settings,
};

/// Text kept of a post, in bytes.
pub const MAX_TEXT_BYTES: usize = 4096;
