//! Turns an incident into an alert summary: a headline and sentences for people, in their
//! language, as text, Markdown, HTML or JSON.
//!
//! [`summarize`] chooses what to say and binds each sentence to the fields and posts that it
//! rests on; [`render`] writes it down. A language is one file of `data/summary/`: words,
//! templates, plural forms, number and date formats. What other people wrote (posts, operators'
//! statements, service names) is hostile text: it is cleaned and shortened here, and escaped by
//! the format.
//!
//! Invariants:
//! - no sentence without a source: every [`Sentence`] has a basis;
//! - what is not known is said to be unknown, and every summary says as of when;
//! - no language in code: a new file is enough. Reads no clock.
//!
//! ```
//! use buio_catalog::Catalog;
//! use buio_summary::{Format, Language, render, summarize};
//! use buio_types::{Incident, Timestamp};
//!
//! # let json = r#"{"id":"x-20250310T0940Z","service":"x","service_name":"X","scope":"country",
//! #  "countries":[],"state":"suspected","kind":"outage","severity":"minor","confidence":0.9,
//! #  "symptoms":[],"platforms":[],"started_at":"2025-03-10T09:38:00Z",
//! #  "started_between":["2025-03-10T09:38:00Z","2025-03-10T09:38:00Z"],
//! #  "detected_at":"2025-03-10T09:40:00Z","reports":12,"authors":12,"expected":0.1,"ratio":120.0,
//! #  "peak_at":"2025-03-10T09:39:00Z","peak_per_min":8,"echoes":[],"refuges":[],"evidence":[],
//! #  "corrections":[],"revision":1}"#;
//! let incident: Incident = serde_json::from_str(json)?;
//! let language = Language::find("en").unwrap_or_default();
//! let summary = summarize(&incident, Timestamp::parse("2025-03-10T09:45:00Z")?, &Catalog::builtin(), &language);
//! assert_eq!(summary.headline, "X: possible outage since 09:38 UTC on 10 March 2025");
//! assert!(render(&summary, Format::Text).contains("No word from the operator so far."));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod summarize;

mod sentences;

mod others;

mod teller;

mod language;

mod moment;

mod clean;

mod render;

#[cfg(test)]
mod tests;

pub use language::Language;
pub use render::{Format, render};
pub use summarize::{AlertSummary, Basis, Quote, Sentence, Topic, summarize};
