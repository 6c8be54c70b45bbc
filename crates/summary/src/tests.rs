use std::sync::LazyLock;

use buio_catalog::{Catalog, PhraseKind};
use buio_types::{Incident, IncidentKind, IncidentState, Resolution, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use crate::{AlertSummary, Format, Language, Topic, render, summarize};

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn whatsapp() -> serde_json::Value {
    let share = |id: &str, share: f64| json!({"id": id, "share": share});
    let refuge = |id: &str, share: f64| json!({"service": id, "share": share});
    let shares = [
        ("IT", 0.31),
        ("BR", 0.14),
        ("ES", 0.12),
        ("IN", 0.09),
        ("DE", 0.08),
        ("GB", 0.06),
        ("MX", 0.05),
        ("FR", 0.04),
        ("NL", 0.03),
        ("TR", 0.02),
        ("AR", 0.02),
        ("ZA", 0.01),
        ("PT", 0.01),
        ("CH", 0.004),
    ];
    let countries: Vec<_> = shares
        .iter()
        .map(|(code, share)| {
            json!({"code": code, "share": share, "reports": (share * 1000.0) as u64,
                "started_at": "2017-05-03T20:15:00Z", "state": "confirmed"})
        })
        .collect();
    json!({
        "id": "whatsapp-20170503T2019Z", "service": "whatsapp", "service_name": "WhatsApp",
        "scope": "worldwide", "countries": countries, "state": "resolved", "kind": "outage",
        "severity": "critical", "confidence": 0.997,
        "symptoms": [share("messages", 0.58), share("connection", 0.31), share("white-screen", 0.11)],
        "platforms": [share("android", 0.52), share("ios", 0.41), share("web", 0.07)],
        "started_at": "2017-05-03T20:13:00Z",
        "started_between": ["2017-05-03T20:09:00Z", "2017-05-03T20:16:00Z"],
        "detected_at": "2017-05-03T20:19:00Z", "confirmed_at": "2017-05-03T20:24:00Z",
        "acknowledged_at": "2017-05-03T21:13:00Z", "recovering_at": "2017-05-03T22:14:00Z",
        "resolved_at": "2017-05-03T22:58:00Z", "resolution": "recovered",
        "reports": 1234, "authors": 1100, "expected": 12.3, "ratio": 100.3,
        "peak_at": "2017-05-03T20:41:00Z", "peak_per_min": 55,
        "official": {"status": "Our servers are at fault and are being repaired. Sorry.",
            "url": "https://example.org/@boss/1", "posted_at": "2017-05-03T21:13:00Z", "lag_s": 3600},
        "cause": null,
        "echoes": [{"service": "telegram", "reports": 80, "reason": "named_with"},
            {"service": "messenger", "reports": 1, "reason": "refuge"}],
        "refuges": [refuge("telegram", 0.61), refuge("messenger", 0.22), refuge("snapchat", 0.004)],
        "evidence": [
            {"source": "mastodon", "id": "1", "url": "https://example.social/@a/1", "posted_at": "2017-05-03T20:14:10Z",
                "lang": "it", "country": "IT", "likelihood": 0.97, "text": "whatsapp è giù anche a voi? schermata bianca"},
            {"source": "mastodon", "id": "2", "url": null, "posted_at": "2017-05-03T20:15:30Z",
                "lang": "en", "country": "GB", "likelihood": 0.96, "text": null},
            {"source": "bluesky", "id": "3", "url": "javascript:alert(1)", "posted_at": "2017-05-03T20:15:40Z", "lang": null,
                "country": null, "likelihood": 0.91,
                "text": "@everyone *whatsapp* <b>down</b>\n# see [this](https://evil.example) \u{202e}now"},
        ],
        "corrections": [{"at": "2017-05-04T08:00:00Z", "text": "The first crash at once all over the world was in 2014."}],
        "revision": 9,
    })
}

fn night() -> Incident {
    serde_json::from_value(whatsapp()).unwrap()
}

/// An incident of which next to nothing is known.
fn bare() -> Incident {
    Incident {
        scope: buio_types::Scope::Country,
        countries: Vec::new(),
        symptoms: Vec::new(),
        platforms: Vec::new(),
        started_between: [at("2017-05-03T20:13:00Z"); 2],
        state: IncidentState::Suspected,
        resolution: None,
        confirmed_at: None,
        acknowledged_at: None,
        recovering_at: None,
        resolved_at: None,
        official: None,
        echoes: Vec::new(),
        refuges: Vec::new(),
        evidence: Vec::new(),
        corrections: Vec::new(),
        reports: 9,
        authors: 1,
        expected: 0.2,
        peak_per_min: 1,
        severity: buio_types::Severity::Minor,
        revision: 1,
        ..night()
    }
}

fn tell(incident: &Incident, language: &str) -> AlertSummary {
    summarize(
        incident,
        at("2017-05-04T08:30:00Z"),
        &CATALOG,
        &Language::find(language).unwrap(),
    )
}

#[test]
fn the_night_of_2017_in_english_and_italian() {
    for language in ["en", "it"] {
        let summary = tell(&night(), language);
        insta::assert_snapshot!(
            format!("night_{language}_text"),
            render(&summary, Format::Text)
        );
    }
}

#[test]
fn the_night_of_2017_in_every_format() {
    insta::assert_snapshot!(
        "night_en_markdown",
        render(&tell(&night(), "en"), Format::Markdown)
    );
    insta::assert_snapshot!("night_it_html", render(&tell(&night(), "it"), Format::Html));
    insta::assert_snapshot!("night_en_json", render(&tell(&night(), "en"), Format::Json));
}

#[test]
fn what_is_unknown_is_said_to_be() {
    for language in ["en", "it"] {
        insta::assert_snapshot!(
            format!("bare_{language}_text"),
            render(&tell(&bare(), language), Format::Text)
        );
    }
}

/// The incident in each of the standings that a state and a resolution make.
fn standings() -> Vec<(IncidentState, Option<Resolution>, Incident)> {
    let standings = [
        (IncidentState::Suspected, None),
        (IncidentState::Confirmed, None),
        (IncidentState::Recovering, None),
        (IncidentState::Resolved, Some(Resolution::Recovered)),
        (IncidentState::Resolved, Some(Resolution::Faded)),
        (IncidentState::Resolved, Some(Resolution::Expired)),
        (IncidentState::Dismissed, None),
    ];
    standings
        .into_iter()
        .map(|(state, resolution)| {
            let mut incident = Incident {
                state,
                resolution,
                ..night()
            };
            if resolution.is_none() {
                incident.resolved_at = None;
            }
            if resolution == Some(Resolution::Expired) {
                incident.resolved_at = Some(at("2017-05-06T22:40:00Z"));
            }
            (state, resolution, incident)
        })
        .collect()
}

#[test]
fn every_state_and_kind_has_its_headline_and_first_sentence() {
    for language in ["en", "it"] {
        let mut told = String::new();
        for (state, resolution, incident) in standings() {
            for kind in [
                IncidentKind::Outage,
                IncidentKind::Degraded,
                IncidentKind::Restriction,
            ] {
                let incident = Incident {
                    kind,
                    ..incident.clone()
                };
                let summary = tell(&incident, language);
                told += &format!(
                    "{state:?} {resolution:?} {kind:?}\n  {}\n  {}\n",
                    summary.headline, summary.sentences[0].text
                );
            }
        }
        insta::assert_snapshot!(format!("states_{language}"), told);
    }
}

fn texts(incident: &Incident, language: &str, topic: Topic) -> Vec<String> {
    let summary = tell(incident, language);
    summary
        .sentences
        .into_iter()
        .filter(|s| s.topic == topic)
        .map(|s| s.text)
        .collect()
}

#[test]
fn a_suspected_incident_is_hedged() {
    let summary = tell(&bare(), "en");
    assert!(summary.headline.contains("possible"));
    assert!(
        summary.sentences[0].text.contains("may be down")
            && summary.sentences[0].text.contains("not confirmed")
    );
    assert!(tell(&bare(), "it").headline.contains("possibile"));
}

#[test]
fn a_dismissed_alert_tells_its_corrections_next_and_claims_nothing() {
    let incident = Incident {
        state: IncidentState::Dismissed,
        ..night()
    };
    let summary = tell(&incident, "en");
    assert_eq!(summary.sentences[1].topic, Topic::Correction);
    assert!(texts(&incident, "en", Topic::Assessment).is_empty());
}

#[test]
fn silence_of_the_operator_is_told_by_state() {
    let open = bare();
    let closed = Incident {
        state: IncidentState::Resolved,
        resolution: Some(Resolution::Faded),
        ..bare()
    };
    assert_eq!(
        texts(&open, "en", Topic::Statement),
        ["No word from the operator so far."]
    );
    assert_eq!(
        texts(&closed, "en", Topic::Statement),
        ["No word from the operator was seen."]
    );
    assert_eq!(
        texts(&open, "it", Topic::Statement),
        ["Finora nessuna comunicazione del gestore."]
    );
}

#[test]
fn a_statement_before_the_start_is_said_to_be_before() {
    let mut incident = night();
    incident.official.as_mut().unwrap().lag_s = -600;
    incident.official.as_mut().unwrap().posted_at = at("2017-05-03T20:03:00Z");
    let [text] = texts(&incident, "en", Topic::Statement).try_into().unwrap();
    assert!(
        text.starts_with("The operator spoke of it at 20:03 UTC, 10 minutes before the start"),
        "{text}"
    );
    incident.official = None;
    let [text] = texts(&incident, "it", Topic::Statement).try_into().unwrap();
    assert_eq!(
        text,
        "Il gestore ne ha parlato per la prima volta alle 21:13 UTC, 1 ora dopo l’inizio."
    );
}

#[test]
fn a_cause_is_named_with_its_confidence() {
    let mut incident = night();
    incident.cause = serde_json::from_value(
        json!({"service": "aws", "incident": "aws-20170503T2010Z", "confidence": 0.8}),
    )
    .unwrap();
    let [text] = texts(&incident, "en", Topic::Cause).try_into().unwrap();
    assert!(
        text.ends_with("(80% sure), incident aws-20170503T2010Z."),
        "{text}"
    );
}

#[test]
fn local_time_is_that_of_the_country_most_concerned() {
    let first = |country: &str| {
        let mut incident = night();
        incident.countries.retain(|c| c.code.as_str() == country);
        tell(&incident, "en").sentences.remove(0).text
    };
    assert!(
        first("IT").contains("(22:13 local time, Italy)"),
        "{}",
        first("IT")
    );
    assert!(
        first("IT").contains("(00:58 local time on 4 May 2017, Italy)"),
        "{}",
        first("IT")
    );
    assert!(
        first("IN").contains("(01:43 local time on 4 May 2017, India)"),
        "{}",
        first("IN")
    );
    assert!(!first("BR").contains("local time"), "{}", first("BR"));
}

#[test]
fn numbers_follow_the_language() {
    let mut incident = night();
    (
        incident.reports,
        incident.authors,
        incident.expected,
        incident.ratio,
    ) = (1_234_567, 1, 4.25, 2.46);
    assert_eq!(
        texts(&incident, "en", Topic::Numbers),
        [
            "1,234,567 reports from 1 account since the start; usual for that time: 4.3. That is 2.5 times the usual."
        ]
    );
    assert_eq!(
        texts(&incident, "it", Topic::Numbers),
        [
            "1.234.567 segnalazioni da 1 account dall’inizio; in quel tempo, di solito: 4,3. È 2,5 volte il solito."
        ]
    );
}

#[test]
fn every_symptom_and_platform_of_the_catalogue_has_a_word() {
    for code in Language::codes() {
        let words = Language::find(code).unwrap().words();
        for phrase in CATALOG.phrases() {
            let id = phrase.id.as_deref().unwrap_or_default();
            match phrase.kind {
                PhraseKind::Symptom => {
                    assert!(words.symptoms.contains_key(id), "{code}: symptom {id}")
                }
                PhraseKind::Platform => {
                    assert!(words.platforms.contains_key(id), "{code}: platform {id}")
                }
                _ => {}
            }
        }
    }
}

#[test]
fn strangers_cannot_write_markup_links_or_mentions() {
    let mut incident = night();
    incident.service_name =
        "<img src=x onerror=alert(1)> @here **X** https://evil.example {start}\n# y".to_owned();
    incident.official.as_mut().unwrap().url = Some("https://e.org/\"onload=x".to_owned());
    for language in ["en", "it"] {
        let summary = tell(&incident, language);
        let html = render(&summary, Format::Html);
        assert!(
            !html.contains("<img")
                && !html.contains("javascript:")
                && !html.contains("evil.example")
        );
        let markdown = render(&summary, Format::Markdown);
        assert!(
            !markdown.contains("<img") && !markdown.contains("**X") && !markdown.contains("@here")
        );
        assert!(!markdown.contains("@everyone") && !markdown.contains("](https://evil"));
        assert!(!render(&summary, Format::Text).contains("@everyone"));
        assert!(!summary.headline.contains('\n'));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn whatever_strangers_write_the_summary_keeps_its_shape(
        name in "(?s).{0,80}", text in "(?s).{0,400}", nth in 0usize..7, millis in any::<i64>(), ratio in any::<f64>()
    ) {
        let (.., mut incident) = standings().swap_remove(nth);
        incident.service_name.clone_from(&name);
        incident.official.as_mut().unwrap().status.clone_from(&text);
        incident.evidence[0].text = Some(text);
        incident.evidence[0].source = name;
        incident.resolved_at = incident.resolved_at.map(|_| Timestamp::from_millis(millis));
        incident.started_at = Timestamp::from_millis(millis.wrapping_mul(31));
        incident.official.as_mut().unwrap().lag_s = millis;
        (incident.ratio, incident.expected) = (ratio, ratio);
        for language in Language::codes() {
            let summary = tell(&incident, language);
            prop_assert!(summary.headline.chars().count() <= 120);
            prop_assert!(summary.headline.lines().count() <= 1);
            prop_assert!(summary.sentences.iter().all(|s| !s.basis.is_empty() && !s.text.is_empty()));
            prop_assert!(summary.sentences.iter().all(|s| !s.text.contains(char::is_control)));
            prop_assert!(summary.sentences.iter().any(|s| s.topic == Topic::AsOf));
            for format in [Format::Text, Format::Markdown, Format::Html, Format::Json] {
                prop_assert!(render(&summary, format).ends_with('\n'));
            }
        }
    }
}
