use std::net::IpAddr;
use std::time::Duration;

use crate::address::AddressClass;

/// Why there is no answer, named by what the caller can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The guard forbids the request: change the address or the allowed exceptions.
    #[error("refused: {0}")]
    Refused(RefusalReason),
    /// No usable connection or an answer cut short: try again later.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The host was too slow: try again later.
    #[error("no complete answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The body exceeds the request's limits: it will not get smaller by asking again.
    #[error("{0}")]
    TooLarge(String),
    /// The body is encoded in a way that was not asked for.
    #[error("unexpected content encoding {0:?}")]
    Encoding(String),
    /// The host asks for silence: come back after `retry_after`. Also given without any request
    /// while the silence lasts.
    #[error("asked to wait {} s", retry_after.as_secs())]
    RateLimited {
        /// How long to stay away.
        retry_after: Duration,
    },
    /// Any other status outside 200..=299 (and 304 when it was asked for).
    #[error("status {0}")]
    Status(u16),
    /// The client could not be set up, or the request is no request.
    #[error("not usable: {0}")]
    Settings(String),
}

/// What the guard found wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefusalReason {
    /// The text is no absolute URL.
    #[error("not a URL: {0}")]
    NotAUrl(String),
    /// Only `https` (and `http` where the source says so) leaves this program.
    #[error("scheme {0:?}")]
    Scheme(String),
    /// The URL holds a user name or password.
    #[error("user name or password in the URL")]
    UserInfo,
    /// Not 443 or 80 and not configured.
    #[error("port {0}")]
    Port(u16),
    /// The URL has no host, or one that cannot be public (`localhost`, `printer.local`).
    #[error("host {0:?} is not public")]
    Host(String),
    /// The host is or leads to an address that is not public.
    #[error("address {0} ({1})")]
    Address(IpAddr, AddressClass),
    /// From `https` down to `http`.
    #[error("redirect from https to http")]
    Downgrade,
    /// More than five redirects.
    #[error("too many redirects")]
    TooManyRedirects,
    /// A redirect without a usable target.
    #[error("redirect without a target")]
    NoTarget,
}

impl From<RefusalReason> for OutboundError {
    fn from(reason: RefusalReason) -> Self {
        OutboundError::Refused(reason)
    }
}
