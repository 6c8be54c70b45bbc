//! Which services a post names: aliases, mentions, hashtags, context.

use std::collections::BTreeMap;

use buio_catalog::Catalog;
use buio_normalize::{fold, is_word_char};
use buio_types::{Post, ServiceId};

use crate::cursor;
use crate::lexicon::{Lexicon, NameHit};
use crate::meaning::{Evidence, choose};
use crate::pattern::NameSpan;
use crate::places::Whereabouts;
use crate::reading::{Naming, Target};

/// A span that may name services, before it is decided which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Before any grammatical ending.
    pub(crate) bare_end: usize,
    /// Services that claim the words, and whether the words are ambiguous for them.
    pub(crate) claims: Vec<(usize, bool)>,
    /// A service of the context, by its own name.
    pub(crate) hint: Option<ServiceId>,
}

impl Candidate {
    /// The candidate as patterns see it.
    pub(crate) const fn name_span(&self) -> NameSpan {
        NameSpan {
            start: self.start,
            end: self.end,
            bare_end: self.bare_end,
        }
    }

    /// Does some service claim the words?
    pub(crate) fn is_known(&self) -> bool {
        !self.claims.is_empty()
    }
}

/// What the text's words and its mentions may name.
pub(crate) struct Found<'a> {
    pub(crate) names: &'a [NameHit],
    pub(crate) mentions: Vec<Candidate>,
}

/// The services that the context binds a post to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Hints {
    /// In the post's order: the id, and the position in the catalogue when it has one.
    pub(crate) services: Vec<(ServiceId, Option<usize>)>,
    /// The hints as written, folded; for ad-hoc services their only name.
    names: Vec<(String, ServiceId)>,
}

/// Resolves the names that the collector bound the post to.
pub(crate) fn hints(catalog: &Catalog, post: &Post, whereabouts: &Whereabouts) -> Hints {
    let mut hints = Hints::default();
    for name in &post.services {
        let Some(mut id) = catalog.resolve_hint(name) else {
            continue;
        };
        let mut service_idx = position(catalog, &id);
        if service_idx.is_none() {
            // A brand with networks in several countries: the post's country tells which.
            let owners = catalog.services_with_alias(name);
            let here = owners.iter().copied().find(|idx| {
                let home = catalog
                    .services()
                    .get(*idx)
                    .map_or(&[][..], |s| &s.countries);
                whereabouts
                    .countries()
                    .any(|country| home.contains(&country))
            });
            if let Some((idx, service)) =
                here.and_then(|idx| Some((idx, catalog.services().get(idx)?)))
            {
                service_idx = Some(idx);
                id = service.id.clone();
            }
        }
        let folded = fold(name.trim_start_matches(['@', '#'])).into_owned();
        hints.names.push((folded, id.clone()));
        if hints.services.iter().all(|(known, _)| *known != id) {
            hints.services.push((id, service_idx));
        }
    }
    hints
}

pub(crate) fn position(catalog: &Catalog, id: &ServiceId) -> Option<usize> {
    catalog
        .services()
        .binary_search_by(|service| service.id.cmp(id))
        .ok()
}

/// Gathers aliases, mentions and the context's own names, sorted by start.
pub(crate) fn candidates(
    catalog: &Catalog,
    lexicon: &Lexicon,
    text: &str,
    Found { names, mentions }: Found<'_>,
    hints: &Hints,
) -> Vec<Candidate> {
    let mut found = mentions;
    for mention in &mut found {
        let handle = text.get(mention.start + 1..mention.end).unwrap_or_default();
        let hint = hints.names.iter().find(|(name, _)| name == handle);
        mention.hint = hint.map(|(_, id)| id.clone());
    }
    let is_free = |found: &[Candidate], start: usize, end: usize| {
        found
            .iter()
            .all(|other| end <= other.start || other.end <= start)
    };
    for (name, id) in &hints.names {
        // Catalogued services bring their aliases; what is ad hoc has only this name.
        if position(catalog, id).is_some() || name.is_empty() {
            continue;
        }
        for (start, matched) in text.match_indices(name.as_str()) {
            let end = start + matched.len();
            if cursor::is_boundary(cursor::before(text, start), cursor::after(text, start))
                && cursor::is_boundary(cursor::after(text, end), cursor::before(text, end))
                && is_free(&found, start, end)
            {
                let hint = Some(id.clone());
                found.push(Candidate {
                    start,
                    end,
                    bare_end: end,
                    claims: Vec::new(),
                    hint,
                });
            }
        }
    }
    for hit in names {
        let Some(entry) = lexicon.names.get(hit.name_idx) else {
            continue;
        };
        if is_free(&found, hit.start, hit.end) {
            found.push(Candidate {
                start: hit.start,
                end: hit.end,
                bare_end: hit.bare_end,
                claims: entry.claims.clone(),
                hint: None,
            });
        }
    }
    found.sort_by_key(|candidate| candidate.start);
    found
}

/// `@handles`, whether or not somebody knows them.
pub(crate) fn mentions(catalog: &Catalog, text: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices('@') {
        if cursor::before(text, start).is_some_and(is_word_char) {
            continue;
        }
        let rest = text.get(start + 1..).unwrap_or_default();
        let len = rest
            .char_indices()
            .find(|&(_, c)| !(is_word_char(c) || matches!(c, '_' | '-')))
            .map_or(rest.len(), |(n, _)| n);
        let handle = rest.get(..len).unwrap_or_default();
        if handle.is_empty() {
            continue;
        }
        let known = catalog
            .resolve_hint(handle)
            .and_then(|id| position(catalog, &id));
        let claims = match known {
            Some(idx) => vec![(idx, false)],
            None => catalog
                .services_with_alias(handle)
                .iter()
                .map(|idx| (*idx, false))
                .collect(),
        };
        found.push(Candidate {
            start,
            end: start + 1 + len,
            bare_end: start + 1 + len,
            claims,
            hint: None,
        });
    }
    found
}

/// Decides what each candidate names, and lists the post's services: the context's first, then
/// the text's in order.
pub(crate) fn resolve(
    candidates: &[Candidate],
    evidence: &Evidence<'_>,
) -> (Vec<Target>, Vec<Naming>, Vec<Option<usize>>) {
    let mut targets: Vec<Target> = evidence
        .hints
        .services
        .iter()
        .map(|(id, service_idx)| Target {
            id: id.clone(),
            service_idx: *service_idx,
            is_hint: true,
        })
        .collect();
    let mut known: BTreeMap<ServiceId, usize> = targets
        .iter()
        .enumerate()
        .map(|(idx, target)| (target.id.clone(), idx))
        .collect();
    let mut namings = Vec::new();
    // Where each candidate went, so that slots can follow.
    let mut naming_of = Vec::with_capacity(candidates.len());
    for (idx, candidate) in candidates.iter().enumerate() {
        let choice = choose(idx, candidate, evidence);
        let is_mention = cursor::after(&evidence.post.text, candidate.start) == Some('@');
        if choice.is_none() && !is_mention {
            naming_of.push(None);
            continue;
        }
        let target = choice.map(|(id, service_idx)| {
            *known.entry(id.clone()).or_insert_with(|| {
                targets.push(Target {
                    id,
                    service_idx,
                    is_hint: false,
                });
                targets.len() - 1
            })
        });
        naming_of.push(Some(namings.len()));
        namings.push(Naming {
            start: candidate.start,
            end: candidate.end,
            target,
        });
    }
    (targets, namings, naming_of)
}
