use buio_catalog::Catalog;
use buio_types::{
    CountryCode, Incident, IncidentKind, IncidentState, Resolution, Scope, Timestamp,
};
use serde::Serialize;

use crate::clean::{NAME_MAX, QUOTE_MAX, clean, shorten, web_address};
use crate::language::{KindWords, Language, fill};
use crate::sentences;
use crate::teller::Teller;

/// What an incident is, told to people in one language.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlertSummary {
    /// The incident's id.
    pub incident: String,
    /// ISO 639 code of the language.
    pub language: &'static str,
    /// One line of at most 120 characters.
    pub headline: String,
    /// When the summary was made: what came later is not in it.
    pub as_of: Timestamp,
    /// In reading order.
    pub sentences: Vec<Sentence>,
    /// The heading above the posts.
    pub evidence_title: String,
    /// A few of the posts that the incident rests on, oldest first.
    pub evidence: Vec<Quote>,
}

/// One statement and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sentence {
    /// What it is about.
    pub topic: Topic,
    /// For people; plain text, cleaned but not escaped.
    pub text: String,
    /// Never empty.
    pub basis: Vec<Basis>,
    /// Where more can be read: `http` or `https`, safe to link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// What happens, since when, and how it ended.
    State,
    /// How well the start is known.
    Start,
    /// When it was suspected and confirmed.
    Detection,
    /// Which countries.
    Countries,
    /// What fails.
    Symptoms,
    /// On which platforms.
    Platforms,
    /// How many reports, and how many would be usual.
    Numbers,
    /// The fullest minute.
    Peak,
    /// What the operator said.
    Statement,
    /// Where people went.
    Refuges,
    /// What was named beside it.
    Echo,
    /// What is behind it.
    Cause,
    /// How bad and how sure.
    Assessment,
    /// What a person corrected.
    Correction,
    /// As of when.
    AsOf,
}

/// Something that a sentence rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Basis {
    /// A field of the incident and its value.
    Field {
        /// The field's name, with the key of its element: `countries[IT].share`.
        field: String,
        /// The value as the contract writes it.
        value: String,
    },
    /// A post.
    Post {
        /// The post's source.
        source: String,
        /// Its id there.
        id: String,
    },
}

impl Basis {
    pub(crate) fn field(field: impl Into<String>, value: impl ToString) -> Basis {
        Basis::Field {
            field: field.into(),
            value: value.to_string(),
        }
    }
}

/// A post shown as evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quote {
    /// The post's source.
    pub source: String,
    /// Its id there.
    pub id: String,
    /// `source`, time, language and country, for people.
    pub label: String,
    /// Its words in quotation marks, cleaned and shortened to 280 characters, or a note that
    /// they are no longer kept.
    pub text: String,
    /// Where it can be read: `http` or `https`, safe to link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// Characters of a headline at most: fits the title of every receiver of alerts.
const HEADLINE_MAX: usize = 120;

/// Posts shown. More would bury the sentences; the incident itself holds all.
const QUOTES_MAX: usize = 6;

/// Hours without coverage after which an incident has expired.
const EXPIRY_SECS: i64 = 72 * 3600;

/// Tells an incident as it was at `as_of`. Names of countries and services come from the
/// catalogue.
#[must_use]
pub fn summarize(
    incident: &Incident,
    as_of: Timestamp,
    catalog: &Catalog,
    language: &Language,
) -> AlertSummary {
    let teller = Teller {
        words: language.words(),
        catalog,
        day: incident.started_at,
        home: incident.countries.first().map(|country| country.code),
    };
    let mut sentences = vec![state(incident, &teller)];
    if incident.state == IncidentState::Dismissed {
        sentences.extend(sentences::corrections(incident, &teller));
    }
    sentences.extend(sentences::all(incident, &teller));
    if incident.state != IncidentState::Dismissed {
        sentences.extend(sentences::corrections(incident, &teller));
    }
    sentences.push(sentences::as_of(incident, as_of, &teller));
    AlertSummary {
        incident: incident.id.clone(),
        language: language.code(),
        headline: headline(incident, &teller),
        as_of,
        sentences,
        evidence_title: teller.words.sentence.evidence.clone(),
        evidence: quotes(incident, &teller),
    }
}

/// The key of the templates for how things stand.
fn standing(incident: &Incident) -> &'static str {
    match (incident.state, incident.resolution) {
        (IncidentState::Suspected, _) => "suspected",
        (IncidentState::Confirmed, _) => "confirmed",
        (IncidentState::Recovering, _) => "recovering",
        (IncidentState::Dismissed, _) => "dismissed",
        (IncidentState::Resolved, Some(Resolution::Faded)) => "faded",
        (IncidentState::Resolved, Some(Resolution::Expired)) => "expired",
        (IncidentState::Resolved, _) => "recovered",
    }
}

fn template(words: Option<&KindWords>, kind: IncidentKind) -> &str {
    words.map_or("", |words| match kind {
        IncidentKind::Outage => &words.outage,
        IncidentKind::Degraded => &words.degraded,
        IncidentKind::Restriction => &words.restriction,
    })
}

/// When an incident ended, as far as it did; for an open one the last instant known of it.
fn end(incident: &Incident) -> Timestamp {
    incident
        .resolved_at
        .or(incident.recovering_at)
        .unwrap_or(incident.started_at)
}

fn headline(incident: &Incident, teller: &Teller<'_>) -> String {
    let template = template(teller.words.headline.get(standing(incident)), incident.kind);
    let start = teller.moment_with_day(incident.started_at);
    let duration = teller.duration(end(incident).secs_since(incident.started_at));
    let lost = teller.moment(end(incident).plus_secs(-EXPIRY_SECS));
    let told = |name: &str, reach: &str| {
        let slots = [
            ("service", name),
            ("where", reach),
            ("start", &start),
            ("duration", &duration),
            ("lost", &lost),
        ];
        fill(template, &slots)
    };
    let name = clean(&incident.service_name, NAME_MAX);
    let reach = reach(incident, teller);
    // The name gives way first, then the place; what remains always fits.
    let candidates = [
        told(&name, &reach),
        told(&shorten(&name, 24), &reach),
        told(&shorten(&name, 24), ""),
    ];
    let fitting = candidates
        .iter()
        .find(|line| line.chars().count() <= HEADLINE_MAX);
    fitting
        .cloned()
        .unwrap_or_else(|| shorten(&told(&shorten(&name, 24), ""), HEADLINE_MAX))
}

fn reach(incident: &Incident, teller: &Teller<'_>) -> String {
    let words = &teller.words.reach;
    match (incident.scope, incident.countries.as_slice()) {
        (Scope::Worldwide, _) => words.worldwide.clone(),
        (_, []) => String::new(),
        (_, [one]) => fill(&words.country, &[("country", &teller.country(one.code))]),
        (_, many) => teller.counted(&words.countries, many.len() as u64, &[]),
    }
}

fn state(incident: &Incident, teller: &Teller<'_>) -> Sentence {
    let template = template(teller.words.state.get(standing(incident)), incident.kind);
    let end = end(incident);
    let start = teller.moment_with_day(incident.started_at);
    let recovering = teller.moment(incident.recovering_at.unwrap_or(end));
    let recovery = match incident.recovering_at {
        Some(_) => fill(
            &teller.words.sentence.recovery,
            &[("recovering", &recovering)],
        ),
        None => String::new(),
    };
    let duration = teller.duration(end.secs_since(incident.started_at));
    let text = fill(
        template,
        &[
            ("service", &clean(&incident.service_name, NAME_MAX)),
            ("start", &start),
            ("local", &teller.local(incident.started_at)),
            ("recovering", &recovering),
            ("recovery", &recovery),
            ("end", &teller.moment(end)),
            ("local_end", &teller.local(end)),
            ("lost", &teller.moment(end.plus_secs(-EXPIRY_SECS))),
            ("duration", &duration),
        ],
    );
    let mut basis = vec![
        Basis::field("state", incident.state.as_str()),
        Basis::field("started_at", incident.started_at),
    ];
    basis.extend(
        incident
            .recovering_at
            .map(|at| Basis::field("recovering_at", at)),
    );
    basis.extend(
        incident
            .resolved_at
            .map(|at| Basis::field("resolved_at", at)),
    );
    if incident.resolution.is_some() {
        basis.push(Basis::field("resolution", standing(incident)));
    }
    basis.extend(incident.evidence.iter().take(3).map(|post| Basis::Post {
        source: post.source.clone(),
        id: post.id.clone(),
    }));
    Sentence {
        topic: Topic::State,
        text,
        basis,
        link: None,
    }
}

/// Posts with words before posts without, one of each country before a second of any.
fn quotes(incident: &Incident, teller: &Teller<'_>) -> Vec<Quote> {
    let mut n_of_country: Vec<(Option<CountryCode>, usize)> = Vec::new();
    let mut ranked: Vec<_> = incident
        .evidence
        .iter()
        .map(|post| {
            let nth = match n_of_country
                .iter_mut()
                .find(|(code, _)| *code == post.country)
            {
                Some((_, n)) => {
                    *n += 1;
                    *n
                }
                None => {
                    n_of_country.push((post.country, 0));
                    0
                }
            };
            (post.text.is_none(), nth, post)
        })
        .collect();
    ranked.sort_by_key(|(is_gone, nth, _)| (*is_gone, *nth));
    let mut chosen: Vec<_> = ranked
        .into_iter()
        .take(QUOTES_MAX)
        .map(|(.., post)| post)
        .collect();
    chosen.sort_by_key(|post| post.posted_at);
    chosen
        .into_iter()
        .map(|post| {
            let mut label = vec![teller.moment(post.posted_at), clean(&post.source, NAME_MAX)];
            label.extend(post.lang.as_deref().map(|lang| clean(lang, 16)));
            label.extend(post.country.map(|code| teller.country(code)));
            let text = post
                .text
                .as_deref()
                .map(|text| teller.quotation(&clean(text, QUOTE_MAX)));
            Quote {
                source: post.source.clone(),
                id: post.id.clone(),
                label: label.join(", "),
                text: text.unwrap_or_else(|| teller.words.sentence.text_gone.clone()),
                link: post.url.as_deref().and_then(web_address),
            }
        })
        .collect()
}
