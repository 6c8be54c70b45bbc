//! Checked values that every other crate speaks: posts go in, signals and incidents come out.
//!
//! A value that exists here is valid: a [`CountryCode`] is two capital letters, a [`Likelihood`]
//! lies in 0..=1, a [`Timestamp`] lies in the years 1..=9999. Nothing here needs a table, a policy,
//! a clock or a file.
//!
//! Invariants:
//! - no policy: a type says what may exist, never what should happen;
//! - no clock: instants come in as arguments;
//! - the serialised form of [`Post`], [`Signal`] and [`Incident`] is the published contract.
//!
//! ```
//! use buio_types::{Post, Role};
//!
//! let post = Post::from_json(br#"{"id":"1","source":"x","text":"whatsapp is down"}"#)?;
//! assert_eq!((post.id.as_str(), post.role), ("1", Role::User));
//! assert!(Post::from_json(br#"{"id":"1"}"#).is_err());
//! # Ok::<(), buio_types::PostFault>(())
//! ```

mod time;

mod id;

mod post;

mod signal;

mod incident;

mod state;

pub use id::{
    CountryCode, InvalidCountryCode, InvalidServiceId, Likelihood, NotALikelihood, ServiceId,
};
pub use incident::{
    Cause, Correction, CountryShare, CountryState, Echo, EventKind, Evidence, Incident,
    IncidentEvent, IncidentKind, IncidentState, OfficialStatement, Refuge, Resolution, Scope,
    Severity, Share,
};
pub use post::{DropReason, Post, PostFault, Role};
pub use signal::{Classified, Cue, MentionReason, Signal, SignalKind};
pub use state::{StatePart, StateRow};
pub use time::{InvalidTimestamp, Minute, Timestamp};
