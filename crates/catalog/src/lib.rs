//! Rows of text go in (services, phrases, places, countries, weights), checked tables come out.
//!
//! What the product knows of the world is rows in `data/`, compiled in and replaceable by files
//! that the caller has read. Rows are kept as they are written: folding and matching text is the
//! classifier's work. Every fault of every file is found in one pass, each with file and line, so
//! that the author of a row repairs all of them at once.
//!
//! Invariants:
//! - no code for a single service, language or country: a row is enough;
//! - a table that [`Catalog::parse`] returns has no fault: ids are sorted and unique, every
//!   provider and country exists, an alias shared by services tells them apart by country;
//! - reads no file and no clock; equal texts give equal tables.
//!
//! ```
//! use buio_catalog::Catalog;
//!
//! let catalog = Catalog::builtin();
//! let id = catalog.resolve_hint("#WhatsApp").unwrap();
//! assert_eq!(catalog.service(id.as_str()).unwrap().name, "WhatsApp");
//! assert_eq!(catalog.resolve_hint("Corner Shop").unwrap().as_str(), "corner-shop");
//! ```

mod fault;

mod texts;

mod catalog;

mod service;

mod phrase;

mod geo;

mod hint;

mod tsv;

pub use catalog::Catalog;
pub use fault::RowFault;
pub use geo::{Country, Place, PlaceKind};
pub use phrase::{Phrase, PhraseKind};
pub use service::Service;
pub use texts::{CatalogTexts, NamedText};
