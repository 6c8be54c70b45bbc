//! A post goes in; out come the services that it claims to fail, how likely, and where.
//!
//! Names and phrases are rows of the catalogue; one automaton finds their rarest words, and each
//! hit is then verified. What a post claims of a service is the sum of named terms, each with a
//! weight in natural log-odds from `data/weights.toml`: where the sum begins, what each phrase
//! family adds, how near a phrase stands to the service, who speaks. So every likelihood can be
//! shown term by term, and all weights can be fitted on labelled posts at once.
//!
//! Invariants:
//! - no learned weight without a name: the weights of a signal's cues add to the log-odds of its
//!   likelihood;
//! - no code for a single service, phrase or country: a row is enough;
//! - no state, clock or randomness: equal posts give equal answers.
//!
//! ```
//! use std::sync::Arc;
//! use buio_catalog::Catalog;
//! use buio_classify::Classifier;
//! use buio_types::{Post, SignalKind};
//!
//! let classifier = Classifier::new(Arc::new(Catalog::builtin()));
//! let post = Post { text: "whatsapp is down again, nothing sends".into(), ..Post::default() };
//! let classified = classifier.classify(&post);
//! let signal = &classified.signals[0];
//! assert_eq!(signal.service.as_ref().unwrap().as_str(), "whatsapp");
//! assert_eq!(signal.kind, SignalKind::Down);
//! assert!(signal.likelihood.get() > 0.5);
//! ```

mod classifier;

mod lexicon;

mod literals;

mod topics;

mod pattern;

mod cursor;

mod resolve;

mod meaning;

mod companions;

mod grammar;

mod reading;

mod settle;

mod clauses;

mod score;

mod weights;

mod attribution;

mod verdict;

mod places;

mod language;

mod words;

pub use classifier::Classifier;
