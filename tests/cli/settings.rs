//! `check`, `config` and `services`: what the program runs on.

use std::collections::BTreeSet;

use crate::util::{Ran, TestApp};

const CONFIG: &str = r#"
[store]
path = "somewhere/buio.db"

[log]
level = "info"
format = "json"

[network]
contact = "mailto:ops@example.org"
allow_private = ["127.0.0.1:8080"]

[[source]]
type = "mastodon"
instances = ["one.example", "two.example"]
hashtags = ["whatsappdown", { tag = "telegramdown", service = "telegram" }]

[[source]]
type = "feed"
url = "https://me:hush-1@forum.example/outages.rss?feed_token=hush-2"
name = "forum"
role = "user"
"#;

fn run(command: &str, config: &str) -> Ran {
    let app = TestApp::new();
    app.write("buio.toml", config);
    app.run(&[command, "--config", "buio.toml"])
}

#[test]
fn a_good_configuration_is_said_to_be_good() {
    let ran = run("check", CONFIG);
    assert!(
        ran.ok().starts_with("buio.toml: ok (2 sources, "),
        "{}",
        ran.stdout
    );
    assert!(run("check", "").ok().contains("ok (0 sources"));
    let built_in = TestApp::new().run(&["check"]);
    assert!(
        built_in.ok().starts_with("built-in configuration: ok"),
        "{}",
        built_in.stdout
    );
}

#[test]
fn a_fault_is_told_with_its_place_and_the_nearest_key() {
    for (config, expected) in [
        ("[store]\npth = 'x'\n", "buio.toml:2:1: unknown field `pth`"),
        ("[store]\npth = 'x'\n", "did you mean `path`?"),
        ("[stoer]\n", "did you mean `store`?"),
        (
            "\n\n[log]\n  level = 'loud'\n",
            "buio.toml:4:11: no log level \"loud\"",
        ),
        (
            "[network]\nallow_private = ['a:1', 'nowhere']\n",
            "buio.toml:2:25: not host:port",
        ),
        (
            "[[source]]\ntype = 'mastodn'\n",
            "buio.toml:2:1: unknown type `mastodn`",
        ),
        ("[[source]]\ntype = 'mastodn'\n", "did you mean `mastodon`?"),
        (
            "[[source]]\ntype = 'feed'\nurl = 'ftp://a.example/'\n",
            "buio.toml:3:1: ",
        ),
        (
            "[[source]]\ntype = 'feed'\n",
            "buio.toml:1:1: a feed needs its url",
        ),
        (
            "[[source]]\ntype = 'mastodon'\ninterval = 60\n",
            "did you mean `interval_s`?",
        ),
        ("[store\n", "buio.toml:1:"),
        ("[store]\npath = 7\n", "buio.toml:2:8: "),
    ] {
        let ran = run("check", config);
        assert!(ran.fails(1).contains(expected), "{config}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
        for command in ["config", "run"] {
            assert!(
                run(command, config).fails(1).contains(expected),
                "{command} {config}"
            );
        }
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let ran = run(
        "check",
        "[log]\nlevel = 'loud'\nformat = 'xml'\n[[source]]\ntype = 'fax'\n",
    );
    let words = ran.fails(1);
    for part in ["buio.toml:2:9: ", "buio.toml:3:10: ", "buio.toml:5:1: "] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn data_files_are_checked_with_the_configuration() {
    let app = TestApp::new();
    app.write("buio.toml", "[data]\nservices = 'mine.toml'\n");
    assert!(
        app.run(&["check", "--config", "buio.toml"])
            .fails(1)
            .contains("mine.toml")
    );
    app.write("mine.toml", "[[service]]\nid = 'Not A Slug'\n");
    assert!(
        app.run(&["check", "--config", "buio.toml"])
            .fails(1)
            .contains("mine.toml:")
    );
}

#[test]
fn the_effective_configuration_is_a_configuration() {
    let app = TestApp::new();
    app.write("buio.toml", CONFIG);
    let shown = app.run(&["config", "--config", "buio.toml"]);
    let table: toml::Table = shown.ok().parse().unwrap();
    assert_eq!(table["store"]["path"].as_str(), Some("somewhere/buio.db"));
    assert_eq!(table["log"]["format"].as_str(), Some("json"));
    assert_eq!(table["source"].as_array().unwrap().len(), 2);
    app.write("shown.toml", shown.ok());
    assert!(
        app.run(&["check", "--config", "shown.toml"])
            .ok()
            .contains("ok (2 sources")
    );
    let again = app.run(&["config", "--config", "shown.toml"]);
    assert_eq!(again.ok().replace("shown.toml", "buio.toml"), shown.stdout);

    let built_in = app.run(&["config"]);
    let table: toml::Table = built_in.ok().parse().unwrap();
    let home = app.path(".local/state/buio/buio.db");
    assert_eq!(table["store"]["path"].as_str(), home.to_str());
}

#[test]
fn secrets_are_not_shown() {
    let shown = run("config", CONFIG);
    assert!(!shown.ok().contains("hush"), "{}", shown.stdout);
    assert!(
        shown.stdout.contains("forum.example/outages.rss?********"),
        "{}",
        shown.stdout
    );
}

#[test]
fn the_configuration_is_found_where_it_is_expected() {
    let app = TestApp::new();
    let home = app.path(".config/buio");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("config.toml"), "[store]\npath = 'from-home.db'\n").unwrap();
    assert!(app.run(&["config"]).ok().contains("from-home.db"));
    app.write("named.toml", "[store]\npath = 'from-variable.db'\n");
    let output = app
        .command(&["config"])
        .env("BUIO_CONFIG", "named.toml")
        .output()
        .unwrap();
    assert!(Ran::from(output).ok().contains("from-variable.db"));
    let state = app
        .command(&["incidents"])
        .env("STATE_DIRECTORY", "state")
        .output()
        .unwrap();
    assert!(
        Ran::from(state).fails(1).contains("from-home.db"),
        "store.path comes first"
    );
    std::fs::remove_file(home.join("config.toml")).unwrap();
    let state = app
        .command(&["incidents"])
        .env("STATE_DIRECTORY", "state")
        .output()
        .unwrap();
    assert!(Ran::from(state).fails(1).contains("state/buio.db"));
}

#[test]
fn services_are_listed_and_filtered() {
    let app = TestApp::new();
    let all = app.run(&["services", "--output", "ndjson"]).ndjson();
    let ids: Vec<&str> = all.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(ids.len() >= 150);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let of = |filter: &str| app.run(&["services", filter, "--output", "json"]).json();
    for filter in ["whatsapp", "WhatsApp", "واتساب", "twitter"] {
        let found = of(filter);
        let expected = if filter == "twitter" { "x" } else { "whatsapp" };
        let row = found
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == expected);
        let row = row.unwrap_or_else(|| panic!("{filter}: {found}"));
        assert_eq!(row["countries"], "worldwide");
    }
    let csv = app.run(&["services", "whatsapp", "--output", "csv"]);
    assert!(
        csv.ok()
            .starts_with("id,name,category,countries,provider,status_page,aliases\n")
    );
    assert!(app.run(&["services", "whatsapp"]).ok().contains("WhatsApp"));
    let none = app.run(&["services", "no such service anywhere"]);
    assert_eq!(none.ok(), "");
    assert!(none.stderr.contains("no service of that name"));
}
