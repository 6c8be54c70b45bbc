//! Takes hashtags and fediverse servers with Mastodon's API; gives the public posts under those
//! hashtags.
//!
//! Each server is a source of its own, with its own cursor and health, and sees only what was
//! federated to it; the union over several servers is what makes coverage, and the status's
//! `uri` is what makes the union count each post once. Timelines are read forward with `min_id`,
//! because `since_id` skips whatever does not fit on the newest page; and every five minutes the
//! last stretch is read again, because a post that travelled slowly is filed behind its
//! neighbours. Protocol as of 2026: servers may close hashtag timelines to strangers
//! (`timelines_access`, 401, 403, 422), ids are opaque, resets are ISO 8601.
//!
//! Invariants:
//! - At most 300 requests in five minutes and 300 paging requests in fifteen leave for a server.
//! - A page that fails moves no cursor; a broken status costs only itself.
//! - No post is judged here, and none is asked for that needs a login.
//!
//! ```
//! use buio_ingest_mastodon::{DecodeContext, decode};
//!
//! let page = br#"[{"id":"7","uri":"https://a.example/7","created_at":"2026-11-22T10:00:00.000Z",
//!     "content":"<p>alles dunkel</p>","account":{"acct":"eva"}}]"#;
//! let decoded = decode(page, &DecodeContext::new("b.example"))?;
//! assert_eq!(decoded.posts[0].text, "alles dunkel");
//! assert_eq!(decoded.posts[0].author.as_deref(), Some("eva@b.example"));
//! # Ok::<(), String>(())
//! ```
#![forbid(unsafe_code)]

mod cursor;
mod decode;
mod settings;
#[cfg(test)]
mod tests;
mod timeline;

pub use crate::decode::{DecodeContext, Decoded, decode, decode_status};
pub use crate::settings::{DEFAULT_INSTANCES, KIND};
