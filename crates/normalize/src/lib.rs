//! Turns a post's words, as people and their keyboards write them, into one comparable form.
//!
//! [`fold`] works letter by letter (case, accents, look-alike letters, invisible characters,
//! elongations); [`Normalizer`] folds and then takes the post apart: hashtags become words where
//! they contain known ones, mentions stay one token, links are cut out and their hosts kept.
//! Phrase rows and posts go through the same [`fold`], so whatever it loses, it loses on both
//! sides. Around it stand what later stages ask of the same text: a fingerprint that survives
//! small edits, and a guess of the language.
//!
//! Invariants:
//! - folding twice is folding once, and normalising a normalised text changes nothing;
//! - text that is already normal is borrowed, never copied;
//! - no regular expression and no word list of its own: the vocabulary is handed in, languages
//!   are rows of `data/languages.tsv`.
//!
//! ```
//! use buio_normalize::{Normalizer, fold};
//!
//! assert_eq!(fold("Il  WHАTSАРР è GIÙÙÙÙ\u{200b}"), "il whatsapp e giu");
//! let normalizer = Normalizer::new(["WhatsApp", "down"]);
//! let post = normalizer.normalize("#WhatsAppDown @anna https://example.org/x");
//! assert_eq!(post.text, "whatsapp down @anna");
//! assert_eq!((post.mentions, post.links), (vec!["anna".into()], vec!["example.org".into()]));
//! ```

mod fold;

mod letters;

mod script;

mod text;

mod entity;

mod hashtag;

mod fingerprint;

mod language;

pub use fingerprint::{fingerprint, is_near_duplicate};
pub use fold::fold;
pub use hashtag::Hashtag;
pub use language::guess_language;
pub use script::{is_unspaced, is_word_char};
pub use text::{NormalizedText, Normalizer};
