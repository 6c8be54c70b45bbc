use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::error::RefusalReason;
use crate::guard::judge_address;

/// What [`Lookup::lookup`] returns: all addresses of a name, or why there are none.
pub type LookupFuture = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Turns a host name into addresses. The system's resolver by default; tests bring their own.
pub trait Lookup: Send + Sync {
    /// All addresses of `host`.
    fn lookup(&self, host: &str) -> LookupFuture;
}

/// The operating system's resolver.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: &str) -> LookupFuture {
        let host = host.to_owned();
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host, 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}

/// The resolver that the HTTP client connects by: what it returns has been judged, and the
/// client connects to nothing else, so that a second, different answer of a hostile name server
/// is never asked for.
pub(crate) struct GuardedResolver {
    pub(crate) lookup: Arc<dyn Lookup>,
    /// Off only for hosts that the operator named.
    pub(crate) is_guarded: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.lookup.lookup(name.as_str());
        let is_guarded = self.is_guarded;
        Box::pin(async move {
            let addresses = lookup.await?;
            if is_guarded {
                // One inner address among outer ones is refused as well: which of them is used
                // would otherwise be the name server's choice.
                addresses
                    .iter()
                    .try_for_each(|address| judge_address(*address))
                    .map_err(Box::new)?;
            }
            if addresses.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "no addresses").into());
            }
            let addresses = addresses.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// The refusal that a failed request was caused by, if it was one.
pub(crate) fn refusal_in(error: &(dyn std::error::Error + 'static)) -> Option<RefusalReason> {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(reason) = current.downcast_ref::<RefusalReason>() {
            return Some(reason.clone());
        }
        if let Some(reason) = current.downcast_ref::<Box<RefusalReason>>() {
            return Some((**reason).clone());
        }
        cause = current.source();
    }
    None
}
