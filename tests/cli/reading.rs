//! The commands that read posts: `classify`, `explain`, `eval`, `backtest`.

use serde_json::{Value, json};

use crate::util::{Ran, TestApp, night};

fn post(id: u32, text: &str) -> String {
    json!({"id": id.to_string(), "source": "test", "text": text}).to_string()
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn classify_gives_one_line_for_every_line_in_their_order() {
    let long = post(7, &"dark ".repeat(300_000));
    let lines = [
        post(1, "whatsapp is down"),
        "{ broken".to_owned(),
        String::new(),
        post(4, " \u{a0}\t "),
        r#"{"id":"5","source":"test","deleted":true}"#.to_owned(),
        "[]".to_owned(),
        long,
        r#"{"id":8,"source":"test","text":"good morning everybody","lang":7}"#.to_owned(),
        r#"{"id":9,"source":"test","text":"good morning everybody","new":[{}]}"#.to_owned(),
        "   ".to_owned(),
    ];
    let mut input = lines.join("\r\n").into_bytes();
    input.extend(b"\n\xff\xfe\n\n");
    input.extend(post(13, "no line feed at the end").bytes());
    let ran = TestApp::new().run_with_input(&["classify"], &input);
    let out = ran.ndjson();
    let read: Vec<(Option<&str>, Option<&str>)> = out
        .iter()
        .map(|line| (line["id"].as_str(), line["dropped"].as_str()))
        .collect();
    assert_eq!(
        read,
        [
            (Some("1"), None),
            (None, Some("malformed")),
            (None, Some("empty")),
            (Some("4"), Some("empty")),
            (Some("5"), Some("tombstone")),
            (None, Some("malformed")),
            (None, Some("too_large")),
            (None, Some("malformed")),
            (Some("9"), None),
            (None, Some("empty")),
            (None, Some("malformed")),
            (None, Some("empty")),
            (Some("13"), None),
        ]
    );
    for line in &out {
        assert_eq!(keys(line), ["dropped", "id", "signals", "source"]);
    }
    for fault in ["-:2:", "-:6:", "-:7:", "-:8:", "-:11:"] {
        assert!(ran.stderr.contains(fault), "{fault} {}", ran.stderr);
    }
    let cut = TestApp::new().run_with_input(&["classify", "-"], b"\n\n");
    assert_eq!(cut.ndjson().len(), 2);
}

#[test]
fn classify_says_what_the_contract_says() {
    let app = TestApp::new();
    let post = json!({
        "id": "1", "source": "test", "place": "Milano",
        "text": "WhatsApp is down, messages not sending on my android. Switching to Telegram",
    });
    app.write("posts.ndjson", format!("{post}\n"));
    let line = &app.run(&["classify", "posts.ndjson"]).ndjson()[0];
    assert_eq!(line["source"], "test");
    let signals = line["signals"].as_array().unwrap();
    let of = |service: &str| {
        signals
            .iter()
            .find(|signal| signal["service"] == service)
            .unwrap()
    };
    let whatsapp = of("whatsapp");
    for key in [
        "kind",
        "likelihood",
        "countries",
        "platforms",
        "symptoms",
        "cues",
    ] {
        assert!(!whatsapp[key].is_null(), "{key}");
    }
    assert_eq!(whatsapp["kind"], "down");
    assert!((0.5..=1.0).contains(&whatsapp["likelihood"].as_f64().unwrap()));
    assert!(whatsapp["countries"]["IT"].as_f64().unwrap() > 0.5);
    assert_eq!(whatsapp["platforms"], json!(["android"]));
    assert!(
        whatsapp["symptoms"]
            .as_array()
            .unwrap()
            .contains(&json!("messages"))
    );
    assert!(
        whatsapp["cues"]
            .as_array()
            .unwrap()
            .iter()
            .all(Value::is_string)
    );
    assert_eq!(of("telegram")["kind"], "refuge");
    assert!(of("telegram")["likelihood"].as_f64().unwrap() < 0.5);
}

#[test]
fn a_failure_that_nobody_names_has_no_service() {
    let ran = TestApp::new().run_with_input(
        &["classify"],
        post(
            1,
            "nothing works, the whole internet is down since this morning",
        )
        .as_bytes(),
    );
    let signals = &ran.ndjson()[0]["signals"];
    assert_eq!(signals[0]["service"], Value::Null, "{signals}");
    assert!(signals[0].as_object().unwrap().contains_key("service"));
}

/// Weights of the cues, the sum as printed and the percentage, of the only service.
fn explained(ran: &Ran) -> (Vec<f64>, f64, f64) {
    let weight = |line: &str| line.split_whitespace().next().unwrap().parse::<f64>().ok();
    let (sums, cues): (Vec<&str>, Vec<&str>) = ran
        .ok()
        .lines()
        .filter(|line| line.starts_with("  ") && weight(line).is_some())
        .partition(|line| line.ends_with("= log-odds"));
    let percent = ran
        .stdout
        .split(" % likely")
        .next()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap();
    assert_eq!(sums.len(), 1, "{}", ran.stdout);
    let cues = cues.into_iter().map(|line| weight(line).unwrap()).collect();
    (cues, weight(sums[0]).unwrap(), percent.parse().unwrap())
}

#[test]
fn the_cues_of_an_explanation_add_up_to_its_likelihood() {
    for text in [
        "whatsapp giù a Milano, anche a voi?",
        "whatsapp is down for me, messages not sending, anyone else?",
        "is netflix slow today",
        "spotify works fine here",
    ] {
        let ran = TestApp::new().run(&["explain", text]);
        let (cues, sum, percent) = explained(&ran);
        assert!(cues.len() >= 2, "{}", ran.stdout);
        let tolerance = 0.005 * (cues.len() + 1) as f64 + 1e-9;
        assert!(
            (cues.iter().sum::<f64>() - sum).abs() <= tolerance,
            "{}",
            ran.stdout
        );
        let expected = 100.0 / (1.0 + (-sum).exp());
        assert!(
            (expected - percent).abs() <= 1.0,
            "{expected}: {}",
            ran.stdout
        );
    }
}

#[test]
fn an_explanation_names_language_service_and_countries() {
    let app = TestApp::new();
    let ran = app.run(&["explain", "whatsapp giù a Milano, anche a voi?"]);
    for word in [
        "language: it",
        "WhatsApp: down",
        "whatsapp giu",
        "countries: Italy",
    ] {
        assert!(ran.ok().contains(word), "{word}: {}", ran.stdout);
    }
    let bound = [
        "explain",
        "non funziona niente",
        "--service",
        "Telegram",
        "--lang",
        "it-CH",
    ];
    assert!(app.run(&bound).ok().contains("Telegram: down"));
    assert!(
        app.run(&["explain", "good morning"])
            .ok()
            .contains("no service is named")
    );
    assert!(app.run(&["explain", "  "]).ok().contains("dropped: empty"));
    let hostile = app.run(&["explain", "whats\u{202e}app \u{1b}[31mis down"]);
    assert!(
        !hostile.ok().contains(['\u{1b}', '\u{202e}']),
        "{}",
        hostile.stdout
    );
}

/// Three failures found, one label that calls a failure none, two that call chatter a failure.
const LABELLED: [(&str, &str, &str); 9] = [
    (
        "en",
        "down",
        "whatsapp is down, nothing is sending, anyone else?",
    ),
    ("en", "down", "netflix is down again, not working at all"),
    (
        "en",
        "past",
        "instagram is not working for me right now, app won't load",
    ),
    ("en", "degraded", "good morning everybody, coffee first"),
    ("en", "none", "what a lovely song"),
    ("it", "down", "whatsapp non funziona, è down anche a voi?"),
    ("it", "degraded", "buongiorno a tutti, prima il caffè"),
    ("it", "back", "buona serata a tutti"),
    ("it", "ack", "che bella canzone"),
];

fn labelled() -> String {
    let line = |(n, (lang, label, text)): (usize, &(&str, &str, &str))| {
        json!({"id": n, "source": "test", "lang": lang, "label": label, "text": text}).to_string()
    };
    LABELLED
        .iter()
        .enumerate()
        .map(|row| line(row) + "\n")
        .collect()
}

#[test]
fn eval_gives_exact_figures() {
    let app = TestApp::new();
    app.write("labelled.ndjson", labelled());
    let figures = app
        .run(&["eval", "labelled.ndjson", "--output", "json"])
        .json();
    assert_eq!(
        figures,
        json!({
            "total": {"precision": 0.75, "recall": 0.6, "f1": 0.6667, "n": 9},
            "by_lang": {
                "en": {"precision": 0.6667, "recall": 0.6667, "f1": 0.6667, "n": 5},
                "it": {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "n": 4},
            },
        })
    );
    let table = app.run(&["eval", "labelled.ndjson", "--output", "csv"]);
    assert_eq!(
        table.ok(),
        "language,posts,precision,recall,F1\nen,5,0.6667,0.6667,0.6667\nit,4,1.0,0.5,0.6667\n\
         all,9,0.75,0.6,0.6667\n"
    );
}

#[test]
fn eval_tells_what_it_cannot_use() {
    let eval = |content: String| {
        let app = TestApp::new();
        app.write("labelled.ndjson", content);
        app.run(&["eval", "labelled.ndjson", "--output", "json"])
    };
    let ran = eval(format!(
        "{{ broken\n\n{}{{\"id\":\"x\",\"label\":\"down\"}}\n",
        labelled()
    ));
    assert_eq!(ran.json()["total"]["n"], 9);
    assert!(ran.stderr.contains("labelled.ndjson:1:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("labelled.ndjson:12:"), "{}", ran.stderr);
    let unknown = r#"{"id":"1","source":"x","text":"a","label":"broken"}"#;
    assert!(
        eval(unknown.to_owned())
            .fails(1)
            .contains("labelled.ndjson:1: unknown label")
    );
    assert!(eval(String::new()).fails(1).contains("no labelled posts"));
}

fn backtest(truth: &Value, format: &str) -> Ran {
    let app = TestApp::new();
    app.write("truth.json", truth.to_string());
    let night = night();
    app.run(&[
        "backtest",
        night.to_str().unwrap(),
        "--truth",
        "truth.json",
        "--output",
        format,
    ])
}

#[test]
fn a_backtest_tells_found_from_missed_and_leaves_other_recordings_out() {
    let (start, end) = ("2017-05-03T20:00:00Z", "2017-05-03T22:30:00Z");
    let truth = json!([
        {"service": "WhatsApp", "start": start, "end": end, "country": "IT", "note": "ignored"},
        {"service": "telegram", "start": start, "end": end},
        {"service": "A Shop Nobody Knows", "start": start, "end": end},
        {"service": "netflix", "start": start, "end": end, "dataset": "another-recording"},
    ]);
    let verdict = backtest(&truth, "json").json();
    assert_eq!(keys(&verdict), ["false", "found", "missed"]);
    let found = &verdict["found"].as_array().unwrap()[..];
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["service"], "whatsapp");
    assert_eq!(found[0]["start"], start);
    let delay_s = found[0]["delay_s"].as_i64().unwrap();
    assert!((0..=1800).contains(&delay_s), "{delay_s}");
    assert_eq!(
        verdict["missed"],
        json!([
            {"service": "telegram", "start": start},
            {"service": "a-shop-nobody-knows", "start": start},
        ])
    );
    assert_eq!(verdict["false"], json!([]));
}

#[test]
fn a_backtest_calls_what_is_not_in_the_truth_false() {
    let truth = json!([
        {"service": "whatsapp", "start": "2017-05-01T20:13:00Z", "end": "2017-05-01T22:30:00Z"},
    ]);
    let ran = backtest(&truth, "csv");
    let lines: Vec<&str> = ran.ok().lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], "verdict,service,start,incident,delay_s");
    assert_eq!(lines[1], "missed,whatsapp,2017-05-01T20:13:00Z,,");
    assert!(
        lines[2].starts_with("false,whatsapp,2017-05-03T"),
        "{}",
        lines[2]
    );
    assert!(
        backtest(&json!({"no": "array"}), "json")
            .fails(1)
            .contains("truth.json")
    );
}

#[test]
fn recorded_statuses_are_replayed_as_posts() {
    let app = TestApp::new();
    let status = |n: u32| {
        json!({
            "id": n.to_string(), "uri": format!("https://a.example/{n}"), "content": "<p>dark</p>",
            "created_at": format!("2024-01-01T00:00:{n:02}.000Z"), "account": {"acct": "me"},
        })
    };
    let empty = json!({"uri": "https://a.example/3", "created_at": "2024-01-01T00:00:03Z"});
    app.write(
        "statuses.ndjson",
        format!("{}\n{}\n{empty}\n[]\n", status(1), status(2)),
    );
    let ran = app.replay(&["statuses.ndjson", "--format", "mastodon"]);
    ran.ok();
    let totals = "4 posts: 2 counted, 2 dropped (malformed 1, empty 1)";
    assert!(ran.stderr.contains(totals), "{}", ran.stderr);
    assert!(ran.stderr.contains("statuses.ndjson:4:"), "{}", ran.stderr);
}
