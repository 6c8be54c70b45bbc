//! Evidence and reports of one service go in; the life of its incident comes out, step by step,
//! each step with its reason.
//!
//! A [`Tracker`] is one incident from `opened` to `resolved`. It decides nothing about whether
//! counts are unusual (that is `detect`) and nothing about what a post means (that is
//! `classify`): it weighs the two over time. Recovery is read from words, since falling volume is
//! not recovery and an empty source is not calm.
//!
//! Invariants:
//! - no step without a reason that names its figures;
//! - silence never resolves by itself: only words, a long covered calm, or 72 hours without
//!   coverage end an incident;
//! - never reads a clock: `now` is an argument, and two trackers fed alike are equal.
//!
//! ```
//! use buio_incident::{Rules, severity};
//! use buio_types::Severity;
//!
//! let rules = Rules::default();
//! assert!(rules.confirm_authors >= 3);
//! // 600 authors in a quarter of an hour where 2 are usual, in one country.
//! assert_eq!(severity(600.0, 2.0, 1), Severity::Critical);
//! ```

mod reach;

mod rules;

mod tally;

mod tracker;

mod life;

mod figures;

mod votes;

#[cfg(test)]
mod tests;

pub use reach::{confidence, scope, severity};
pub use rules::Rules;
pub use tally::{Report, Tally};
pub use tracker::{Opening, Reading, Statement, Step, Tracker};
pub use votes::Votes;
