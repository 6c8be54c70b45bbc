//! The sentences behind the first one, each with its basis.

use buio_types::{Incident, IncidentState, Scope, Severity, Share, Timestamp};

use crate::clean::{QUOTE_MAX, clean};
use crate::language::fill;
use crate::others::{cause, echoes, refuges, statement};
use crate::summarize::{Basis, Sentence, Topic};
use crate::teller::Teller;

/// Countries named one by one; the others are counted.
const COUNTRIES_NAMED: usize = 12;

/// Symptoms, platforms and refuges named.
const SHARES_NAMED: usize = 5;

/// Everything between the state and the corrections.
pub(crate) fn all(incident: &Incident, teller: &Teller<'_>) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    sentences.extend(start(incident, teller));
    sentences.push(detection(incident, teller));
    sentences.push(countries(incident, teller));
    sentences.push(symptoms(incident, teller));
    sentences.push(platforms(incident, teller));
    sentences.push(numbers(incident, teller));
    sentences.extend(peak(incident, teller));
    sentences.push(statement(incident, teller));
    sentences.extend(refuges(incident, teller));
    sentences.extend(echoes(incident, teller));
    sentences.extend(cause(incident, teller));
    sentences.extend(assessment(incident, teller));
    sentences
}

pub(crate) fn sentence(topic: Topic, text: String, basis: Vec<Basis>) -> Sentence {
    Sentence {
        topic,
        text,
        basis,
        link: None,
    }
}

fn start(incident: &Incident, teller: &Teller<'_>) -> Option<Sentence> {
    let [from, to] = incident.started_between;
    if from.minute() >= to.minute() {
        return None;
    }
    let text = fill(
        &teller.words.sentence.start_between,
        &[("from", &teller.moment(from)), ("to", &teller.moment(to))],
    );
    Some(sentence(
        Topic::Start,
        text,
        vec![Basis::field("started_between", format!("{from}..{to}"))],
    ))
}

fn detection(incident: &Incident, teller: &Teller<'_>) -> Sentence {
    let words = &teller.words.sentence;
    let detected = teller.moment(incident.detected_at);
    let mut basis = vec![Basis::field("detected_at", incident.detected_at)];
    let text = match incident.confirmed_at {
        Some(at) => {
            basis.push(Basis::field("confirmed_at", at));
            let slots = [
                ("detected", detected.as_str()),
                ("confirmed", &teller.moment(at)),
            ];
            fill(&words.first_suspected_and_confirmed, &slots)
        }
        None => fill(&words.first_suspected, &[("detected", &detected)]),
    };
    sentence(Topic::Detection, text, basis)
}

fn countries(incident: &Incident, teller: &Teller<'_>) -> Sentence {
    let words = &teller.words.sentence;
    let n = incident.countries.len();
    if n == 0 {
        let basis = vec![Basis::field("countries", "[]")];
        return sentence(Topic::Countries, words.countries_unknown.clone(), basis);
    }
    // One more costs no more room than "1 more".
    let n_named = if n == COUNTRIES_NAMED + 1 {
        n
    } else {
        COUNTRIES_NAMED
    };
    let mut items = Vec::new();
    let mut basis = vec![Basis::field("countries", n)];
    for country in incident.countries.iter().take(n_named) {
        items.push(teller.share(&teller.country(country.code), country.share));
        basis.push(Basis::field(
            format!("countries[{}].share", country.code),
            country.share,
        ));
    }
    if n > n_named {
        items.push(teller.counted(&words.countries_more, (n - n_named) as u64, &[]));
    }
    let counted = match incident.scope {
        Scope::Worldwide => &words.countries_worldwide,
        Scope::MultiCountry | Scope::Country => &words.countries,
    };
    let text = teller.counted(counted, n as u64, &[("list", &teller.list(&items))]);
    sentence(Topic::Countries, text, basis)
}

fn symptoms(incident: &Incident, teller: &Teller<'_>) -> Sentence {
    let words = &teller.words.sentence;
    let templates = (words.symptoms.as_str(), words.symptoms_unknown.as_str());
    let list = teller.shares(first(&incident.symptoms), |id| {
        teller.words.symptoms.get(id).cloned()
    });
    sentence(
        Topic::Symptoms,
        told(templates, &list),
        bases("symptoms", &incident.symptoms),
    )
}

fn platforms(incident: &Incident, teller: &Teller<'_>) -> Sentence {
    let words = &teller.words.sentence;
    let templates = (words.platforms.as_str(), words.platforms_unknown.as_str());
    let list = teller.shares(first(&incident.platforms), |id| {
        teller.words.platforms.get(id).cloned()
    });
    sentence(
        Topic::Platforms,
        told(templates, &list),
        bases("platforms", &incident.platforms),
    )
}

/// The part of a list that is named.
pub(crate) fn first<T>(all: &[T]) -> &[T] {
    all.get(..SHARES_NAMED).unwrap_or(all)
}

fn told((known, unknown): (&str, &str), list: &str) -> String {
    if list.is_empty() {
        unknown.to_owned()
    } else {
        fill(known, &[("list", list)])
    }
}

fn bases(field: &str, shares: &[Share]) -> Vec<Basis> {
    if shares.is_empty() {
        return vec![Basis::field(field, "[]")];
    }
    let basis = |share: &Share| Basis::field(format!("{field}[{}]", share.id), share.share);
    first(shares).iter().map(basis).collect()
}

fn numbers(incident: &Incident, teller: &Teller<'_>) -> Sentence {
    let words = &teller.words.sentence;
    let is_below_one = incident.expected < 0.95;
    let expected = if is_below_one {
        teller.words.less_than_one.clone()
    } else {
        teller.roughly(incident.expected)
    };
    // Below one expected report a ratio is a division by next to nothing.
    let has_ratio = !is_below_one && incident.ratio.is_finite() && incident.ratio >= 1.05;
    let template = if has_ratio {
        &words.numbers_with_ratio
    } else {
        &words.numbers
    };
    let text = fill(
        template,
        &[
            (
                "reports",
                &teller.counted(&words.reports, incident.reports, &[]),
            ),
            (
                "authors",
                &teller.counted(&words.authors, incident.authors, &[]),
            ),
            ("expected", &expected),
            ("ratio", &teller.roughly(incident.ratio)),
        ],
    );
    let basis = vec![
        Basis::field("reports", incident.reports),
        Basis::field("authors", incident.authors),
        Basis::field("expected", incident.expected),
        Basis::field("ratio", incident.ratio),
    ];
    sentence(Topic::Numbers, text, basis)
}

fn peak(incident: &Incident, teller: &Teller<'_>) -> Option<Sentence> {
    if incident.peak_per_min < 2 {
        return None;
    }
    let words = &teller.words.sentence;
    let reports = teller.counted(&words.reports, u64::from(incident.peak_per_min), &[]);
    let text = fill(
        &words.peak,
        &[
            ("peak", &teller.moment(incident.peak_at)),
            ("reports", &reports),
        ],
    );
    let basis = vec![
        Basis::field("peak_at", incident.peak_at),
        Basis::field("peak_per_min", incident.peak_per_min),
    ];
    Some(sentence(Topic::Peak, text, basis))
}

/// How bad and how sure; nothing of a dismissed alert, whose figures nobody stands by any more.
fn assessment(incident: &Incident, teller: &Teller<'_>) -> Option<Sentence> {
    if incident.state == IncidentState::Dismissed {
        return None;
    }
    let severity = match incident.severity {
        Severity::Minor => "minor",
        Severity::Major => "major",
        Severity::Critical => "critical",
    };
    let confidence = f64::from(incident.confidence.get());
    let word = teller
        .words
        .severity
        .get(severity)
        .map_or(severity, String::as_str);
    let slots = [
        ("severity", word),
        ("confidence", &certainty(confidence, teller)),
    ];
    let text = fill(&teller.words.sentence.assessment, &slots);
    let basis = vec![
        Basis::field("severity", severity),
        Basis::field("confidence", incident.confidence.get()),
    ];
    Some(sentence(Topic::Assessment, text, basis))
}

/// Nothing that was read from posts is certain.
fn certainty(confidence: f64, teller: &Teller<'_>) -> String {
    if confidence > 0.99 {
        format!(">{}", teller.percent(0.99))
    } else {
        teller.percent(confidence)
    }
}

/// What people corrected, in the order in which they did.
pub(crate) fn corrections(incident: &Incident, teller: &Teller<'_>) -> Vec<Sentence> {
    incident
        .corrections
        .iter()
        .map(|correction| {
            let text = clean(&correction.text, QUOTE_MAX * 2);
            let slots = [
                ("at", teller.moment_with_day(correction.at)),
                ("text", text),
            ];
            let slots = slots
                .each_ref()
                .map(|(slot, value)| (*slot, value.as_str()));
            let text = fill(&teller.words.sentence.correction, &slots);
            sentence(
                Topic::Correction,
                text,
                vec![Basis::field("corrections.at", correction.at)],
            )
        })
        .collect()
}

pub(crate) fn as_of(incident: &Incident, as_of: Timestamp, teller: &Teller<'_>) -> Sentence {
    let slots = [
        ("at", teller.moment_with_day(as_of)),
        ("revision", incident.revision.to_string()),
    ];
    let slots = slots
        .each_ref()
        .map(|(slot, value)| (*slot, value.as_str()));
    let text = fill(&teller.words.sentence.as_of, &slots);
    let basis = vec![
        Basis::field("as_of", as_of),
        Basis::field("revision", incident.revision),
    ];
    sentence(Topic::AsOf, text, basis)
}
