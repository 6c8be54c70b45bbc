//! A server on the loopback that answers as told, well or badly, and remembers what it was
//! asked. For tests only (feature `testing`); it speaks just enough HTTP/1.1 to be lied with.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::HostPort;

/// What the server was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Path and query as sent.
    pub target: String,
    /// The whole head, header names in lower case.
    pub head: String,
    /// When it came, on the runtime's clock.
    pub at: Instant,
}

impl Asked {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            (key == name).then_some(value)
        })
    }
}

/// What the server answers.
#[derive(Debug, Clone)]
pub struct Reply {
    head: String,
    body: Vec<u8>,
    announced: usize,
    delay: Duration,
    is_silent: bool,
}

impl Reply {
    /// A complete answer.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Reply {
            head: format!("HTTP/1.1 {status} X\r\nconnection: close\r\n"),
            announced: body.len(),
            body,
            delay: Duration::ZERO,
            is_silent: false,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Announces more bytes than it sends.
    #[must_use]
    pub fn cut_short(mut self) -> Self {
        self.announced += 100;
        self
    }

    /// Waits between the two halves of the body.
    #[must_use]
    pub fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Takes the request and never answers.
    #[must_use]
    pub fn silent() -> Self {
        Reply {
            is_silent: true,
            ..Reply::new(200, "")
        }
    }
}

type Handler = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server; gone when dropped.
pub struct FakeServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    n_connections: Arc<Mutex<usize>>,
    accepting: JoinHandle<()>,
}

impl FakeServer {
    /// Listens on a free port of the loopback.
    ///
    /// # Errors
    /// When the loopback cannot be listened on.
    pub async fn start(
        handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> io::Result<FakeServer> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let handler: Arc<Handler> = Arc::new(handler);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let n_connections = Arc::new(Mutex::new(0));
        let (log, count) = (Arc::clone(&asked), Arc::clone(&n_connections));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                tokio::spawn(serve(stream, Arc::clone(&handler), Arc::clone(&log)));
            }
        });
        Ok(FakeServer {
            address,
            asked,
            n_connections,
            accepting,
        })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The exception that lets a client reach it.
    ///
    /// # Errors
    /// Never in practice: the address is one.
    pub fn host_port(&self) -> Result<HostPort, String> {
        HostPort::parse(&self.address.to_string())
    }

    /// All requests so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }

    /// Connections so far, with or without a request on them.
    #[must_use]
    pub fn n_connections(&self) -> usize {
        *self
            .n_connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: TcpStream, handler: Arc<Handler>, log: Arc<Mutex<Vec<Asked>>>) {
    let Some(asked) = read_head(&mut stream).await else {
        return;
    };
    let reply = handler(&asked);
    log.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(asked);
    if reply.is_silent {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        return;
    }
    // A client that hangs up is part of many tests.
    if send(&mut stream, &reply).await.is_err() {
        tracing::trace!("the client hung up");
    }
}

async fn send(stream: &mut TcpStream, reply: &Reply) -> io::Result<()> {
    let head = format!("{}content-length: {}\r\n\r\n", reply.head, reply.announced);
    stream.write_all(head.as_bytes()).await?;
    let (first, second) = reply.body.split_at(reply.body.len() / 2);
    stream.write_all(first).await?;
    if !reply.delay.is_zero() {
        stream.flush().await?;
        tokio::time::sleep(reply.delay).await;
    }
    stream.write_all(second).await?;
    stream.shutdown().await
}

async fn read_head(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 2048];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let n_read = stream.read(&mut chunk).await.ok()?;
        if n_read == 0 || bytes.len() > 64 * 1024 {
            return None;
        }
        bytes.extend_from_slice(chunk.get(..n_read)?);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    Some(Asked {
        target: head.split(' ').nth(1)?.to_owned(),
        head,
        at: Instant::now(),
    })
}
