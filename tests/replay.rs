//! Replays: bad input, resuming, merging, and that the same posts give the same bytes.

use std::fmt::Write as _;

use crate::util::{Ran, TestApp, night, post};

const QUIET: &str = "good morning everybody, coffee first";

fn dropped(ran: &Ran, reason: &str) -> u64 {
    ran.ok();
    let line = ran
        .stderr
        .lines()
        .find(|line| line.contains(" counted, "))
        .unwrap();
    let after = line.split(&format!("{reason} ")).nth(1).unwrap_or("0");
    after
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap_or(0)
}

fn replayed(content: impl AsRef<[u8]>) -> Ran {
    let app = TestApp::new();
    app.write("posts.ndjson", content);
    app.replay(&["posts.ndjson"])
}

#[test]
fn an_empty_file_is_no_error() {
    let ran = replayed("");
    assert_eq!(ran.ok(), "");
    assert!(ran.stderr.contains("0 posts"), "{}", ran.stderr);
}

#[test]
fn a_broken_line_is_told_with_its_place_and_counted() {
    let ran = replayed(format!(
        "{}\n{{\"id\": \"2\", \"source\": }}\n{}\n",
        post(1, "2024-01-01T00:00:00Z", QUIET),
        post(3, "2024-01-01T00:00:01Z", QUIET),
    ));
    assert_eq!(dropped(&ran, "malformed"), 1);
    assert!(ran.stderr.contains("posts.ndjson:2:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("3 posts: 2 counted"), "{}", ran.stderr);
}

#[test]
fn strict_makes_a_broken_line_an_error() {
    let app = TestApp::new();
    app.write("posts.ndjson", "nonsense\n");
    assert!(
        app.replay(&["--strict", "posts.ndjson"])
            .fails(1)
            .contains("posts.ndjson:1:")
    );
}

#[test]
fn a_line_of_fifty_megabytes_is_dropped() {
    let mut content = post(1, "2024-01-01T00:00:00Z", QUIET);
    write!(
        content,
        "\n{{\"id\":\"2\",\"text\":\"{}\"}}\n",
        "x".repeat(50_000_000)
    )
    .unwrap();
    content.push_str(&post(3, "2024-01-01T00:00:01Z", QUIET));
    assert_eq!(dropped(&replayed(content), "too_large"), 1);
}

#[test]
fn bytes_that_are_no_text_are_dropped() {
    let mut content = b"{\"id\":\"1\",\"source\":\"x\",\"text\":\"\xff\xfe\"}\n".to_vec();
    content.extend_from_slice(b"\x00\x01\x02\xf0\x9f\n");
    assert_eq!(dropped(&replayed(content), "malformed"), 2);
}

#[test]
fn a_post_from_the_future_is_dropped_and_moves_no_clock() {
    let ran = replayed(format!(
        "{}\n{}\n",
        post(1, "9999-12-31T23:59:59Z", QUIET),
        post(2, "2024-01-01T00:00:00Z", QUIET),
    ));
    assert_eq!(dropped(&ran, "future") + dropped(&ran, "malformed"), 1);
    assert!(ran.stderr.contains("1 counted"), "{}", ran.stderr);
}

#[test]
fn a_post_without_a_time_cannot_be_replayed() {
    let ran = replayed(r#"{"id":"1","source":"x","text":"hello"}"#);
    assert_eq!(dropped(&ran, "no_time"), 1);
}

#[test]
fn a_service_that_nobody_catalogued_can_fail_too() {
    // Twelve quiet hours, then thirty people within ten minutes.
    let mut content = String::new();
    for n in 0..720 {
        let at = format!("2024-03-01T{:02}:{:02}:00Z", n / 60, n % 60);
        writeln!(content, "{}", post(n, &at, QUIET)).unwrap();
    }
    for n in 0..30 {
        let at = format!("2024-03-01T12:{:02}:{:02}Z", n / 3, 20 * (n % 3));
        let text = format!("it is down, nothing loads since {n} minutes, anyone else?");
        let mut value: serde_json::Value =
            serde_json::from_str(&post(1000 + n, &at, &text)).unwrap();
        value["services"] = serde_json::json!(["Corner Shop Pay"]);
        writeln!(content, "{value}").unwrap();
    }
    let app = TestApp::new();
    app.write("posts.ndjson", content);
    let events = app.replay(&["posts.ndjson", "--output", "ndjson"]).ndjson();
    assert_eq!(events[0]["event"], "opened");
    assert_eq!(events[0]["incident"]["service"], "corner-shop-pay");
    assert!(events.iter().any(|event| event["event"] == "confirmed"));
}

#[test]
fn a_missing_file_is_a_failure_with_its_name() {
    let ran = TestApp::new().replay(&["nowhere.ndjson"]);
    assert!(ran.fails(1).contains("nowhere.ndjson"));
}

#[test]
fn a_finished_file_is_a_no_op_and_a_longer_one_is_another() {
    let app = TestApp::new();
    let night = night();
    let night = night.to_str().unwrap();
    let first = app.replay(&[night, "--db", "night.db", "--output", "ndjson"]);
    assert!(!first.ok().is_empty());
    let again = app.replay(&[night, "--db", "night.db", "--output", "ndjson"]);
    assert_eq!(again.ok(), "");
    assert!(again.stderr.contains("0 posts"), "{}", again.stderr);
}

#[test]
fn the_same_posts_give_the_same_bytes() {
    let app = TestApp::new();
    let night = night();
    let night = night.to_str().unwrap();
    let once = app.replay(&[night, "--output", "ndjson"]);
    let with_file = app.replay(&[night, "--db", "night.db", "--output", "ndjson"]);
    assert_eq!(once.ok(), with_file.ok());
}

#[test]
fn several_files_merge_by_time() {
    let app = TestApp::new();
    let text = std::fs::read_to_string(night()).unwrap();
    let (mut even, mut odd) = (String::new(), String::new());
    for (n, line) in text.lines().enumerate() {
        writeln!(if n % 2 == 0 { &mut even } else { &mut odd }, "{line}").unwrap();
    }
    app.write("even.ndjson", even);
    app.write("odd.ndjson", odd);
    let merged = app
        .replay(&["even.ndjson", "odd.ndjson", "--output", "ndjson"])
        .ndjson();
    let whole = app
        .replay(&[night().to_str().unwrap(), "--output", "ndjson"])
        .ndjson();
    let steps = |events: &[serde_json::Value]| -> Vec<(String, String)> {
        events
            .iter()
            .filter(|event| event["event"] != "updated")
            .map(|event| {
                (
                    event["event"].to_string(),
                    event["incident"]["service"].to_string(),
                )
            })
            .collect()
    };
    assert_eq!(steps(&merged), steps(&whole));
}

#[test]
fn each_file_has_its_own_posts_and_drops() {
    let app = TestApp::new();
    let good = post(1, "2024-01-01T00:00:00Z", QUIET);
    app.write("one.ndjson", format!("{good}\nnonsense\n"));
    app.write("two.ndjson", post(2, "2024-01-01T00:00:01Z", QUIET));
    app.replay(&["one.ndjson", "two.ndjson", "--db", "two.db"])
        .ok();
    let rows = app
        .run(&["sources", "--db", "two.db", "--output", "ndjson"])
        .ndjson();
    let counts: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["source"].as_str(),
                row["posts"].as_u64(),
                row["dropped"].as_u64(),
            )
        })
        .collect();
    let expected = [
        (Some("one.ndjson"), Some(1), Some(1)),
        (Some("two.ndjson"), Some(1), Some(0)),
    ];
    assert_eq!(counts, expected);
}

#[test]
fn a_deleted_post_leaves_the_evidence() {
    let app = TestApp::new();
    let night = night();
    let night = night.to_str().unwrap();
    app.replay(&[night, "--db", "night.db"]).ok();
    let rows = |sql: &str| {
        app.run(&["query", sql, "--db", "night.db", "--output", "ndjson"])
            .ndjson()
    };
    let shown = rows("SELECT source, id FROM v1_evidence LIMIT 1");
    let (source, id) = (&shown[0]["source"], &shown[0]["id"]);
    let tombstone = serde_json::json!({
        "source": source, "id": id, "deleted": true, "posted_at": "2017-05-04T03:00:00Z",
    });
    app.write("deleted.ndjson", format!("{tombstone}\n"));
    let ran = app.replay(&["deleted.ndjson", "--db", "night.db"]);
    assert_eq!(dropped(&ran, "tombstone"), 1);
    let sql = format!(
        "SELECT count(*) AS n FROM v1_evidence WHERE source = '{}' AND id = '{}'",
        source.as_str().unwrap(),
        id.as_str().unwrap()
    );
    assert_eq!(rows(&sql)[0]["n"], 0);
}

#[test]
fn stdin_is_a_file_named_dash() {
    let app = TestApp::new();
    let input = post(1, "2024-01-01T00:00:00Z", QUIET);
    let ran = app.run_with_input(&["replay", "-"], input.as_bytes());
    ran.ok();
    assert!(ran.stderr.contains("1 counted"), "{}", ran.stderr);
}
