use std::sync::{Arc, Mutex};
use std::time::Duration;

use buio_ingest::{BuildContext, PollError, Polled, Source};
use buio_outbound::testing::{FakeServer, Reply};
use buio_outbound::{Outbound, OutboundSettings, Pace};
use buio_types::{DropReason, Timestamp};

use crate::settings::KIND;

struct Bench {
    server: FakeServer,
    reply: Arc<Mutex<Reply>>,
    source: Box<dyn Source>,
    cursor: Option<String>,
    now: Timestamp,
}

async fn bench() -> Bench {
    let reply = Arc::new(Mutex::new(Reply::new(200, items(&[]))));
    let answering = Arc::clone(&reply);
    let server = FakeServer::start(move |_| answering.lock().unwrap().clone())
        .await
        .unwrap();
    let outbound = Outbound::new(OutboundSettings {
        allow_private: vec![server.host_port().unwrap()],
        pace: Pace {
            requests: 1000,
            per: Duration::from_secs(1),
            burst: 1000,
        },
        ..OutboundSettings::new("https://example.org/contact")
    });
    let context = BuildContext {
        outbound: Arc::new(outbound.unwrap()),
        hashtags: Vec::new(),
    };
    let table = format!("url = '{}/feed.xml'", server.url())
        .parse()
        .unwrap();
    let source = (KIND.build)(table, &context).unwrap().remove(0);
    Bench {
        server,
        reply,
        source,
        cursor: None,
        now: Timestamp::from_secs(1_800_000_000),
    }
}

/// A feed with items of these numbers; even ones have a date.
fn items(numbers: &[u32]) -> String {
    let items: String = numbers
        .iter()
        .map(|n| {
            let date = if n % 2 == 0 {
                "<pubDate>22 Nov 2026 10:00 GMT</pubDate>"
            } else {
                ""
            };
            format!("<item><guid>{n}</guid><title>t{n}</title>{date}</item>")
        })
        .collect();
    format!("<rss version='2.0'><channel><ttl>30</ttl>{items}</channel></rss>")
}

impl Bench {
    fn serve(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    async fn poll(&mut self) -> Result<Polled, PollError> {
        let polled = self.source.poll(self.cursor.as_deref(), self.now).await;
        if let Ok(Polled {
            cursor: Some(cursor),
            ..
        }) = &polled
        {
            self.cursor = Some(cursor.clone());
        }
        self.now = self.now.plus_secs(300);
        polled
    }

    async fn texts(&mut self, numbers: &[u32]) -> Vec<String> {
        self.serve(Reply::new(200, items(numbers)));
        let posts = self.poll().await.unwrap().posts;
        posts.into_iter().map(|post| post.text).collect()
    }
}

#[tokio::test]
async fn each_item_comes_once_also_when_reordered_or_taken_out_and_put_back() {
    let mut bench = bench().await;
    assert_eq!(bench.texts(&[4, 2]).await, ["t2", "t4"]);
    assert_eq!(bench.texts(&[2, 4]).await, [""; 0]);
    assert_eq!(bench.texts(&[6, 4, 4, 6]).await, ["t6"]);
    assert_eq!(bench.texts(&[8, 6, 4, 2]).await, ["t8"]);
    let everything: Vec<u32> = (1..=250).map(|n| n * 2).collect();
    assert_eq!(bench.texts(&everything).await.len(), 246);
    assert_eq!(bench.texts(&everything).await.len(), 0);
    assert!(bench.cursor.unwrap().len() < 20_000);
}

#[tokio::test]
async fn an_item_that_stays_for_ever_is_not_forgotten() {
    let mut bench = bench().await;
    for n in 1..=120 {
        let texts = bench.texts(&[n * 2 + 10, 2]).await;
        assert!(n == 1 || texts.len() == 1, "{texts:?}");
    }
}

#[tokio::test]
async fn undated_items_are_news_only_when_they_were_not_there_before() {
    let mut bench = bench().await;
    bench.serve(Reply::new(200, items(&[1, 2, 3])));
    let first = bench.poll().await.unwrap();
    assert_eq!(
        (first.posts.len(), first.dropped),
        (1, vec![(DropReason::NoTime, 2)])
    );
    bench.serve(Reply::new(200, items(&[5, 1, 2, 3])));
    let now = bench.now;
    let second = bench.poll().await.unwrap();
    assert_eq!(second.posts.len(), 1);
    assert_eq!(
        (second.posts[0].posted_at, second.posts[0].server_at),
        (None, Some(now))
    );
}

#[tokio::test]
async fn validators_go_back_as_they_came_and_304_changes_nothing() {
    let mut bench = bench().await;
    let page = Reply::new(200, items(&[2]))
        .header("etag", "W/\"a b\"")
        .header("last-modified", "Tomorrow, oddly")
        .header("cache-control", "max-age=600");
    bench.serve(page);
    let polled = bench.poll().await.unwrap();
    assert_eq!(
        polled.next_in,
        Duration::from_secs(1800),
        "the feed's ttl of 30 minutes"
    );
    bench.serve(Reply::new(304, ""));
    let polled = bench.poll().await.unwrap();
    assert_eq!(
        (polled.posts.len(), polled.cursor, polled.next_in),
        (0, None, Duration::from_secs(1800))
    );
    let asked = bench.server.asked();
    assert_eq!(asked[0].header("if-none-match"), None);
    assert_eq!(asked[1].header("if-none-match"), Some("W/\"a b\""));
    assert_eq!(
        asked[1].header("if-modified-since"),
        Some("Tomorrow, oddly")
    );
    assert!(asked[1].header("user-agent").unwrap().starts_with("buio/"));
}

#[tokio::test]
async fn the_wish_to_be_asked_less_often_has_a_bound() {
    let mut bench = bench().await;
    bench.serve(Reply::new(200, items(&[])).header("cache-control", "max-age=86400"));
    assert_eq!(
        bench.poll().await.unwrap().next_in,
        Duration::from_secs(3600)
    );
}

#[tokio::test]
async fn faults_are_named_and_lose_nothing() {
    let mut bench = bench().await;
    bench.texts(&[2]).await;
    for (reply, expected) in [
        (Reply::new(500, ""), "unreachable: status 500"),
        (
            Reply::new(200, "<!doctype html><html>"),
            "unreadable: a web page",
        ),
        (Reply::new(200, ""), "unreadable: an empty answer"),
        (Reply::new(200, items(&[4])).cut_short(), "unreachable: "),
        (Reply::new(410, ""), "disabled: status 410: gone for good"),
        (
            Reply::new(403, "<html>whoa there"),
            "disabled: status 403: forbidden",
        ),
        (
            Reply::new(200, "x").header("content-encoding", "br"),
            "unreadable: unexpected content encoding",
        ),
        (
            Reply::new(302, "").header("location", "http://169.254.169.254/"),
            "disabled: refused: address",
        ),
        (
            Reply::new(429, "").header("retry-after", "1"),
            "asked to wait 1 s",
        ),
    ] {
        bench.serve(reply);
        let message = match bench.poll().await.unwrap_err() {
            PollError::Unreachable(text) => format!("unreachable: {text}"),
            PollError::Unreadable(text) => format!("unreadable: {text}"),
            PollError::Disabled(text) => format!("disabled: {text}"),
            other => other.to_string(),
        };
        assert!(message.starts_with(expected), "{message}");
    }
    tokio::time::sleep(Duration::from_millis(1050)).await;
    assert_eq!(bench.texts(&[4, 2]).await, ["t4"]);
}

#[tokio::test]
async fn a_feed_that_moved_is_read_and_not_rewritten() {
    let mut bench = bench().await;
    let body = items(&[2]);
    let server = FakeServer::start(move |asked| match asked.target.as_str() {
        "/feed.xml" => Reply::new(301, "").header("location", "/new.xml"),
        _ => Reply::new(200, body.clone()),
    })
    .await
    .unwrap();
    let outbound = Outbound::new(OutboundSettings {
        allow_private: vec![server.host_port().unwrap()],
        ..OutboundSettings::new("x")
    });
    let context = BuildContext {
        outbound: Arc::new(outbound.unwrap()),
        hashtags: Vec::new(),
    };
    let table = format!("url = '{}/feed.xml'", server.url())
        .parse()
        .unwrap();
    bench.source = (KIND.build)(table, &context).unwrap().remove(0);
    assert_eq!(bench.poll().await.unwrap().posts.len(), 1);
    bench.poll().await.unwrap();
    let targets: Vec<_> = server
        .asked()
        .into_iter()
        .map(|asked| asked.target)
        .collect();
    assert_eq!(targets, ["/feed.xml", "/new.xml", "/feed.xml", "/new.xml"]);
}

#[tokio::test]
async fn a_damaged_cursor_is_a_first_start() {
    let mut bench = bench().await;
    bench.texts(&[2]).await;
    for broken in ["", "{", "7", "{\"seen\":\"zz\"}"] {
        bench.cursor = Some(broken.to_owned());
        assert_eq!(bench.texts(&[2]).await, ["t2"], "{broken}");
    }
}
