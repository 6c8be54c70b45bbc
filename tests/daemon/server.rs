//! Servers for one test each: a thread that answers until the test binary ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What a server was asked.
#[derive(Clone)]
pub(crate) struct Request {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) agent: String,
    pub(crate) is_conditional: bool,
}

pub(crate) struct Answer {
    status: u16,
    headers: String,
    body: String,
}

impl Answer {
    pub(crate) fn new(content_type: &str, body: impl Into<String>) -> Self {
        let headers = format!("Content-Type: {content_type}\r\n");
        Answer {
            status: 200,
            headers,
            body: body.into(),
        }
    }

    pub(crate) fn status(status: u16) -> Self {
        Answer {
            status,
            headers: String::new(),
            body: String::new(),
        }
    }

    fn header(mut self, line: &str) -> Self {
        self.headers += &format!("{line}\r\n");
        self
    }
}

pub(crate) struct FakeServer {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeServer {
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that went away is its own affair.
                drop(serve(stream, &seen, &answer));
            }
        });
        FakeServer { port, requests }
    }

    /// A port on which nobody listens.
    pub(crate) fn closed() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        FakeServer {
            port: listener.local_addr().unwrap().port(),
            requests: Arc::default(),
        }
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.host())
    }

    /// What it was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &impl Fn(&Request) -> Answer,
) -> std::io::Result<()> {
    let lines: Vec<String> = BufReader::new(&stream)
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let header = |name: &str| {
        lines
            .iter()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.to_owned()))
    };
    let Some(target) = lines.first().and_then(|line| line.split(' ').nth(1)) else {
        return Ok(());
    };
    let request = Request {
        target: target.to_owned(),
        agent: header("user-agent").unwrap_or_default(),
        is_conditional: header("if-none-match").is_some(),
    };
    seen.lock().unwrap().push(request.clone());
    let Answer {
        status,
        headers,
        body,
    } = answer(&request);
    write!(
        stream,
        "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A server with Mastodon's hashtag timelines. Every post has the same hashtag.
pub(crate) struct Mastodon {
    pub(crate) server: FakeServer,
    statuses: Arc<Mutex<Vec<Value>>>,
}

const TAG: &str = "whatsappdown";
const FIRST_ID: u64 = 1001;

impl Mastodon {
    pub(crate) fn start() -> Self {
        let statuses: Arc<Mutex<Vec<Value>>> = Arc::default();
        let published = Arc::clone(&statuses);
        let server =
            FakeServer::start(move |request| timeline(request, &published.lock().unwrap()));
        Mastodon { server, statuses }
    }

    /// A post of another author, made now.
    pub(crate) fn publish(&self, text: &str) {
        let mut statuses = self.statuses.lock().unwrap();
        let id = (FIRST_ID + statuses.len() as u64).to_string();
        statuses.push(json!({
            "id": id, "uri": format!("https://fake.example/{id}"), "created_at": now().to_string(),
            "content": format!("<p>{text}</p>"), "tags": [{"name": TAG}],
            "account": {"acct": format!("author-{id}")},
        }));
    }
}

/// Newest first, at most `limit`: the newest of all, or with `min_id` those that follow it.
fn timeline(request: &Request, statuses: &[Value]) -> Answer {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    if !path.starts_with("/api/v1/timelines/tag/") {
        return Answer::status(404);
    }
    let has_tag = path.ends_with(&format!("/{TAG}"));
    let param = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.parse::<u64>().unwrap())
    };
    let limit = param("limit").unwrap_or(20).min(40) as usize;
    let id = |status: &Value| status["id"].as_str().unwrap().parse::<u64>().unwrap();
    let all: Vec<&Value> = statuses.iter().filter(|_| has_tag).collect();
    let mut page: Vec<&Value> = match param("min_id") {
        Some(min_id) => all
            .into_iter()
            .filter(|s| id(s) > min_id)
            .take(limit)
            .collect(),
        None => all.split_at(all.len().saturating_sub(limit)).1.to_vec(),
    };
    page.reverse();
    let answer = Answer::new(
        "application/json",
        Value::from_iter(page.iter().copied().cloned()).to_string(),
    );
    match page.first() {
        Some(newest) => answer.header(&format!(
            "Link: <http://fake.example{path}?min_id={}>; rel=\"prev\"",
            id(newest)
        )),
        None => answer,
    }
}

/// An RSS feed with these titles, posted now, that answers 304 to who has seen it.
pub(crate) fn feed(titles: &[&str]) -> FakeServer {
    let date = now().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let items: String = titles
        .iter()
        .enumerate()
        .map(|(n, title)| {
            format!(
                "<item><title>{title}</title><guid>item-{n}</guid><pubDate>{date}</pubDate></item>"
            )
        })
        .collect();
    let body = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Forum</title>{items}</channel></rss>"
    );
    FakeServer::start(move |request| {
        if request.is_conditional {
            return Answer::status(304);
        }
        Answer::new("application/rss+xml", body.clone()).header("ETag: \"one\"")
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a server offers was posted now"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
