//! Takes the address of a feed (RSS 0.9 to 2.0, Atom, JSON Feed); gives its new items as posts.
//!
//! A feed is a stranger's document of any size and shape, so it is read by one pass with bounds
//! that act during the parse: nesting, attributes, length of tags, number of items. What lies
//! beyond a bound is counted, what comes before it is kept, and a document that breaks off
//! half-way gives its first half. Fetches are conditional with the server's own validators,
//! returned verbatim, and no more frequent than the server's `max-age` and the feed's `ttl` ask.
//!
//! Invariants:
//! - No bytes make [`decode`] panic, recurse, expand an entity or keep more than 500 items.
//! - An item without a date never pretends to be new: on the first fetch it is dropped.
//! - Nothing of a feed is fetched besides the feed: no images, no links.
//!
//! ```
//! use buio_ingest_feed::{FeedContext, decode};
//!
//! let feed = "<rss version='2.0'><channel><title>Net</title><item><guid>7</guid>\
//!     <title>Outage at Example</title><description>&lt;p&gt;Since nine.&lt;/p&gt;</description>\
//!     <pubDate>Sun, 22 Nov 2026 10:00:00 +0100</pubDate></item></channel></rss>";
//! let decoded = decode(feed.as_bytes(), &FeedContext::new("https://example.org/feed.xml"))?;
//! assert_eq!(decoded.posts[0].text, "Outage at Example\nSince nine.");
//! assert_eq!(decoded.posts[0].posted_at.unwrap().to_string(), "2026-11-22T09:00:00Z");
//! # Ok::<(), String>(())
//! ```
#![forbid(unsafe_code)]

mod charset;
mod date;
mod decode;
mod document;
mod json;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod xml;

pub use crate::decode::{Decoded, FeedContext, decode};
pub use crate::settings::KIND;
