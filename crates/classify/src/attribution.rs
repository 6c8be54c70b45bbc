//! Who is down when several services are named: carriers and those reached through them, networks
//! that the words stand on; and the finished signal.

use std::collections::BTreeSet;

use buio_catalog::PhraseKind;
use buio_types::{CountryCode, Likelihood, ServiceId, Signal};

use crate::grammar::Grammar;
use crate::reading::{Family, PhraseHit, Reading};
use crate::score::{Score, Scoring};
use crate::verdict::{self, Circumstances};
use crate::weights::term;

/// Shares from which on a phrase is taken to speak of a service and not only beside it.
const SPEAKS_OF: f32 = 0.8;

/// What a finished signal needs beside its score.
pub(crate) struct Background<'a> {
    pub(crate) id: Option<ServiceId>,
    pub(crate) countries: Vec<(CountryCode, f32)>,
    /// People write to each other on it.
    pub(crate) is_messenger: bool,
    /// Named after a word that says where from.
    pub(crate) is_origin: bool,
    /// The symptom or platform of a phrase.
    pub(crate) row_id: &'a dyn Fn(&PhraseHit) -> Option<&'a str>,
}

/// Services that are said to fail but are reached through a carrier that is blamed in the same
/// post: "netflix won't load, vodafone again".
pub(crate) fn victims<'a>(
    reading: &Reading<'_>,
    category: &impl Fn(usize) -> Option<&'a str>,
) -> BTreeSet<usize> {
    let is_carrier = |idx: usize| category(idx) == Some("telecom");
    let carriers: Vec<usize> = (0..reading.targets.len())
        .filter(|idx| is_carrier(*idx) && is_blamed(reading, *idx))
        .collect();
    (0..reading.targets.len())
        .filter(|idx| {
            !is_carrier(*idx)
                && carriers
                    .iter()
                    .any(|carrier| !reading.is_listed_together(*idx, *carrier))
        })
        .collect()
}

/// Is the carrier itself said to fail, or to be the cause, or "again"?
fn is_blamed(reading: &Reading<'_>, carrier: usize) -> bool {
    let is_cleared = reading.hits.iter().any(|hit| {
        (hit.is(PhraseKind::Counter) || hit.is(PhraseKind::Back))
            && reading.share(hit, Some(carrier)) >= SPEAKS_OF
    });
    let is_hint = reading
        .targets
        .get(carrier)
        .is_some_and(|target| target.is_hint);
    let is_blamed = reading.hits.iter().any(|hit| {
        (hit.is_failure() || hit.is(PhraseKind::Ongoing))
            && reading.share(hit, Some(carrier)) >= SPEAKS_OF
    });
    !is_cleared && (is_blamed || is_hint)
}

/// Networks that the words only stand on, or that people go to: "read on twitter that whatsapp is
/// down", "alle jetzt auf telegram". They follow a word of place while another service fails.
pub(crate) fn media<'a>(
    reading: &Reading<'_>,
    category: &impl Fn(usize) -> Option<&'a str>,
    grammar: &Grammar,
) -> BTreeSet<usize> {
    let is_failing = |idx: usize| {
        reading
            .hits
            .iter()
            .any(|hit| hit.is_failure() && reading.share(hit, Some(idx)) >= SPEAKS_OF)
    };
    if !(0..reading.targets.len()).any(is_failing) {
        return BTreeSet::new();
    }
    (0..reading.targets.len())
        .filter(|idx| {
            matches!(
                category(*idx),
                Some("social" | "messenger" | "news" | "search")
            ) && !is_failing(*idx)
                && reading.is_after(*idx, &grammar.locatives)
        })
        .collect()
}

/// Where people went, told by two names and the words before them though nothing is said to fail:
/// "everyone moved from whatsapp to telegram".
pub(crate) fn goals<'a>(
    reading: &Reading<'_>,
    category: &impl Fn(usize) -> Option<&'a str>,
    grammar: &Grammar,
) -> BTreeSet<usize> {
    let is_messenger = |idx: usize| category(idx) == Some("messenger");
    let is_left = |idx: usize| is_messenger(idx) && reading.is_after(idx, &grammar.origins);
    if !(0..reading.targets.len()).any(is_left) {
        return BTreeSet::new();
    }
    (0..reading.targets.len())
        .filter(|idx| {
            is_messenger(*idx)
                && !reading.is_after(*idx, &grammar.origins)
                && reading.is_after(*idx, &grammar.locatives)
        })
        .collect()
}

/// Puts the parts of a signal together.
pub(crate) fn signal(
    scoring: &Scoring<'_>,
    target: Option<usize>,
    score: Score,
    background: &Background<'_>,
) -> Signal {
    let symptoms = ids(scoring, target, PhraseKind::Symptom, background);
    let circumstances = Circumstances {
        role: scoring.post.role,
        is_own: target
            .and_then(|idx| scoring.reading.targets.get(idx))
            .is_some_and(|target| target.is_hint || scoring.post.services.is_empty()),
        is_elsewhere: background.is_messenger
            && !background.is_origin
            && score.cues.iter().any(|cue| cue.name == term::MEDIUM),
        is_victim: score.cues.iter().any(|cue| cue.name == term::VICTIM),
        has_slow_symptom: symptoms.iter().any(|id| id == "slow"),
    };
    let (kind, why) = verdict::decide(&score, &circumstances);
    Signal {
        service: background.id.clone(),
        kind,
        likelihood: Likelihood::from_log_odds(score.log_odds()),
        why,
        countries: background.countries.clone(),
        platforms: ids(scoring, target, PhraseKind::Platform, background),
        symptoms,
        cues: score.cues,
    }
}

/// Ids of the symptom or platform phrases that speak of the target, in the text's order.
fn ids(
    scoring: &Scoring<'_>,
    target: Option<usize>,
    kind: PhraseKind,
    background: &Background<'_>,
) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for hit in scoring
        .reading
        .hits
        .iter()
        .filter(|hit| matches_kind(hit, kind))
    {
        if let Some(id) = (background.row_id)(hit)
            && scoring.reading.share(hit, target) >= 0.5
            && ids.iter().all(|known| known != id)
        {
            ids.push(id.to_owned());
        }
    }
    ids
}

/// A part's name is a symptom too.
fn matches_kind(hit: &PhraseHit, kind: PhraseKind) -> bool {
    hit.is(kind)
        || kind == PhraseKind::Symptom && matches!(hit.family, Family::Topic | Family::NegatedTopic)
}
