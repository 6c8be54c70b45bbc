//! The commands that read a database: `incidents`, `summary`, `query`, `sources`.

use std::sync::OnceLock;

use serde_json::Value;

use crate::util::{Ran, TestApp, night};

/// A program beside `night.db`, the replayed night. It is replayed once; everybody has a copy.
pub(crate) fn with_night() -> TestApp {
    static NIGHT_DB: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = NIGHT_DB.get_or_init(|| {
        let app = TestApp::new();
        app.replay(&[night().to_str().unwrap(), "--db", "night.db"])
            .ok();
        std::fs::read(app.path("night.db")).unwrap()
    });
    let app = TestApp::new();
    app.write("night.db", bytes);
    app
}

fn run(app: &TestApp, args: &[&str]) -> Ran {
    let mut all = args.to_vec();
    all.extend(["--db", "night.db"]);
    app.run(&all)
}

fn only_id(app: &TestApp) -> String {
    let list = run(app, &["incidents", "--output", "json"]).json();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 1);
    list[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn incidents_are_listed_in_four_formats() {
    let app = with_night();
    let id = only_id(&app);
    let list = |format| run(&app, &["incidents", "list", "--output", format]);

    let json = list("json").json();
    let incident = &json[0];
    assert_eq!(incident["service_name"], "WhatsApp");
    assert_eq!(incident["state"], "resolved");
    assert!(
        incident["evidence"]
            .as_array()
            .is_some_and(|posts| !posts.is_empty())
    );
    assert_eq!(list("ndjson").ndjson(), std::slice::from_ref(incident));

    let csv = list("csv");
    let lines: Vec<&str> = csv.ok().lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("id,service,state,"), "{}", lines[0]);
    assert!(
        lines[1].starts_with(&format!("{id},WhatsApp,resolved,")),
        "{}",
        lines[1]
    );

    let table = list("table");
    for word in ["started_at", id.as_str(), "WhatsApp", "resolved", "IT"] {
        assert!(table.ok().contains(word), "{word}: {}", table.stdout);
    }
    assert_eq!(
        run(&app, &["incidents"]).ok(),
        table.stdout,
        "list and table are the defaults"
    );
}

#[test]
fn incidents_are_filtered() {
    let app = with_night();
    for (filter, expected) in [
        (&["--service", "whatsapp"][..], 1),
        (&["--service", "WhatsApp"], 1),
        (&["--service", "telegram"], 0),
        (&["--country", "IT"], 1),
        (&["--country", "it"], 1),
        (&["--country", "NZ"], 0),
        (&["--state", "resolved"], 1),
        (&["--state", "confirmed"], 0),
        (&["--since", "2017-05-03"], 1),
        (&["--since", "2017-05-04T12:00:00Z"], 0),
        (&["--until", "2017-05-04"], 1),
        (&["--until", "2017-05-03T12:00:00+02:00"], 0),
        (
            &[
                "--since",
                "2017-05-03T22:00:00Z",
                "--until",
                "2017-05-03T22:01:00Z",
            ],
            1,
        ),
        (
            &[
                "--service",
                "whatsapp",
                "--country",
                "IT",
                "--state",
                "dismissed",
            ],
            0,
        ),
    ] {
        let mut args = vec!["incidents", "--output", "ndjson"];
        args.extend(filter);
        assert_eq!(run(&app, &args).ndjson().len(), expected, "{filter:?}");
    }
    let none = run(&app, &["incidents", "--state", "suspected"]);
    assert_eq!(none.ok(), "");
    assert!(none.stderr.contains("no incidents"));
}

#[test]
fn one_incident_is_shown_with_its_history_and_evidence() {
    let app = with_night();
    let id = only_id(&app);
    let json = run(&app, &["incidents", "show", &id, "--output", "json"]).json();
    let listed = run(&app, &["incidents", "--output", "json"]).json();
    assert_eq!(json, listed);
    let shown = run(&app, &["incidents", "show", &id]);
    for word in [
        "opened",
        "confirmed",
        "acknowledged",
        "recovering",
        "resolved",
        "posted_at",
    ] {
        assert!(shown.ok().contains(word), "{word}");
    }
    let quoted = json[0]["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|p| p["text"].as_str());
    // Retention follows the replay's clock, so the words are still there.
    assert!(shown.stdout.contains(quoted.unwrap()));
}

#[test]
fn tail_ends_with_the_last_step() {
    let app = with_night();
    let steps = run(
        &app,
        &["incidents", "tail", "--no-follow", "--output", "ndjson"],
    )
    .ndjson();
    assert!((1..=10).contains(&steps.len()));
    let times: Vec<&str> = steps
        .iter()
        .map(|step| step["at"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(steps.last().unwrap()["event"], "resolved");
}

#[test]
fn an_unknown_incident_is_a_failure_that_names_it() {
    let app = with_night();
    for args in [
        &["incidents", "show", "nobody-1"][..],
        &["summary", "nobody-1"],
    ] {
        let ran = run(&app, args);
        assert!(ran.fails(1).contains("nobody-1"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn summaries_come_in_two_languages_and_four_formats() {
    let app = with_night();
    let id = only_id(&app);
    let summary = |lang: &str, format: &str| {
        run(&app, &["summary", &id, "--lang", lang, "--format", format])
            .ok()
            .to_owned()
    };
    for (lang, words) in [
        ("en", ["Italy", "reports", "As of"]),
        ("it", ["Italia", "segnalazioni", "Situazione alle"]),
    ] {
        let object: Value = serde_json::from_str(&summary(lang, "json")).unwrap();
        assert_eq!(object["language"], lang);
        assert_eq!(object["incident"], id.as_str());
        let headline = object["headline"].as_str().unwrap();
        assert!(headline.contains("WhatsApp"), "{headline}");
        for format in ["text", "markdown", "html"] {
            let text = summary(lang, format);
            for word in words.iter().chain([&headline]) {
                assert!(text.contains(word), "{lang} {format} lacks {word}: {text}");
            }
        }
        assert!(summary(lang, "text").starts_with(headline));
        assert!(summary(lang, "markdown").starts_with("## "));
        assert!(summary(lang, "html").contains(&format!("lang=\"{lang}\"")));
    }
    assert_eq!(
        summary("it-CH", "text").lines().next(),
        summary("it", "text").lines().next()
    );
}

#[test]
fn a_query_reads_the_views() {
    let app = with_night();
    let id = only_id(&app);
    let sql = "SELECT id, state, 1 AS one, NULL AS absent, 0.5 AS half FROM v1_incidents";
    let query = |format| run(&app, &["query", sql, "--output", format]);
    let expected = serde_json::json!(
        {"id": id, "state": "resolved", "one": 1, "absent": null, "half": 0.5}
    );
    assert_eq!(query("ndjson").ndjson(), std::slice::from_ref(&expected));
    assert_eq!(query("json").json(), serde_json::json!([expected]));
    assert_eq!(
        query("csv").ok(),
        format!("id,state,one,absent,half\n{id},resolved,1,,0.5\n")
    );
    assert!(query("table").ok().contains(&id));
    let formula = run(
        &app,
        &["query", "SELECT '=1+1' AS a, -1.5 AS b", "--output", "csv"],
    );
    assert_eq!(formula.ok(), "a,b\n'=1+1,-1.5\n");
}

#[test]
fn a_query_never_writes() {
    let app = with_night();
    let before = std::fs::read(app.path("night.db")).unwrap();
    for sql in [
        "DELETE FROM incidents",
        "UPDATE sources SET posts = 0",
        "INSERT INTO cursors VALUES ('a', 'b')",
        "DROP TABLE counts",
        "DROP VIEW v1_counts",
        "PRAGMA user_version = 7",
        "PRAGMA journal_mode = DELETE",
        "VACUUM",
        "VACUUM INTO 'copy.db'",
        "ATTACH 'other.db' AS other",
        "SELECT 1; DELETE FROM incidents",
        "SELEC 1",
        "SELECT * FROM v1_nothing",
    ] {
        let ran = run(&app, &["query", sql]);
        assert!(ran.fails(1).starts_with("error: "), "{sql}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{sql}");
    }
    assert_eq!(std::fs::read(app.path("night.db")).unwrap(), before);
    assert!(!app.path("copy.db").exists() && !app.path("other.db").exists());
}

#[test]
fn sources_show_where_the_posts_came_from() {
    let app = with_night();
    let sources = run(&app, &["sources", "--output", "json"]).json();
    let n_lines = std::fs::read_to_string(night()).unwrap().lines().count();
    let source = &sources.as_array().unwrap()[..];
    assert_eq!(source.len(), 1);
    assert_eq!(source[0]["kind"], "replay");
    assert_eq!(source[0]["state"], "ok");
    assert_eq!(source[0]["posts"], n_lines);
    assert_eq!(source[0]["dropped"], 0);
    let header = run(&app, &["sources", "--output", "csv"]);
    assert!(
        header
            .ok()
            .starts_with("source,kind,state,last_ok_at,last_post_at,lag_s,")
    );
}

#[test]
fn what_is_no_database_of_ours_is_left_alone() {
    let app = TestApp::new();
    let notes = "these are notes, not a database, and long enough to have a header of their own";
    app.write("notes.txt", notes);
    for args in [
        &["incidents", "--db", "notes.txt"][..],
        &["query", "SELECT 1", "--db", "notes.txt"],
        &["replay", night().to_str().unwrap(), "--db", "notes.txt"],
    ] {
        assert!(
            app.run(args).fails(1).contains("no buio database"),
            "{args:?}"
        );
    }
    assert_eq!(
        std::fs::read_to_string(app.path("notes.txt")).unwrap(),
        notes
    );
}
