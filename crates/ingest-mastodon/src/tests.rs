use std::sync::{Arc, Mutex};
use std::time::Duration;

use buio_ingest::{BuildContext, PollError, Polled, Source};
use buio_outbound::testing::{Asked, FakeServer, Reply};
use buio_outbound::{Outbound, OutboundSettings, Pace};
use buio_types::{DropReason, Timestamp};
use url::Url;

use crate::settings::KIND;
use crate::timeline::{Group, HashtagTimelines};

/// A server that holds statuses by id and pages them as Mastodon does: `min_id` gives the oldest
/// above it, otherwise the newest, always newest first.
#[derive(Clone, Default)]
struct Instance {
    ids: Arc<Mutex<Vec<u64>>>,
    /// Given instead of a page while there are any, last first.
    faults: Arc<Mutex<Vec<Reply>>>,
    access: Arc<Mutex<String>>,
    reversed: bool,
}

fn status(id: u64) -> String {
    format!(
        r#"{{"id":"{id}","uri":"https://a.example/{id}","created_at":"2026-11-22T10:00:00.000Z",
        "content":"<p>dark {id}</p>","account":{{"acct":"u{id}@a.example"}}}}"#
    )
}

impl Instance {
    fn add(&self, ids: impl IntoIterator<Item = u64>) {
        let mut known = self.ids.lock().unwrap();
        known.extend(ids);
        known.sort_unstable();
    }

    fn fail(&self, reply: Reply) {
        self.faults.lock().unwrap().push(reply);
    }

    fn reply(&self, asked: &Asked) -> Reply {
        if asked.target == "/api/v2/instance" {
            return match self.access.lock().unwrap().as_str() {
                "" => Reply::new(404, "{}"),
                access => Reply::new(200, access),
            };
        }
        if let Some(fault) = self.faults.lock().unwrap().pop() {
            return fault;
        }
        let url = Url::parse(&format!("http://x{}", asked.target)).unwrap();
        let min_id = url.query_pairs().find(|(key, _)| key == "min_id");
        let ids = self.ids.lock().unwrap();
        let mut page: Vec<u64> = match min_id {
            Some((_, min_id)) => {
                let min_id: u64 = min_id.parse().unwrap();
                ids.iter()
                    .copied()
                    .filter(|id| *id > min_id)
                    .take(40)
                    .collect()
            }
            None => ids.iter().rev().copied().take(40).collect(),
        };
        page.sort_unstable();
        if !self.reversed {
            page.reverse();
        }
        let statuses: Vec<_> = page.iter().map(|id| status(*id)).collect();
        Reply::new(200, format!("[{}]", statuses.join(",")))
    }
}

struct Bench {
    server: FakeServer,
    source: HashtagTimelines,
    cursor: Option<String>,
    now: Timestamp,
}

async fn bench(instance: &Instance, n_tags: usize) -> Bench {
    let answering = instance.clone();
    let server = FakeServer::start(move |asked| answering.reply(asked))
        .await
        .unwrap();
    let source = source(&server, n_tags);
    Bench {
        server,
        source,
        cursor: None,
        now: Timestamp::from_secs(1_800_000_000),
    }
}

fn outbound(server: &FakeServer) -> Arc<Outbound> {
    let settings = OutboundSettings {
        allow_private: vec![server.host_port().unwrap()],
        pace: Pace {
            requests: 1000,
            per: Duration::from_secs(1),
            burst: 1000,
        },
        ..OutboundSettings::new("https://example.org/contact")
    };
    Arc::new(Outbound::new(settings).unwrap())
}

fn source(server: &FakeServer, n_tags: usize) -> HashtagTimelines {
    let tags: Vec<_> = (0..n_tags).map(|idx| (format!("tag{idx}"), None)).collect();
    HashtagTimelines::new(
        outbound(server),
        Url::parse(&server.url()).unwrap(),
        tags.chunks(5).map(Group::new).collect(),
        Duration::from_secs(60),
    )
}

impl Bench {
    async fn poll(&mut self) -> Result<Polled, PollError> {
        let polled = self.source.poll(self.cursor.as_deref(), self.now).await;
        if let Ok(Polled {
            cursor: Some(cursor),
            ..
        }) = &polled
        {
            self.cursor = Some(cursor.clone());
        }
        self.now = self.now.plus_secs(60);
        polled
    }

    /// Polls once and returns the ids of the new posts.
    async fn ids(&mut self) -> Vec<u64> {
        let polled = self.poll().await.unwrap();
        let ids = polled
            .posts
            .iter()
            .map(|post| post.id.rsplit('/').next().unwrap().parse().unwrap());
        ids.collect()
    }
}

#[tokio::test]
async fn the_first_look_takes_one_page_and_later_ones_read_forward() {
    let instance = Instance::default();
    instance.add(1..=100);
    let mut bench = bench(&instance, 7).await;
    assert_eq!(bench.ids().await, (61..=100).collect::<Vec<_>>());
    let first = bench.server.asked()[1].target.clone();
    assert!(
        first.starts_with("/api/v1/timelines/tag/tag0?limit=40&any%5B%5D=tag1"),
        "{first}"
    );
    assert!(!first.contains("min_id") && !first.contains("tag5"));
    bench.poll().await.unwrap();
    let second = bench.server.asked()[2].target.clone();
    assert!(
        second.starts_with("/api/v1/timelines/tag/tag5?limit=40&any%5B%5D=tag6"),
        "{second}"
    );
    instance.add(101..=190);
    let polled = bench.poll().await.unwrap();
    assert_eq!(polled.posts.len(), 90);
    assert_eq!(
        polled.next_in,
        Duration::from_secs(30),
        "two groups share the interval"
    );
    assert_eq!(
        bench.server.asked().len(),
        3 + 3,
        "three pages of 40, 40 and 10"
    );
}

#[tokio::test]
async fn a_surge_is_read_to_its_end_over_several_turns() {
    for reversed in [false, true] {
        let instance = Instance {
            reversed,
            ..Instance::default()
        };
        instance.add([1]);
        let mut bench = bench(&instance, 1).await;
        assert_eq!(bench.ids().await, [1]);
        instance.add(2..=1000);
        let mut ids = Vec::new();
        while ids.len() < 999 {
            ids.extend(bench.ids().await);
        }
        ids.sort_unstable();
        assert_eq!(ids, (2..=1000).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn posts_filed_behind_the_cursor_are_found_and_nothing_comes_twice() {
    let instance = Instance::default();
    instance.add((100..120).map(|id| id * 10));
    let mut bench = bench(&instance, 1).await;
    let mut ids = bench.ids().await;
    for minute in 0..30_u64 {
        instance.add([1200 + minute * 10]);
        if minute % 7 == 0 {
            // Arrives now, filed four minutes back.
            instance.add([(1200 + minute * 10 + 5).saturating_sub(40)]);
        }
        ids.extend(bench.ids().await);
    }
    for _ in 0..12 {
        ids.extend(bench.ids().await);
    }
    ids.sort_unstable();
    assert_eq!(ids, *instance.ids.lock().unwrap());
}

#[tokio::test]
async fn a_restart_reads_on_from_the_cursor() {
    let instance = Instance::default();
    instance.add(1..=10);
    let mut bench = bench(&instance, 1).await;
    assert_eq!(bench.ids().await.len(), 10);
    instance.add(11..=150);
    bench.source = source(&bench.server, 1);
    assert_eq!(bench.ids().await, (11..=150).collect::<Vec<_>>());
    bench.cursor = Some("damaged".to_owned());
    bench.source = source(&bench.server, 1);
    assert_eq!(
        bench.ids().await.len(),
        40,
        "a damaged cursor is a first start"
    );
}

#[tokio::test]
async fn the_first_burst_under_an_unused_hashtag_is_read_whole() {
    let instance = Instance::default();
    let mut bench = bench(&instance, 1).await;
    assert!(bench.ids().await.is_empty());
    instance.add(1..=150);
    assert_eq!(bench.ids().await, (1..=150).collect::<Vec<_>>());
}

#[tokio::test]
async fn faults_lose_nothing() {
    let instance = Instance::default();
    instance.add([1]);
    let mut bench = bench(&instance, 1).await;
    bench.ids().await;
    instance.add(2..=60);
    for (fault, expected) in [
        (Reply::new(500, ""), "unreachable: status 500"),
        (
            Reply::new(200, "<html>hi</html>"),
            "unreadable: a web page instead of a timeline",
        ),
        (Reply::new(200, "[{\"id\":\"2\"").cut_short(), "unreachable"),
        (
            Reply::new(200, "[{\"id\":\"2\""),
            "unreadable: a damaged timeline",
        ),
        (
            Reply::new(401, "{}"),
            "disabled: status 401: hashtag timelines are closed",
        ),
        (
            Reply::new(422, "{}"),
            "disabled: status 422: hashtag timelines are closed",
        ),
        (Reply::new(410, ""), "disabled: status 410: gone for good"),
    ] {
        instance.fail(fault);
        let message = match bench.poll().await.unwrap_err() {
            PollError::Unreachable(text) => format!("unreachable: {text}"),
            PollError::Unreadable(text) => format!("unreadable: {text}"),
            PollError::Disabled(text) => format!("disabled: {text}"),
            other => other.to_string(),
        };
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(bench.ids().await.len(), 59);
}

#[tokio::test]
async fn a_fault_on_the_second_page_keeps_the_first() {
    let instance = Instance::default();
    instance.add([1]);
    let mut bench = bench(&instance, 1).await;
    bench.ids().await;
    instance.add(2..=100);
    instance.fail(Reply::new(500, ""));
    // The last fault added comes first: an ordinary page, then the 500.
    let page: Vec<_> = (2..=41).rev().map(status).collect();
    instance.fail(Reply::new(200, format!("[{}]", page.join(","))));
    let polled = bench.poll().await.unwrap();
    assert_eq!(polled.posts.len(), 40);
    assert!(polled.next_in < Duration::from_secs(1));
    assert_eq!(bench.ids().await, (42..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_429_is_obeyed_without_asking_again() {
    let instance = Instance::default();
    let mut bench = bench(&instance, 1).await;
    bench.ids().await;
    let reset = Reply::new(429, "{\"error\":\"Too many requests\"}")
        .header("date", "Sun, 22 Nov 2026 10:00:00 GMT")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", "2026-11-22T10:05:00.000000Z");
    instance.fail(reset);
    for _ in 0..3 {
        let error = bench.poll().await.unwrap_err();
        assert!(
            matches!(error, PollError::RateLimited { retry_after } if (295..=300).contains(&retry_after.as_secs())),
            "{error:?}"
        );
    }
    assert_eq!(
        bench.server.asked().len(),
        3,
        "instance, first page, the 429"
    );
}

#[tokio::test]
async fn closed_timelines_are_recognised_before_they_look_empty() {
    let feeds = |local: &str, remote: &str| {
        format!(
            r#"{{"configuration":{{"timelines_access":{{"hashtag_feeds":{{"local":"{local}","remote":"{remote}"}}}}}}}}"#
        )
    };
    let instance = Instance::default();
    let mut bench = bench(&instance, 1).await;
    *instance.access.lock().unwrap() = feeds("authenticated", "disabled");
    assert!(matches!(bench.poll().await, Err(PollError::Disabled(_))));
    *instance.access.lock().unwrap() = feeds("public", "authenticated");
    bench.ids().await;
    assert!(
        bench
            .server
            .asked()
            .last()
            .unwrap()
            .target
            .contains("local=true")
    );
    let n_before = bench.server.asked().len();
    bench.ids().await;
    assert_eq!(
        bench.server.asked().len(),
        n_before + 1,
        "asked once a day only"
    );
    bench.now = bench.now.plus_secs(86_400);
    *instance.access.lock().unwrap() = feeds("public", "public");
    bench.ids().await;
    assert!(
        !bench
            .server
            .asked()
            .last()
            .unwrap()
            .target
            .contains("local")
    );
}

#[tokio::test]
async fn the_same_post_under_two_groups_comes_once() {
    let instance = Instance::default();
    instance.add(1..=5);
    let mut bench = bench(&instance, 6).await;
    assert_eq!(bench.ids().await.len(), 5);
    let polled = bench.poll().await.unwrap();
    assert_eq!(polled.posts, []);
    assert_eq!(polled.dropped, [(DropReason::Duplicate, 5)]);
}

#[tokio::test]
async fn a_built_source_keeps_below_both_limits_of_its_server() {
    let instance = Instance::default();
    let answering = instance.clone();
    let server = FakeServer::start(move |asked| answering.reply(asked))
        .await
        .unwrap();
    let context = BuildContext {
        outbound: outbound(&server),
        hashtags: vec![("x".to_owned(), None)],
    };
    let table = format!("instances = ['{}']", server.url()).parse().unwrap();
    let mut source = (KIND.build)(table, &context).unwrap().remove(0);
    let polls = async {
        loop {
            source
                .poll(None, Timestamp::from_secs(1_800_000_000))
                .await
                .unwrap();
        }
    };
    let endless = tokio::time::timeout(Duration::from_millis(800), polls).await;
    assert!(endless.is_err());
    let n_asked = server.asked().len();
    assert!(
        (1..=5).contains(&n_asked),
        "{n_asked}: the burst, then one every three seconds"
    );
}
