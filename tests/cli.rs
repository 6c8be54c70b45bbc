//! Each command on its real output: what it prints, where, and how it exits.
//!
//! - this file: help, version, exit codes, closed pipes, interrupts
//! - `counts`: `detect`
//! - `database`: `incidents`, `summary`, `query`, `sources`
//! - `reading`: `classify`, `explain`, `eval`, `backtest`
//! - `settings`: `check`, `config`, `services`

mod counts;
mod database;
mod reading;
mod settings;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::util::{TestApp, night};

const COMMANDS: [&str; 14] = [
    "backtest",
    "check",
    "classify",
    "config",
    "detect",
    "eval",
    "explain",
    "incidents",
    "query",
    "replay",
    "run",
    "services",
    "sources",
    "summary",
];

#[test]
fn help_lists_exactly_the_commands_that_exist() {
    let app = TestApp::new();
    let ran = app.run(&["--help"]);
    let help = ran.ok();
    let listed = help
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let mut names: Vec<&str> = listed
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    names.retain(|name| *name != "help");
    names.sort_unstable();
    assert_eq!(names, COMMANDS);
    for name in COMMANDS {
        let ran = app.run(&[name, "--help"]);
        assert!(
            ran.ok().contains(&format!("Usage: buio {name}")),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn the_version_is_one_line() {
    let ran = TestApp::new().run(&["--version"]);
    let expected = format!("buio {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(ran.ok(), expected);
}

#[test]
fn wrong_usage_exits_with_two_and_prints_no_data() {
    let app = TestApp::new();
    let wrong: [&[&str]; 27] = [
        &[],
        &["frobnicate"],
        &["--frob"],
        &["classify", "--frob"],
        &["classify", "a", "b"],
        &["explain"],
        &["replay"],
        &["replay", "x", "--speed", "fast"],
        &["replay", "x", "--speed", "0"],
        &["replay", "x", "--speed=-1"],
        &["replay", "x", "--speed", "NaN"],
        &["replay", "x", "--format", "csv"],
        &["run", "--speed", "2"],
        &["detect"],
        &["detect", "x", "--preset", "bold"],
        &["detect", "x", "--output", "json"],
        &["eval"],
        &["backtest", "x"],
        &["query"],
        &["summary"],
        &["summary", "x", "--lang", "xx"],
        &["summary", "x", "--format", "pdf"],
        &["services", "--output", "xml"],
        &["incidents", "--state", "broken"],
        &["incidents", "--country", "Italy"],
        &["incidents", "--since", "yesterday"],
        &["incidents", "show"],
    ];
    for args in wrong {
        let ran = app.run(args);
        assert!(!ran.fails(2).is_empty(), "{args:?}");
        assert_eq!(ran.stdout, "", "{args:?}");
    }
}

#[test]
fn what_is_not_there_is_a_failure_with_its_name() {
    let app = TestApp::new();
    app.write("posts.ndjson", "");
    app.write("truth.json", "[]");
    let missing: [&[&str]; 15] = [
        &["classify", "nowhere"],
        &["detect", "nowhere"],
        &["eval", "nowhere"],
        &["replay", "nowhere"],
        &["backtest", "nowhere", "--truth", "truth.json"],
        &["backtest", "posts.ndjson", "--truth", "nowhere"],
        &["run", "--config", "nowhere"],
        &["run", "--db", "run.db", "--replay", "nowhere"],
        &["incidents", "--db", "nowhere"],
        &["incidents", "tail", "--db", "nowhere"],
        &["summary", "x", "--db", "nowhere"],
        &["query", "SELECT 1", "--db", "nowhere"],
        &["sources", "--db", "nowhere"],
        &["check", "--config", "nowhere"],
        &["config", "--config", "nowhere"],
    ];
    for args in missing {
        let ran = app.run(args);
        assert!(ran.fails(1).contains("nowhere"), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{args:?}");
    }
    assert!(!app.path("nowhere").exists(), "reading made a file");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let app = TestApp::new();
    let night = night();
    let rows: String = (0..20_000)
        .map(|n| format!("{},1\n", 1_700_000_000 + 60 * n))
        .collect();
    app.write("counts.csv", rows);
    for args in [
        &["services", "--output", "csv"][..],
        &["services", "--output", "json"],
        &["services", "--output", "ndjson"],
        &["services"],
        &["detect", "counts.csv"],
        &["classify", night.to_str().unwrap()],
        &["config"],
        &["--help"],
    ] {
        let mut command = app.command(args);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let line = first_line(&mut child);
        let output = child.wait_with_output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(!line.is_empty() && words.is_empty(), "{args:?}: {words}");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn an_interrupt_ends_it_with_130() {
    let app = database::with_night();
    let mut command = app.command(&[
        "incidents",
        "tail",
        "--db",
        "night.db",
        "--output",
        "ndjson",
    ]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    assert!(first_line(&mut child).contains("whatsapp"));
    std::thread::sleep(Duration::from_millis(200));
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// What comes first; then the pipe is closed.
fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    line
}
