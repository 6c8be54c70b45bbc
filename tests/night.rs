//! The night of 3 May 2017, made up anew: what the tool must be able to tell, from posts alone.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::util::{TestApp, night};

fn events() -> Vec<Value> {
    TestApp::new()
        .replay(&[night().to_str().unwrap(), "--output", "ndjson"])
        .ndjson()
}

fn at<'a>(events: &'a [Value], event: &str) -> &'a str {
    let found = events.iter().find(|e| e["event"] == event);
    found.unwrap_or_else(|| panic!("no {event}"))["at"]
        .as_str()
        .unwrap()
}

#[test]
fn it_is_one_incident_of_whatsapp_and_of_nobody_else() {
    let events = events();
    let ids: BTreeSet<&str> = events
        .iter()
        .map(|e| e["incident"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let last = &events.last().unwrap()["incident"];
    assert_eq!(last["service"], "whatsapp");
    assert!(["worldwide", "multi-country"].contains(&last["scope"].as_str().unwrap()));
    let countries = last["countries"].as_array().unwrap();
    assert!(countries.len() >= 10, "{countries:?}");
    assert_eq!(countries[0]["code"], "IT");
}

#[test]
fn its_times_are_the_nights_times() {
    let events = events();
    assert_eq!(events[0]["event"], "opened");
    assert!(at(&events, "opened") <= "2017-05-03T20:25:00Z");
    let recovering = at(&events, "recovering");
    assert!(
        ("2017-05-03T22:05:00Z"..="2017-05-03T22:45:00Z").contains(&recovering),
        "{recovering}"
    );
    assert!(at(&events, "resolved") <= "2017-05-03T23:45:00Z");
    let incident = &events.last().unwrap()["incident"];
    let started = incident["started_at"].as_str().unwrap();
    assert!(
        ("2017-05-03T19:30:00Z"..="2017-05-03T20:50:00Z").contains(&started),
        "{started}"
    );
    assert_eq!(incident["resolution"], "recovered");
    assert!(incident["official"]["lag_s"].as_i64().unwrap() > 1800);
}

#[test]
fn it_says_where_people_went_and_that_those_are_not_down() {
    let events = events();
    let incident = &events.last().unwrap()["incident"];
    let refuges: BTreeSet<&str> = incident["refuges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["service"].as_str().unwrap())
        .collect();
    assert!(refuges.contains("telegram"), "{refuges:?}");
    let platforms: BTreeSet<&str> = incident["platforms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["id"].as_str().unwrap())
        .collect();
    assert!(
        platforms.contains("android") && platforms.contains("ios"),
        "{platforms:?}"
    );
}

#[test]
fn the_summary_tells_it_in_english_and_italian() {
    let app = TestApp::new();
    app.replay(&[night().to_str().unwrap(), "--db", "night.db"])
        .ok();
    let list = app
        .run(&["incidents", "--db", "night.db", "--output", "json"])
        .json();
    let id = list[0]["id"].as_str().unwrap();
    let summary = |lang: &str| {
        app.run(&["summary", id, "--lang", lang, "--db", "night.db"])
            .ok()
            .to_owned()
    };
    for (lang, words) in [
        ("en", ["WhatsApp", "Italy", "Android", "Telegram", "As of"]),
        (
            "it",
            [
                "WhatsApp",
                "Italia",
                "Android",
                "Telegram",
                "Situazione alle",
            ],
        ),
    ] {
        let text = summary(lang);
        for word in words {
            assert!(text.contains(word), "{lang} lacks {word}: {text}");
        }
    }
}
