//! Takes a request and gives a checked, bounded answer: the one way out of the program.
//!
//! Addresses come from configuration, from feeds and from redirects, so none of them is trusted.
//! A host is judged by the addresses that it leads to, at connect time and on every hop; a body
//! is read under a cap on what it decodes to, not on what is sent; and each host is asked no
//! more often than its pace, its `Retry-After` and its rate-limit headers allow. What comes back
//! is either an answer or an error named by what the caller can do about it.
//!
//! Invariants:
//! - No connection is opened to an address outside the public Internet, except to an exact
//!   `host:port` that the operator allowed, and never to that by redirect.
//! - No clock is read: the servers' own `Date` turns their absolute times into waits.
//! - Nothing is stored: a permanent redirect is reported to the caller, not followed next time.
//!
//! ```
//! use buio_outbound::{Outbound, OutboundError, OutboundSettings, Request};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let outbound = Outbound::new(OutboundSettings::new("https://example.org/contact"))?;
//! let answer = outbound.get(&Request::new("https://169.254.169.254/latest/meta-data")).await;
//! assert!(matches!(answer, Err(OutboundError::Refused(_))));
//! # Ok::<(), OutboundError>(()) }).unwrap();
//! ```
#![forbid(unsafe_code)]

mod address;
mod body;
mod client;
mod error;
mod guard;
mod pace;
mod rate_headers;
mod resolve;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use crate::address::{AddressClass, classify_address};
pub use crate::client::{Limits, Outbound, OutboundSettings, Request, Response};
pub use crate::error::{OutboundError, RefusalReason};
pub use crate::guard::HostPort;
pub use crate::pace::{Pace, backoff};
pub use crate::resolve::{Lookup, LookupFuture};

/// Makes *ring* the process's TLS provider. The program calls it once at the start of `main`;
/// [`Outbound::new`] calls it too, so that a test cannot forget it. Calling it again is harmless.
///
/// Without it the first TLS connection panics as soon as a second provider is compiled in.
pub fn install_crypto_provider() {
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::trace!("a TLS provider is already installed");
    }
}
