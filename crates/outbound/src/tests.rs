use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::testing::{FakeServer, Reply};
use crate::{
    HostPort, Limits, Lookup, LookupFuture, Outbound, OutboundError, OutboundSettings, Pace,
    RefusalReason, Request,
};

/// A name server that answers what the test says, by host name and number of the question.
struct FakeLookup(fn(&str, usize) -> Vec<&'static str>, AtomicUsize);

impl Lookup for FakeLookup {
    fn lookup(&self, host: &str) -> LookupFuture {
        let answers = (self.0)(host, self.1.fetch_add(1, Ordering::SeqCst));
        let addresses = answers.iter().map(|text| text.parse().unwrap());
        let addresses: Vec<IpAddr> = addresses.collect();
        Box::pin(async move { Ok(addresses) })
    }
}

fn settings(exempt: &[&FakeServer]) -> OutboundSettings {
    OutboundSettings {
        allow_private: exempt.iter().map(|s| s.host_port().unwrap()).collect(),
        pace: Pace {
            requests: 1000,
            per: Duration::from_secs(1),
            burst: 1000,
        },
        ..OutboundSettings::new("https://example.org/contact")
    }
}

fn outbound(exempt: &[&FakeServer]) -> Outbound {
    Outbound::new(settings(exempt)).unwrap()
}

fn request(url: String) -> Request {
    Request {
        allow_http: true,
        limits: Limits {
            wire_bytes: 64 * 1024,
            decoded_bytes: 2 * 1024 * 1024,
            head: Duration::from_secs(10),
            total: Duration::from_secs(10),
        },
        ..Request::new(url)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Asks a server that gives one reply to everything.
async fn answer_to(reply: Reply) -> Result<crate::Response, OutboundError> {
    let server = FakeServer::start(move |_| reply.clone()).await.unwrap();
    outbound(&[&server]).get(&request(server.url())).await
}

#[tokio::test]
async fn a_request_says_who_asks_and_carries_its_validators_verbatim() {
    let server = FakeServer::start(|_| Reply::new(304, "")).await.unwrap();
    let request = Request {
        etag: Some("W/\"odd tag\"".to_owned()),
        last_modified: Some("yesterday, as the server wrote it".to_owned()),
        accept: Some("application/json"),
        secret_headers: vec![("x-api-key".to_owned(), "k".to_owned())],
        ..request(server.url())
    };
    let response = outbound(&[&server]).get(&request).await.unwrap();
    assert!(response.is_not_modified() && response.body.is_empty());
    let asked = server.asked().remove(0);
    let expected = [
        ("if-none-match", "W/\"odd tag\""),
        ("if-modified-since", "yesterday, as the server wrote it"),
        ("accept-encoding", "gzip"),
        ("accept", "application/json"),
        ("x-api-key", "k"),
    ];
    for (name, value) in expected {
        assert_eq!(asked.header(name), Some(value));
    }
    let agent = asked.header("user-agent").unwrap();
    assert!(agent.starts_with("buio/") && agent.ends_with("(+https://example.org/contact)"));
    assert!(
        !format!("{request:?}").contains("k\""),
        "secrets are not shown"
    );
}

#[tokio::test]
async fn the_trap_sees_no_connection_by_any_road() {
    let trap = FakeServer::start(|_| Reply::new(200, "secret"))
        .await
        .unwrap();
    let port = trap.address().port();
    let target = format!("http://127.0.0.1:{port}/");
    let server = FakeServer::start(move |asked| {
        let to = match asked.target.as_str() {
            "/literal" => target.clone(),
            "/decimal" => format!("http://2130706433:{port}/"),
            "/name" => format!("http://inner.example:{port}/"),
            "/mapped" => format!("http://[::ffff:127.0.0.1]:{port}/"),
            "/relative" => format!("//127.0.0.1:{port}/"),
            "/user" => format!("http://example.org@127.0.0.1:{port}/"),
            "/file" => "file:///etc/passwd".to_owned(),
            "/empty" => String::new(),
            _ => "http://inner.example/".to_owned(),
        };
        Reply::new(302, "").header("location", &to)
    })
    .await
    .unwrap();
    let outbound = Outbound::new(OutboundSettings {
        // With the port open, only addresses stand between the request and the trap.
        extra_ports: vec![port],
        lookup: Some(Arc::new(FakeLookup(
            |host, _| match host {
                "mixed.example" => vec!["1.1.1.1", "127.0.0.1"],
                "v6.example" => vec!["::ffff:127.0.0.1"],
                _ => vec!["127.0.0.1"],
            },
            AtomicUsize::new(0),
        ))),
        ..settings(&[&server])
    })
    .unwrap();
    let mut urls: Vec<String> = "127.0.0.1 127.1 0x7f000001 0 \
        [::1] [::ffff:7f00:1] localhost inner.example \
        mixed.example v6.example \
        2130706433 [64:ff9b::7f00:1] 0177.0.0.1 127.0.0.1."
        .split_whitespace()
        .flat_map(|host| {
            [
                format!("http://{host}:{port}/"),
                format!("https://{host}:{port}/"),
            ]
        })
        .collect();
    for path in "literal decimal name mapped relative user file other empty".split(' ') {
        urls.push(format!("{}/{path}", server.url()));
    }
    for url in urls {
        let answer = outbound.get(&request(url.clone())).await;
        assert!(
            matches!(answer, Err(OutboundError::Refused(_))),
            "{url}: {answer:?}"
        );
    }
    assert_eq!(trap.n_connections(), 0);
}

#[tokio::test]
async fn an_exempt_server_is_not_reachable_by_redirect() {
    let inner = FakeServer::start(|_| Reply::new(200, "inner"))
        .await
        .unwrap();
    let to = inner.url();
    let outer = FakeServer::start(move |_| Reply::new(301, "").header("location", &to))
        .await
        .unwrap();
    let outbound = outbound(&[&outer, &inner]);
    let answer = outbound.get(&request(outer.url())).await;
    assert!(matches!(
        answer,
        Err(OutboundError::Refused(RefusalReason::Port(_)))
    ));
    assert_eq!(inner.n_connections(), 0);
    assert!(outbound.get(&request(inner.url())).await.is_ok());
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_connected_where_it_was_judged() {
    let lookups = Arc::new(FakeLookup(
        |_, n| vec![if n == 0 { "203.0.113.1" } else { "127.0.0.1" }],
        AtomicUsize::new(0),
    ));
    let outbound = Outbound::new(OutboundSettings {
        lookup: Some(lookups.clone()),
        ..settings(&[])
    })
    .unwrap();
    let answer = outbound
        .get(&request("https://rebinding.example/".to_owned()))
        .await;
    assert!(matches!(
        answer,
        Err(OutboundError::Refused(RefusalReason::Address(..)))
    ));
    assert_eq!(lookups.1.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_gzip_body_is_decoded_and_a_bomb_is_not() {
    let gz = |bytes: &[u8]| Reply::new(200, gzip(bytes)).header("content-encoding", "gzip");
    let body = answer_to(gz(b"<rss/>")).await.unwrap().body;
    assert_eq!(body, b"<rss/>");
    let bomb = answer_to(gz(&vec![b' '; 1_900_000])).await;
    assert!(
        matches!(bomb, Err(OutboundError::TooLarge(_))),
        "by ratio: {bomb:?}"
    );
    let mut noise: Vec<u8> = (0..60_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    noise.extend(vec![0; 4_000_000]);
    let large = answer_to(gz(&noise)).await;
    assert!(
        matches!(large, Err(OutboundError::TooLarge(_))),
        "by size: {large:?}"
    );
    let twice = Reply::new(200, gzip(&gzip(b"x"))).header("content-encoding", "gzip, gzip");
    assert!(matches!(
        answer_to(twice).await,
        Err(OutboundError::Encoding(_))
    ));
    let brotli = Reply::new(200, "x").header("content-encoding", "br");
    assert!(matches!(
        answer_to(brotli).await,
        Err(OutboundError::Encoding(_))
    ));
    let mut cut = gzip(b"a body that ends in the middle of nowhere");
    cut.truncate(cut.len() - 12);
    let cut = Reply::new(200, cut).header("content-encoding", "gzip");
    assert!(matches!(
        answer_to(cut).await,
        Err(OutboundError::Unreachable(_))
    ));
}

#[tokio::test]
async fn long_slow_silent_and_broken_answers_end_in_their_own_errors() {
    let long = answer_to(Reply::new(200, vec![b'x'; 65 * 1024])).await;
    assert!(matches!(long, Err(OutboundError::TooLarge(_))), "{long:?}");
    let cut = answer_to(Reply::new(200, "half").cut_short()).await;
    assert!(matches!(cut, Err(OutboundError::Unreachable(_))), "{cut:?}");
    let impatient = async |reply: Reply| {
        let server = FakeServer::start(move |_| reply.clone()).await.unwrap();
        let mut request = request(server.url());
        request.limits.head = Duration::from_millis(200);
        request.limits.total = Duration::from_millis(400);
        outbound(&[&server]).get(&request).await
    };
    let slow = impatient(Reply::new(200, "slow").slow(Duration::from_secs(5))).await;
    assert!(matches!(slow, Err(OutboundError::TimedOut(_))), "{slow:?}");
    let silent = impatient(Reply::silent()).await;
    assert_eq!(
        silent,
        Err(OutboundError::TimedOut(Duration::from_millis(200)))
    );
    assert_eq!(
        answer_to(Reply::new(500, "")).await,
        Err(OutboundError::Status(500))
    );
    let gone = FakeServer::start(|_| Reply::new(200, "")).await.unwrap();
    let (client, url) = (outbound(&[&gone]), gone.url());
    drop(gone);
    tokio::task::yield_now().await;
    let refused = client.get(&request(url)).await;
    assert!(
        matches!(refused, Err(OutboundError::Unreachable(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_host_that_said_429_is_left_alone() {
    let server = FakeServer::start(|_| Reply::new(429, "").header("retry-after", "90"))
        .await
        .unwrap();
    let outbound = outbound(&[&server]);
    for _ in 0..3 {
        let answer = outbound.get(&request(server.url())).await;
        let Err(OutboundError::RateLimited { retry_after }) = answer else {
            panic!("{answer:?}");
        };
        assert!((88..=90).contains(&retry_after.as_secs()));
    }
    assert_eq!(server.n_connections(), 1);
}

#[tokio::test]
async fn an_exhausted_allowance_gives_the_answer_and_then_waits_for_the_reset() {
    let server = FakeServer::start(|_| {
        Reply::new(200, "last one")
            .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", "1994-11-06T08:54:37.000Z")
    })
    .await
    .unwrap();
    let outbound = outbound(&[&server]);
    assert!(outbound.get(&request(server.url())).await.is_ok());
    let answer = outbound.get(&request(server.url())).await;
    assert!(
        matches!(answer, Err(OutboundError::RateLimited { retry_after }) if retry_after.as_secs() >= 298)
    );
    assert_eq!(server.n_connections(), 1);
}

#[tokio::test]
async fn a_host_further_away_than_the_longest_wait_is_given_back() {
    let server = FakeServer::start(|_| Reply::new(200, "")).await.unwrap();
    let outbound = Outbound::new(OutboundSettings {
        max_wait: Duration::from_secs(1),
        ..settings(&[&server])
    })
    .unwrap();
    outbound.set_pace(
        "127.0.0.1",
        Pace {
            requests: 1,
            per: Duration::from_secs(60),
            burst: 1,
        },
    );
    assert!(outbound.get(&request(server.url())).await.is_ok());
    let answer = outbound.get(&request(server.url())).await;
    assert!(matches!(answer, Err(OutboundError::RateLimited { .. })));
}

#[tokio::test]
async fn redirects_are_counted_and_permanent_ones_reported() {
    let server = FakeServer::start(|asked| match asked.target.as_str() {
        "/old" => Reply::new(301, "").header("location", "/newer"),
        "/newer" => Reply::new(308, "").header("location", "newest"),
        "/passing" => Reply::new(302, "").header("location", "/old"),
        "/newest" => Reply::new(200, "here"),
        "/loop" => Reply::new(302, "").header("location", "/loop"),
        "/odd" => Reply::new(302, "").header("location", "https://["),
        _ => Reply::new(302, ""),
    })
    .await
    .unwrap();
    let outbound = outbound(&[&server]);
    let get = async |path: &str| {
        let request = request(format!("{}{path}", server.url()));
        outbound.get(&request).await
    };
    let moved = get("/old").await.unwrap();
    assert_eq!(moved.moved_to, Some(format!("{}/newest", server.url())));
    assert_eq!(moved.url, format!("{}/newest", server.url()));
    assert_eq!(get("/passing").await.unwrap().moved_to, None);
    let n_before = server.n_connections();
    let endless = get("/loop").await;
    assert_eq!(
        endless,
        Err(OutboundError::Refused(RefusalReason::TooManyRedirects))
    );
    assert_eq!(server.n_connections() - n_before, 6);
    assert_eq!(
        get("/none").await,
        Err(OutboundError::Refused(RefusalReason::NoTarget))
    );
    let odd = get("/odd").await;
    assert!(matches!(
        odd,
        Err(OutboundError::Refused(RefusalReason::NotAUrl(_)))
    ));
}

#[tokio::test]
async fn settings_that_cannot_work_are_said_to() {
    let settings = OutboundSettings::new("line\nbreak");
    assert!(matches!(
        Outbound::new(settings),
        Err(OutboundError::Settings(_))
    ));
    assert!(HostPort::parse("127.0.0.1:80").is_ok());
}
