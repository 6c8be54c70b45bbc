use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use url::Url;

use crate::body;
use crate::error::{OutboundError, RefusalReason};
use crate::guard::{CheckedUrl, Guard, Hop, HostPort, judge_address};
use crate::pace::{Gates, HostGate, Pace};
use crate::rate_headers;
use crate::resolve::{GuardedResolver, Lookup, SystemLookup, refusal_in};

const MAX_REDIRECTS: usize = 5;

/// How the program goes out.
#[derive(Clone)]
pub struct OutboundSettings {
    /// Sent with every request; names the program and where to reach its operator.
    pub user_agent: String,
    /// Hosts that may be contacted although they are not public; any port, `http` included when
    /// the request says so.
    pub allow_private: Vec<HostPort>,
    /// Ports besides 443 and 80.
    pub extra_ports: Vec<u16>,
    /// Pace of every host that has no pace of its own.
    pub pace: Pace,
    /// How long a request may wait for its host's turn before it is given back as
    /// [`OutboundError::RateLimited`].
    pub max_wait: Duration,
    /// Another resolver than the system's.
    pub lookup: Option<Arc<dyn Lookup>>,
}

impl OutboundSettings {
    /// The defaults, with `contact` (a URL or address where server operators can complain) in
    /// the user agent.
    #[must_use]
    pub fn new(contact: &str) -> Self {
        OutboundSettings {
            user_agent: format!("buio/{} (+{contact})", env!("CARGO_PKG_VERSION")),
            allow_private: Vec::new(),
            extra_ports: Vec::new(),
            pace: Pace::default(),
            max_wait: Duration::from_secs(60),
            lookup: None,
        }
    }
}

/// Bounds of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the body as sent.
    pub wire_bytes: usize,
    /// Bytes of the body after decoding.
    pub decoded_bytes: usize,
    /// Until the head of an answer is there, for each hop.
    pub head: Duration,
    /// All together, without waiting for the host's turn.
    pub total: Duration,
}

impl Default for Limits {
    /// 1 MiB sent, 2 MiB decoded, 15 s to the head, 30 s in all.
    fn default() -> Self {
        Limits {
            wire_bytes: 1024 * 1024,
            decoded_bytes: 2 * 1024 * 1024,
            head: Duration::from_secs(15),
            total: Duration::from_secs(30),
        }
    }
}

/// One GET.
#[derive(Clone, Default)]
pub struct Request {
    /// Absolute address.
    pub url: String,
    /// Value of `Accept`; `*/*` when `None`.
    pub accept: Option<&'static str>,
    /// An `ETag` of an earlier answer, verbatim.
    pub etag: Option<String>,
    /// A `Last-Modified` of an earlier answer, verbatim.
    pub last_modified: Option<String>,
    /// Headers that prove who asks; they never leave the first origin and are never shown.
    pub secret_headers: Vec<(String, String)>,
    /// Whether the configured address may be plain `http`.
    pub allow_http: bool,
    /// Bounds of the answer.
    pub limits: Limits,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("url", &self.url)
            .field("n_secret_headers", &self.secret_headers.len())
            .finish_non_exhaustive()
    }
}

impl Request {
    /// A plain request for `url` with default limits, `https` only.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Request {
            url: url.into(),
            ..Request::default()
        }
    }
}

/// A complete answer: status 200..=299, or 304 to a conditional request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The address that answered, after redirects.
    pub url: String,
    /// Where the server says the resource lives from now on (301, 308 on every hop so far). A
    /// proposal for the operator; it is not remembered here.
    pub moved_to: Option<String>,
    /// How long the answer stays fresh, at most a day.
    pub max_age: Option<Duration>,
    /// The decoded body; empty for 304.
    pub body: Vec<u8>,
    headers: HeaderMap,
}

impl Response {
    /// A header's text, if there and readable. `name` is lower-case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the server says that nothing changed.
    #[must_use]
    pub fn is_not_modified(&self) -> bool {
        self.status == 304
    }
}

/// The one way out. Cheap to share behind an [`Arc`].
pub struct Outbound {
    guarded: reqwest::Client,
    /// For hosts that the operator named, if any: same limits, no judging of addresses.
    exempt: Option<reqwest::Client>,
    guard: Guard,
    gates: Gates,
    max_wait: Duration,
}

impl Outbound {
    /// Sets up the clients. Opens no connection.
    ///
    /// # Errors
    /// [`OutboundError::Settings`] when the user agent is no header value or TLS cannot be set up.
    pub fn new(settings: OutboundSettings) -> Result<Self, OutboundError> {
        crate::install_crypto_provider();
        let lookup = settings.lookup.unwrap_or_else(|| Arc::new(SystemLookup));
        let client = |is_guarded| {
            let lookup = Arc::clone(&lookup);
            reqwest::Client::builder()
                .user_agent(&settings.user_agent)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .gzip(false)
                .referer(false)
                .connect_timeout(Duration::from_secs(10))
                .pool_max_idle_per_host(1)
                .pool_idle_timeout(Duration::from_secs(90))
                .dns_resolver(GuardedResolver { lookup, is_guarded })
                .build()
                .map_err(|error| OutboundError::Settings(deepest(&error)))
        };
        let has_exempt = !settings.allow_private.is_empty();
        Ok(Outbound {
            guarded: client(true)?,
            exempt: has_exempt.then(|| client(false)).transpose()?,
            guard: Guard {
                allow_private: settings.allow_private.into_iter().collect(),
                extra_ports: settings.extra_ports.into_iter().collect::<BTreeSet<_>>(),
            },
            gates: Gates::new(settings.pace),
            max_wait: settings.max_wait,
        })
    }

    /// Gives `host` (lower case, without port) a pace of its own.
    pub fn set_pace(&self, host: &str, pace: Pace) {
        self.gates.set_pace(host, pace);
    }

    /// Fetches one resource: at most five redirects, each judged anew.
    ///
    /// # Errors
    /// [`OutboundError`], by what the caller can do about it.
    pub async fn get(&self, request: &Request) -> Result<Response, OutboundError> {
        let first = parse(&request.url)?;
        let mut hop = self.guard.check(
            first.clone(),
            Hop::First {
                allow_http: request.allow_http,
            },
        )?;
        let mut time_left = request.limits.total;
        let mut moved_to = None;
        let mut is_moved = true;
        for _ in 0..=MAX_REDIRECTS {
            let gate = self.gates.gate(&hop.host);
            gate.turn(self.max_wait).await?;
            let _slot = gate.slots.acquire().await.map_err(|_| {
                OutboundError::Unreachable("the program is shutting down".to_owned())
            })?;
            let started = Instant::now();
            let exchange = self.exchange(request, &hop, &gate, &first);
            let outcome = tokio::time::timeout(time_left, exchange)
                .await
                .map_err(|_| OutboundError::TimedOut(request.limits.total))??;
            time_left = time_left.saturating_sub(started.elapsed());
            match outcome {
                Outcome::Answer(mut answer) => {
                    answer.moved_to = moved_to;
                    return Ok(*answer);
                }
                Outcome::Redirect { status, to } => {
                    hop = self.guard.check(to, Hop::Redirect { from: &hop })?;
                    is_moved &= matches!(status, 301 | 308);
                    if is_moved {
                        moved_to = Some(hop.url.to_string());
                    }
                }
            }
        }
        Err(RefusalReason::TooManyRedirects.into())
    }

    async fn exchange(
        &self,
        request: &Request,
        hop: &CheckedUrl,
        gate: &HostGate,
        first: &Url,
    ) -> Result<Outcome, OutboundError> {
        let exempt = self.exempt.as_ref().filter(|_| hop.is_exempt);
        let client = exempt.unwrap_or(&self.guarded);
        let is_first_origin = hop.url.origin() == first.origin();
        let sending = client
            .get(hop.url.clone())
            .headers(headers_of(request, is_first_origin)?)
            .send();
        let mut answer = tokio::time::timeout(request.limits.head, sending)
            .await
            .map_err(|_| OutboundError::TimedOut(request.limits.head))?
            .map_err(|error| transport_error(&error))?;
        if !hop.is_exempt {
            // The resolver and the guard have judged already; this is the belt to the braces.
            if let Some(peer) = answer.remote_addr() {
                judge_address(peer.ip())?;
            }
        }
        let status = answer.status().as_u16();
        let wait = rate_headers::wait_asked(status, answer.headers());
        let wait = gate.heard(&hop.host, status, wait);
        match status {
            304 | 200..=299 => {}
            301 | 302 | 303 | 307 | 308 => {
                let to = redirect_target(&hop.url, answer.headers())?;
                return Ok(Outcome::Redirect { status, to });
            }
            429 | 503 => {
                return Err(match wait {
                    Some(retry_after) => OutboundError::RateLimited { retry_after },
                    None => OutboundError::Status(status),
                });
            }
            _ => return Err(OutboundError::Status(status)),
        }
        let body = if status == 304 {
            Vec::new()
        } else {
            body::read(&mut answer, &request.limits).await?
        };
        Ok(Outcome::Answer(Box::new(Response {
            status,
            url: hop.url.to_string(),
            moved_to: None,
            max_age: rate_headers::max_age(answer.headers()),
            body,
            headers: std::mem::take(answer.headers_mut()),
        })))
    }
}

enum Outcome {
    Answer(Box<Response>),
    Redirect { status: u16, to: Url },
}

fn parse(text: &str) -> Result<Url, RefusalReason> {
    Url::parse(text).map_err(|error| RefusalReason::NotAUrl(error.to_string()))
}

fn redirect_target(from: &Url, headers: &HeaderMap) -> Result<Url, RefusalReason> {
    let location = headers
        .get(header::LOCATION)
        .and_then(|location| std::str::from_utf8(location.as_bytes()).ok())
        .ok_or(RefusalReason::NoTarget)?;
    from.join(location)
        .map_err(|error| RefusalReason::NotAUrl(error.to_string()))
}

/// Validators and secrets belong to the origin that they came from or were made for.
fn headers_of(request: &Request, is_first_origin: bool) -> Result<HeaderMap, OutboundError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    if let Some(accept) = request.accept {
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
    }
    if !is_first_origin {
        return Ok(headers);
    }
    let validators = [
        (header::IF_NONE_MATCH, &request.etag),
        (header::IF_MODIFIED_SINCE, &request.last_modified),
    ];
    for (name, value) in validators {
        // What a server sent in a header can be sent back in one; a damaged one is left out.
        if let Some(value) = value.as_deref().and_then(|v| HeaderValue::from_str(v).ok()) {
            headers.insert(name, value);
        }
    }
    for (name, value) in &request.secret_headers {
        let wrong = || OutboundError::Settings(format!("not a header: {name:?}"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// What a failed exchange means to the caller. The address is left out of the text: it may hold
/// a token.
pub(crate) fn transport_error(error: &reqwest::Error) -> OutboundError {
    if let Some(reason) = refusal_in(error) {
        return OutboundError::Refused(reason);
    }
    if error.is_builder() {
        return OutboundError::Settings(deepest(error));
    }
    OutboundError::Unreachable(deepest(error))
}

fn deepest(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        text = current.to_string();
        cause = current.source();
    }
    if text.is_empty() {
        "connection failed".clone_into(&mut text);
    }
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_validators_stay_with_their_origin() {
        let request = Request {
            etag: Some("\"1\"".to_owned()),
            last_modified: Some("x".to_owned()),
            secret_headers: vec![("authorization".to_owned(), "Bearer t".to_owned())],
            accept: Some("application/json"),
            ..Request::new("https://example.org/")
        };
        assert_eq!(headers_of(&request, true).unwrap().len(), 5);
        let elsewhere = headers_of(&request, false).unwrap();
        let names: Vec<_> = elsewhere.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["accept-encoding", "accept"]);
    }

    #[test]
    fn a_header_with_a_line_break_is_refused() {
        let request = Request {
            secret_headers: vec![("x".to_owned(), "a\r\nhost: b".to_owned())],
            ..Request::new("https://example.org/")
        };
        assert!(matches!(
            headers_of(&request, true),
            Err(OutboundError::Settings(_))
        ));
    }
}
