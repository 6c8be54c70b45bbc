use std::collections::BTreeSet;
use std::net::IpAddr;

use url::{Host, Url};

use crate::address::{AddressClass, classify_address};
use crate::error::RefusalReason;

/// An exact host and port that may be contacted although it is not public: `10.0.0.5:8443`,
/// `feeds.lan:8080`, `[::1]:9000`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    host: String,
    port: u16,
}

impl HostPort {
    /// Reads `host:port`; the port is required.
    ///
    /// # Errors
    /// A sentence saying what is wrong.
    pub fn parse(text: &str) -> Result<HostPort, String> {
        let wrong = || format!("not host:port: {text:?}");
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
        let port: u16 = port.parse().map_err(|_| wrong())?;
        let host = Host::parse(host).map_err(|_| wrong())?;
        Ok(HostPort {
            host: normal_host(&host.to_string()),
            port,
        })
    }
}

impl std::fmt::Display for HostPort {
    /// As it is parsed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What the guard knows of the program's settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    pub(crate) allow_private: BTreeSet<HostPort>,
    pub(crate) extra_ports: BTreeSet<u16>,
}

/// A URL that passed, and how its host's addresses are to be judged.
#[derive(Debug, Clone)]
pub(crate) struct CheckedUrl {
    pub(crate) url: Url,
    /// Lower case, without trailing dot: the key of limits and pace.
    pub(crate) host: String,
    /// The operator named this host and port: its addresses are not judged.
    pub(crate) is_exempt: bool,
}

/// Where a URL comes from decides what it may do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hop<'h> {
    /// From the settings; whether plain `http` is accepted.
    First { allow_http: bool },
    /// From a `Location` header of the page at this hop.
    Redirect { from: &'h CheckedUrl },
}

/// Names that never lead to the public Internet (RFC 6761, 6762, 7686, 8375, 9476 and ICANN's
/// reservation of `internal`). Refused by name, so that they are not even looked up.
const LOCAL_SUFFIXES: &[&str] = &[
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "corp",
    "home",
    "home.arpa",
    "onion",
    "alt",
    "test",
    "invalid",
];

impl Guard {
    /// Judges all that can be judged without looking anything up.
    pub(crate) fn check(&self, url: Url, hop: Hop<'_>) -> Result<CheckedUrl, RefusalReason> {
        let is_https = match (url.scheme(), hop) {
            ("https", _) => true,
            ("http", Hop::First { allow_http: true }) => false,
            ("http", Hop::Redirect { from }) if from.url.scheme() == "https" => {
                return Err(RefusalReason::Downgrade);
            }
            ("http", Hop::Redirect { .. }) => false,
            (scheme, _) => return Err(RefusalReason::Scheme(scheme.to_owned())),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RefusalReason::UserInfo);
        }
        let host = match url.host() {
            Some(host) => normal_host(&host.to_string()),
            None => return Err(RefusalReason::Host(String::new())),
        };
        let port = url.port().unwrap_or(if is_https { 443 } else { 80 });
        let is_exempt = match hop {
            Hop::First { .. } => self.allow_private.contains(&HostPort {
                host: host.clone(),
                port,
            }),
            // An exempt server may lead us around in itself, and nowhere else that is private.
            Hop::Redirect { from } => from.is_exempt && from.url.origin() == url.origin(),
        };
        if !is_exempt {
            if port != 443 && port != 80 && !self.extra_ports.contains(&port) {
                return Err(RefusalReason::Port(port));
            }
            judge_host(&url, &host)?;
        }
        Ok(CheckedUrl {
            url,
            host,
            is_exempt,
        })
    }
}

/// hyper connects to literal addresses without asking the resolver, so they are judged here.
fn judge_host(url: &Url, host: &str) -> Result<(), RefusalReason> {
    match url.host() {
        Some(Host::Ipv4(address)) => judge_address(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => judge_address(IpAddr::V6(address)),
        Some(Host::Domain(_)) if is_public_name(host) => Ok(()),
        _ => Err(RefusalReason::Host(host.to_owned())),
    }
}

/// Refuses an address that is not public.
pub(crate) fn judge_address(address: IpAddr) -> Result<(), RefusalReason> {
    match classify_address(address) {
        AddressClass::Public => Ok(()),
        class => Err(RefusalReason::Address(address, class)),
    }
}

fn is_public_name(host: &str) -> bool {
    let is_local = LOCAL_SUFFIXES.iter().any(|suffix| {
        host.strip_suffix(suffix)
            .is_some_and(|front| front.is_empty() || front.ends_with('.'))
    });
    // A name without a dot is completed by the local search list.
    host.contains('.') && !is_local
}

fn normal_host(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
