//! What an ambiguous name means: whose it is, and whether it is a name at all.

use buio_catalog::{Catalog, PhraseKind};
use buio_normalize::{NormalizedText, is_word_char};
use buio_types::{CountryCode, ServiceId};

use crate::companions::Companions;
use crate::cursor;
use crate::grammar::Grammar;
use crate::lexicon::Lexicon;
use crate::pattern::Span;
use crate::places::{Gazetteer, Whereabouts};
use crate::reading::Family;
use crate::resolve::{Candidate, Hints, position};
use crate::words::{holds_word, is_proper_name};

/// How near a phrase must stand to a name in order to speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// In a slot of the phrase, or right beside it.
    Beside,
    /// In a slot where only a name can stand.
    AsName,
    /// Right behind the name, which opens its clause.
    AtOpening,
}

/// What decides between several owners of a name and whether an ambiguous name counts.
pub(crate) struct Evidence<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) companions: &'a Companions,
    pub(crate) grammar: &'a Grammar,
    pub(crate) gazetteer: &'a Gazetteer,
    pub(crate) whereabouts: &'a Whereabouts,
    pub(crate) lang: Option<&'a str>,
    pub(crate) post: &'a NormalizedText<'a>,
    /// The text as written, in which names show their capitals.
    pub(crate) raw: &'a str,
    pub(crate) hints: &'a Hints,
    /// Candidates that a phrase speaks of which speaks of services.
    pub(crate) spoken_of: &'a dyn Fn(usize, Strictness) -> bool,
}

/// The service that a candidate names, if it names one.
pub(crate) fn choose(
    idx: usize,
    candidate: &Candidate,
    evidence: &Evidence<'_>,
) -> Option<(ServiceId, Option<usize>)> {
    if let Some(id) = &candidate.hint {
        return Some((id.clone(), position(evidence.catalog, id)));
    }
    let service = |idx: usize| evidence.catalog.services().get(idx);
    let hinted = |claim: &(usize, bool)| {
        evidence
            .hints
            .services
            .iter()
            .any(|(_, hint)| *hint == Some(claim.0))
    };
    let claim = match candidate.claims.as_slice() {
        [] => return None,
        [claim] => *claim,
        claims => match claims.iter().find(|claim| hinted(claim)) {
            Some(claim) => *claim,
            None => match owner(claims, evidence) {
                Some(claim) => claim,
                None => return shared_brand(idx, candidate, evidence),
            },
        },
    };
    let (service_idx, is_ambiguous) = claim;
    let counts = !is_ambiguous || hinted(&claim) || is_meant(idx, candidate, service_idx, evidence);
    counts
        .then(|| Some((service(service_idx)?.id.clone(), Some(service_idx))))
        .flatten()
}

/// Of the owners of a name in several countries, the one where the post speaks of; `None` when
/// neither places nor language tell.
fn owner(claims: &[(usize, bool)], evidence: &Evidence<'_>) -> Option<(usize, bool)> {
    let in_country = evidence.whereabouts.countries().find_map(|country| {
        claims
            .iter()
            .find(|claim| home(claim.0, evidence).contains(&country))
    });
    let speaks = |claim: &&(usize, bool)| {
        evidence.lang.is_some_and(|lang| {
            home(claim.0, evidence)
                .iter()
                .any(|c| evidence.gazetteer.speaks(*c, lang))
        })
    };
    let mut by_language = claims.iter().filter(speaks);
    let only = by_language.next().filter(|_| by_language.next().is_none());
    in_country.or(only).copied()
}

/// A brand of several countries in a post that does not tell which: it stands for itself.
fn shared_brand(
    idx: usize,
    candidate: &Candidate,
    evidence: &Evidence<'_>,
) -> Option<(ServiceId, Option<usize>)> {
    let counts = candidate.claims.iter().any(|(service_idx, is_ambiguous)| {
        !is_ambiguous || is_meant(idx, candidate, *service_idx, evidence)
    });
    let name = evidence
        .post
        .text
        .get(candidate.start..candidate.bare_end)?;
    counts
        .then(|| Some((ServiceId::slug(name)?, None)))
        .flatten()
}

/// Does the post come from elsewhere? French "plus d'internet" is not the Polish carrier Plus,
/// whatever companions stand beside it. English is written everywhere and says nothing.
fn is_foreign(service_idx: usize, evidence: &Evidence<'_>) -> bool {
    let home = home(service_idx, evidence);
    let is_here = evidence
        .whereabouts
        .countries()
        .any(|country| home.contains(&country));
    let is_spoken = evidence.lang.is_none_or(|lang| {
        lang == "en" || home.iter().any(|c| evidence.gazetteer.speaks(*c, lang))
    });
    !home.is_empty() && !is_here && !is_spoken
}

fn home<'a>(service_idx: usize, evidence: &'a Evidence<'_>) -> &'a [CountryCode] {
    evidence
        .catalog
        .services()
        .get(service_idx)
        .map_or(&[], |service| &service.countries)
}

/// Does an ambiguous word mean the service here?
///
/// A hashtag decides. So does a companion of the service's own ("meeting" for Zoom), or one that
/// many services share ("app", "network") right beside the name. A shared companion elsewhere and
/// a phrase of failure only count where the service is at home: in its countries or languages, or
/// where the word is written as a name. A word that is common in some language
/// ([`Grammar::common`]) must be at home unless its own companion stands right beside it, shared
/// companions must stand there too, and only a phrase that has room for nothing but a name speaks
/// of it.
fn is_meant(
    idx: usize,
    candidate: &Candidate,
    service_idx: usize,
    evidence: &Evidence<'_>,
) -> bool {
    let text: &str = &evidence.post.text;
    let name = text
        .get(candidate.start..candidate.bare_end)
        .unwrap_or_default();
    if is_hashtag(name, evidence) {
        return true;
    }
    let is_proper = is_proper_name(name, evidence.raw, evidence.lang);
    if is_foreign(service_idx, evidence) && !is_proper {
        return false;
    }
    let home = home(service_idx, evidence);
    let is_at_home = home.is_empty()
        || is_proper
        || evidence
            .whereabouts
            .countries()
            .any(|country| home.contains(&country))
        || evidence.lang.is_some_and(|lang| {
            lang != "en" && home.iter().any(|c| evidence.gazetteer.speaks(*c, lang))
        });
    let companions = evidence.companions;
    let span = (candidate.start, candidate.end);
    let speaks = |strictness| (evidence.spoken_of)(idx, strictness);
    if evidence.grammar.common.contains(name) && !is_proper {
        return companions.touches_own(service_idx, text, span)
            || is_at_home
                && (companions.touches_shared(service_idx, text, span)
                    || speaks(Strictness::AsName)
                    || !home.is_empty() && speaks(Strictness::AtOpening));
    }
    let may_be_home = is_at_home || evidence.lang.is_none();
    companions.has_own(service_idx, text, span)
        || companions.touches_shared(service_idx, text, span)
        || may_be_home && companions.has_shared(service_idx, text, span)
        || is_at_home && speaks(Strictness::Beside)
}

fn is_hashtag(name: &str, evidence: &Evidence<'_>) -> bool {
    if evidence.post.hashtags.is_empty() {
        return false;
    }
    let joined: String = name.chars().filter(|c| is_word_char(*c)).collect();
    evidence.post.hashtags.iter().any(|hashtag| {
        hashtag.tag == joined
            || hashtag.words != hashtag.tag && holds_word(&hashtag.words, name, (0, 0))
    })
}

/// A failure phrase within so many words of an ambiguous name speaks of it.
const BESIDE_WORDS: usize = 2;

/// Tells of which candidates the verified phrases speak.
pub(crate) struct SpokenOf<'a> {
    pub(crate) text: &'a str,
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) grammar: &'a Grammar,
    pub(crate) candidates: &'a [Candidate],
    pub(crate) phrases: &'a [(usize, Span)],
}

impl SpokenOf<'_> {
    /// Does a phrase that speaks of services speak of this candidate?
    pub(crate) fn decide(&self, candidate_idx: usize, strictness: Strictness) -> bool {
        let Some(candidate) = self.candidates.get(candidate_idx) else {
            return false;
        };
        self.phrases.iter().any(|(entry_idx, span)| {
            let Some(entry) = self.lexicon.phrases.get(*entry_idx) else {
                return false;
            };
            if !entry.family.speaks_of_services() {
                return false;
            }
            let is_in_slot = span.slots.contains(&candidate_idx);
            match strictness {
                Strictness::AsName => is_in_slot && !entry.has_gap && self.is_name(candidate, span),
                Strictness::AtOpening => {
                    candidate.end <= span.start
                        && self.opens_clause(candidate)
                        && self.is_beside(candidate, span, 1)
                }
                Strictness::Beside if is_in_slot => true,
                Strictness::Beside => {
                    let is_weak = entry.family == Family::Kind(PhraseKind::Trouble);
                    self.is_beside(candidate, span, if is_weak { 1 } else { BESIDE_WORDS })
                }
            }
        })
    }

    /// Does only a name fit where the candidate stands in the phrase? Names have no article, so
    /// nothing stands before one at the phrase's beginning ("signal is down", but not "my signal is
    /// down"), and no word that says a thing is missing stands before one inside it.
    fn is_name(&self, candidate: &Candidate, span: &Span) -> bool {
        let end = cursor::skip_left(self.text, candidate.start);
        let word = self
            .text
            .get(cursor::word_start(self.text, end)..end)
            .unwrap_or_default();
        if span.start < candidate.start {
            return !self.grammar.negators.contains(word);
        }
        self.opens_clause(candidate)
    }

    fn opens_clause(&self, candidate: &Candidate) -> bool {
        let before = self.text.get(..candidate.start).unwrap_or_default();
        let last = before.trim_end().chars().next_back();
        last.is_none_or(|c| cursor::is_sentence_end(c) || cursor::is_clause_mark(c))
    }

    fn is_beside(&self, candidate: &Candidate, span: &Span, most_words: usize) -> bool {
        let (from, to) = if span.end <= candidate.start {
            (span.end, candidate.start)
        } else if candidate.end <= span.start {
            (candidate.end, span.start)
        } else {
            return false;
        };
        let between = self.text.get(from..to).unwrap_or_default();
        let ends = |c: char| cursor::is_sentence_end(c) || cursor::is_clause_mark(c);
        // A phrase that holds another's name speaks of that one, and of those listed with it.
        let is_listed = self.grammar.conjunctions.contains(between.trim());
        (span.slots.is_empty() || is_listed)
            && !between.contains(ends)
            && cursor::words_between(self.text, from, to) <= most_words
    }
}
