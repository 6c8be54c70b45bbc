//! The daemon as a process, against servers on loopback that speak just enough HTTP/1.1.

mod server;

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::util::{TestApp, night, post};
use server::{FakeServer, Mastodon};

/// Waits in all: 20 s.
const POLLS: u32 = 100;
const POLL_EVERY: Duration = Duration::from_millis(200);

/// `buio run` until it is dropped; its words go to the file `words`.
struct Daemon<'a> {
    app: &'a TestApp,
    child: Child,
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl<'a> Daemon<'a> {
    /// Starts it on `config`, with the database `buio.db`.
    fn start(app: &'a TestApp, config: &str) -> Self {
        app.write("buio.toml", config);
        Self::spawn(
            app,
            app.command(&["run", "--config", "buio.toml", "--db", "buio.db"]),
        )
    }

    fn spawn(app: &'a TestApp, mut command: Command) -> Self {
        let words = File::create(app.path("words")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(words).spawn().unwrap();
        Daemon { app, child }
    }

    fn words(&self) -> String {
        std::fs::read_to_string(self.app.path("words")).unwrap()
    }

    fn is_up(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Rows of a statement; none while there is no database yet.
    fn rows(&self, sql: &str) -> Vec<Value> {
        let ran = self
            .app
            .run(&["query", sql, "--db", "buio.db", "--output", "ndjson"]);
        if ran.code == Some(0) {
            ran.ndjson()
        } else {
            Vec::new()
        }
    }

    /// Waits until the statement's rows are as wished, and gives them.
    fn wait_for(&mut self, sql: &str, is_wished: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let mut rows = Vec::new();
        for _ in 0..POLLS {
            assert!(self.is_up(), "it ended: {}", self.words());
            rows = self.rows(sql);
            if is_wished(&rows) {
                return rows;
            }
            std::thread::sleep(POLL_EVERY);
        }
        panic!("{sql}: {rows:#?}\n{}", self.words());
    }

    /// Waits until `n` posts have come in from all sources together.
    fn wait_for_posts(&mut self, n: u64) {
        let sql = "SELECT coalesce(sum(posts), 0) AS n FROM v1_sources";
        self.wait_for(sql, |rows| {
            rows.first().is_some_and(|row| row["n"].as_u64() >= Some(n))
        });
    }

    /// Sends a signal; its exit code, if it ends within 5 s.
    fn end_by(&mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        for _ in 0..100 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("still up 5 s after {signal}: {}", self.words());
    }
}

/// A configuration of sources on the given servers.
fn config(servers: &[&FakeServer], sources: &str) -> String {
    let hosts: Vec<String> = servers
        .iter()
        .map(|server| format!("'{}'", server.host()))
        .collect();
    format!(
        "[network]\nallow_private = [{}]\n{sources}",
        hosts.join(", ")
    )
}

fn mastodon_source(url: &str) -> String {
    format!(
        "[[source]]\ntype = 'mastodon'\ninstances = ['{url}']\ninterval_s = 10\n\
         hashtags = [{{ tag = 'whatsappdown', service = 'whatsapp' }}, 'one', 'two', 'three',\n\
         'four', 'five']\n"
    )
}

fn feed_source(name: &str, url: &str) -> String {
    format!(
        "[[source]]\ntype = 'feed'\nurl = '{url}'\nname = '{name}'\nrole = 'user'\n\
         services = ['netflix']\n"
    )
}

const COUNTS: &str = "SELECT service, sum(posts) AS posts, sum(reports) AS reports FROM v1_counts
    GROUP BY service ORDER BY service";

#[test]
fn posts_of_a_timeline_and_of_a_feed_are_counted_for_their_services() {
    let app = TestApp::new();
    let mastodon = Mastodon::start();
    mastodon.publish("WhatsApp is down for me in Milan, no messages since ten minutes");
    mastodon.publish("is whatsapp not working for anyone else? can't send anything");
    mastodon.publish("whatsapp won't connect, neither wifi nor mobile");
    let feed = server::feed(&[
        "Netflix is down, error on every device",
        "netflix not loading at all",
    ]);
    let sources = mastodon_source(&mastodon.server.url()) + &feed_source("forum", &feed.url());
    let mut daemon = Daemon::start(&app, &config(&[&mastodon.server, &feed], &sources));
    daemon.wait_for_posts(5);

    let sources =
        daemon.rows("SELECT source, kind, state, posts, error FROM v1_sources ORDER BY kind");
    let expected = serde_json::json!([
        {"source": "feed:forum", "kind": "feed", "state": "ok", "posts": 2, "error": null},
        {"source": format!("mastodon:{}", mastodon.server.host()), "kind": "mastodon",
         "state": "ok", "posts": 3, "error": null},
    ]);
    assert_eq!(Value::from(sources), expected);
    let counts = daemon.rows(COUNTS);
    assert_eq!(
        Value::from(counts),
        serde_json::json!([
            {"service": "netflix", "posts": 2, "reports": 2},
            {"service": "whatsapp", "posts": 3, "reports": 3},
        ])
    );
    assert!(
        mastodon
            .server
            .requests()
            .iter()
            .all(|request| request.agent.contains("buio/"))
    );
}

#[test]
fn a_burst_longer_than_a_page_is_read_to_its_end_and_once() {
    let app = TestApp::new();
    let mastodon = Mastodon::start();
    mastodon.publish("first");
    let sources = mastodon_source(&mastodon.server.url());
    let mut daemon = Daemon::start(&app, &config(&[&mastodon.server], &sources));
    daemon.wait_for_posts(1);
    for n in 0..95 {
        mastodon.publish(&format!("whatsapp is down, number {n} of those who say so"));
    }
    daemon.wait_for_posts(96);
    let source = &daemon.rows("SELECT posts, dropped FROM v1_sources")[0];
    assert_eq!(*source, serde_json::json!({"posts": 96, "dropped": 0}));
}

#[test]
fn after_a_restart_nothing_is_counted_twice() {
    let app = TestApp::new();
    let mastodon = Mastodon::start();
    let feed = server::feed(&["Netflix is down, error on every device"]);
    let sources = mastodon_source(&mastodon.server.url()) + &feed_source("forum", &feed.url());
    let config = config(&[&mastodon.server, &feed], &sources);
    for n in 0..3 {
        mastodon.publish(&format!("whatsapp is down, says number {n}"));
    }
    let mut daemon = Daemon::start(&app, &config);
    daemon.wait_for_posts(4);
    assert_eq!(daemon.end_by("-TERM"), Some(0), "{}", daemon.words());
    assert!(
        daemon.words().contains("4 posts: 4 counted"),
        "{}",
        daemon.words()
    );
    drop(daemon);
    let (n_asked, n_fetched) = (mastodon.server.requests().len(), feed.requests().len());

    for n in 3..5 {
        mastodon.publish(&format!("whatsapp is down, says number {n}"));
    }
    let mut daemon = Daemon::start(&app, &config);
    daemon.wait_for_posts(6);
    let is_asked_again = |feed: &FakeServer| feed.requests().len() > n_fetched;
    daemon.wait_for("SELECT 1", |_| is_asked_again(&feed));
    assert_eq!(daemon.end_by("-TERM"), Some(0));
    let posts = daemon.rows("SELECT sum(posts) AS n FROM v1_counts WHERE service = 'whatsapp'");
    assert_eq!(posts[0]["n"], 5);
    let posts = daemon.rows("SELECT sum(posts) AS n FROM v1_counts WHERE service = 'netflix'");
    assert_eq!(posts[0]["n"], 1);

    // It asked for what is newer, not for everything again.
    let later = &mastodon.server.requests()[n_asked..];
    let timeline = later
        .iter()
        .find(|request| request.target.contains("whatsappdown"))
        .unwrap();
    assert!(timeline.target.contains("min_id="), "{}", timeline.target);
    assert!(feed.requests()[n_fetched].is_conditional);
}

#[test]
fn servers_that_fail_are_shown_and_the_others_are_still_read() {
    let app = TestApp::new();
    let mastodon = Mastodon::start();
    mastodon.publish("whatsapp is down");
    let broken = FakeServer::start(|_| server::Answer::status(500));
    let page = FakeServer::start(|_| server::Answer::new("text/html", "<!DOCTYPE html><p>Hello"));
    let closed = FakeServer::closed();
    let sources = [
        feed_source("broken", &broken.url()),
        feed_source("page", &page.url()),
        feed_source("closed", &closed.url()),
        mastodon_source(&page.url()),
        mastodon_source(&mastodon.server.url()),
    ];
    let servers = [&mastodon.server, &broken, &page, &closed];
    let mut daemon = Daemon::start(&app, &config(&servers, &sources.concat()));
    let rows = daemon.wait_for("SELECT source, state, error FROM v1_sources", |rows| {
        rows.len() == 5 && rows.iter().all(|row| row["state"] != "starting")
    });
    for (source, state) in [
        ("feed:broken", "unreachable"),
        ("feed:page", "unreadable"),
        ("feed:closed", "unreachable"),
        (&format!("mastodon:{}", page.host()), "unreadable"),
        (&format!("mastodon:{}", mastodon.server.host()), "ok"),
    ] {
        let row = rows.iter().find(|row| row["source"] == source).unwrap();
        assert_eq!(row["state"], state, "{row}");
        assert_eq!(row["error"].is_null(), state == "ok", "{row}");
    }
    let listed = app.run(&["sources", "--db", "buio.db"]);
    assert!(listed.ok().contains("unreachable") && listed.stdout.contains("unreadable"));
    daemon.wait_for_posts(1);
    assert!(daemon.is_up());
    assert!(!daemon.words().contains('\u{1b}'), "colours in a file");
}

#[test]
fn a_private_address_that_nobody_allowed_is_not_asked() {
    let app = TestApp::new();
    let mastodon = Mastodon::start();
    let sources = mastodon_source(&mastodon.server.url());
    let mut daemon = Daemon::start(&app, &config(&[], &sources));
    daemon.wait_for("SELECT state FROM v1_sources", |rows| {
        rows.first()
            .is_some_and(|row| row["state"] != "starting" && row["state"] != "ok")
    });
    assert!(mastodon.server.requests().is_empty());
}

#[test]
fn an_interrupt_ends_it_with_130() {
    let app = TestApp::new();
    let mastodon = Mastodon::start();
    let sources = mastodon_source(&mastodon.server.url());
    let mut daemon = Daemon::start(&app, &config(&[&mastodon.server], &sources));
    daemon.wait_for("SELECT 1 FROM v1_sources WHERE state = 'ok'", |rows| {
        !rows.is_empty()
    });
    assert_eq!(daemon.end_by("-INT"), Some(130), "{}", daemon.words());
    assert!(
        daemon.words().contains("stopping; 0 posts"),
        "{}",
        daemon.words()
    );
}

#[test]
fn a_second_daemon_on_the_same_database_is_refused() {
    let app = TestApp::new();
    let mastodon = Mastodon::start();
    let sources = mastodon_source(&mastodon.server.url());
    let mut daemon = Daemon::start(&app, &config(&[&mastodon.server], &sources));
    daemon.wait_for("SELECT 1 FROM v1_sources", |rows| !rows.is_empty());
    let night = night();
    for args in [
        &["run", "--config", "buio.toml", "--db", "buio.db"][..],
        &["replay", night.to_str().unwrap(), "--db", "buio.db"],
    ] {
        let ran = app.run(args);
        assert!(
            ran.fails(1)
                .contains("another process is writing to buio.db"),
            "{}",
            ran.stderr
        );
    }
    assert!(daemon.is_up());
}

#[test]
fn without_a_configuration_it_starts_on_defaults_and_stays_up() {
    let app = TestApp::new();
    // Where the system lets us, without a network: then no server hears of it, and it must show
    // all of them as out of reach.
    let offline = ["--net", "--map-root-user"];
    let probe = Command::new("unshare").args(offline).arg("true").output();
    let is_offline = probe.is_ok_and(|output| output.status.success());
    let plain = app.command(&["run", "--db", "buio.db"]);
    let mut command = if is_offline {
        Command::new("unshare")
    } else {
        Command::new(plain.get_program())
    };
    if is_offline {
        command.args(offline).arg(plain.get_program());
    }
    command
        .args(plain.get_args())
        .current_dir(app.path(""))
        .env_clear()
        .env("HOME", app.path(""));
    let mut daemon = Daemon::spawn(&app, command);
    let sql = "SELECT state FROM v1_sources WHERE kind = 'mastodon'";
    daemon.wait_for(sql, |rows| {
        rows.len() >= 5 && (!is_offline || rows.iter().all(|row| row["state"] == "unreachable"))
    });
    std::thread::sleep(Duration::from_secs(2));
    assert!(daemon.is_up());
    assert!(
        daemon.words().contains("built-in configuration"),
        "{}",
        daemon.words()
    );
    assert_eq!(daemon.end_by("-TERM"), Some(0), "{}", daemon.words());
}

#[test]
fn recorded_posts_are_played_in_place_of_sources() {
    let app = TestApp::new();
    let night = night();
    let play = [
        "run",
        "--db",
        "buio.db",
        "--replay",
        night.to_str().unwrap(),
        "--speed",
        "max",
    ];
    let ran = app.run(&play);
    assert!(
        ran.ok().contains("opened") && ran.stdout.contains("resolved"),
        "{}",
        ran.stdout
    );
    let list = app
        .run(&["incidents", "--db", "buio.db", "--output", "ndjson"])
        .ndjson();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["service"], "whatsapp");
    assert_eq!(
        app.run(&play).ok(),
        "",
        "a finished recording is played once"
    );
}

#[test]
fn a_recording_at_set_speed_takes_its_time_and_can_be_continued() {
    let app = TestApp::new();
    let lines = [
        post(1, "2024-01-01T00:00:00Z", "one"),
        post(2, "2024-01-01T01:00:00Z", "two"),
    ];
    app.write("posts.ndjson", lines.join("\n"));
    let play = |speed| {
        [
            "run",
            "--db",
            "buio.db",
            "--replay",
            "posts.ndjson",
            "--speed",
            speed,
        ]
    };
    let mut daemon = Daemon::spawn(&app, app.command(&play("2")));
    daemon.wait_for_posts(1);
    assert_eq!(daemon.end_by("-INT"), Some(130), "{}", daemon.words());
    let posts = || {
        app.run(&["sources", "--db", "buio.db", "--output", "json"])
            .json()[0]["posts"]
            .clone()
    };
    assert_eq!(posts(), 1);
    let ran = app.run(&play("7200"));
    ran.ok();
    assert!(ran.stderr.contains("1 posts: 1 counted"), "{}", ran.stderr);
    assert_eq!(posts(), 2);
}
