use std::sync::Arc;

use buio_catalog::Catalog;
use buio_normalize::{NormalizedText, Normalizer, fingerprint, guess_language};
use buio_types::{Classified, DropReason, Post, Signal, SignalKind};

use crate::attribution;
use crate::clauses::ClauseFinder;
use crate::companions::Companions;
use crate::grammar::Grammar;
use crate::language::{current_code, language_factor, primary_language};
use crate::lexicon::{Lexicon, RawHits};
use crate::meaning::{Evidence, SpokenOf};
use crate::pattern::{NameSpan, Scene, Span};
use crate::places::{Gazetteer, Whereabouts};
use crate::reading::{Naming, PhraseHit, Reading};
use crate::resolve::{self, Candidate};
use crate::score::{Score, Scoring};
use crate::settle::settle;
use crate::topics;
use crate::weights::{Weights, term};

/// A failing thing that nobody names is told of only from this likelihood on: below, every
/// complaint about life would be a signal.
const LEAST_UNNAMED: f32 = 0.2;
/// What is left of a phrase whose slot holds the mention of somebody unknown.
const SOMEBODY: f32 = 0.5;

/// Reads posts by the names and phrases of a catalogue. Immutable: one value serves all threads.
pub struct Classifier {
    catalog: Arc<Catalog>,
    normalizer: Normalizer,
    lexicon: Lexicon,
    gazetteer: Gazetteer,
    grammar: Grammar,
    clause_finder: ClauseFinder,
    weights: Weights,
    companions: Companions,
}

impl Classifier {
    /// Folds and compiles the catalogue's names, phrases and places.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>) -> Classifier {
        let weights = Weights::new(catalog.weights());
        let grammar = Grammar::builtin();
        let normalizer = Normalizer::new(vocabulary(&catalog));
        let lexicon = Lexicon::new(&catalog, &weights);
        let gazetteer = Gazetteer::new(&catalog);
        let companions = Companions::new(catalog.services());
        Classifier {
            clause_finder: ClauseFinder::new(&grammar),
            catalog,
            normalizer,
            lexicon,
            gazetteer,
            grammar,
            weights,
            companions,
        }
    }

    /// The catalogue that was compiled.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Reads one post. A post that names nothing and tells of no failure costs one pass over its
    /// text; its language is the declared one. The `fingerprint` of a post that claims nothing of
    /// any service is 0.
    #[must_use]
    pub fn classify(&self, post: &Post) -> Classified {
        if post.text.trim().is_empty() {
            let dropped = if post.is_deleted {
                DropReason::Tombstone
            } else {
                DropReason::Empty
            };
            return Classified {
                dropped: Some(dropped),
                ..Classified::default()
            };
        }
        let declared = post.lang.as_deref().and_then(primary_language);
        let normalized = self.normalizer.normalize(&post.text);
        let raw = self.lexicon.scan(&normalized.text);
        if raw.is_empty() && post.services.is_empty() && normalized.mentions.is_empty() {
            return Classified {
                lang: declared.map(str::to_owned),
                ..Classified::default()
            };
        }
        let (signals, lang) = self.signals(post, &normalized, &raw, declared);
        let says_something = signals
            .iter()
            .any(|signal| signal.kind != SignalKind::Mention);
        let fingerprint = if says_something {
            fingerprint(&normalized.text)
        } else {
            0
        };
        Classified {
            signals,
            dropped: None,
            fingerprint,
            lang: lang.map(str::to_owned),
        }
    }

    /// Positions in the catalogue of the phrases that stand in `text`, whatever they come to mean.
    #[cfg(test)]
    pub(crate) fn phrases_in(&self, text: &str) -> Vec<usize> {
        let normalized = self.normalizer.normalize(text);
        let raw = self.lexicon.scan(&normalized.text);
        let names = self.lexicon.names(&normalized.text, &raw, &self.grammar);
        let found = resolve::Found {
            names: &names,
            mentions: resolve::mentions(&self.catalog, &normalized.text),
        };
        let hints = resolve::Hints::default();
        let candidates = resolve::candidates(
            &self.catalog,
            &self.lexicon,
            &normalized.text,
            found,
            &hints,
        );
        let spans: Vec<NameSpan> = candidates.iter().map(Candidate::name_span).collect();
        let scene = Scene {
            text: &normalized.text,
            names: &spans,
        };
        let phrases = self.lexicon.phrases(&scene, &raw);
        let entries = phrases
            .iter()
            .filter_map(|(idx, _)| self.lexicon.phrases.get(*idx));
        entries.map(|entry| entry.phrase_idx).collect()
    }

    /// The signals, and the language when it had to be looked at.
    fn signals<'l>(
        &self,
        post: &Post,
        normalized: &NormalizedText<'_>,
        raw: &RawHits,
        declared: Option<&'l str>,
    ) -> (Vec<Signal>, Option<&'l str>) {
        let text: &str = &normalized.text;
        let names = self.lexicon.names(text, raw, &self.grammar);
        let mentions = resolve::mentions(&self.catalog, text);
        let is_named = !names.is_empty() || mentions.iter().any(Candidate::is_known);
        if !is_named && post.services.is_empty() && !self.tells_of_failure(text, &mentions, raw) {
            return (Vec::new(), declared);
        }
        let lang = declared.or_else(|| guess_language(&post.text).map(current_code));
        let whereabouts = self.gazetteer.locate(post, text, lang, &self.grammar);
        let hints = resolve::hints(&self.catalog, post, &whereabouts);
        let found = resolve::Found {
            names: &names,
            mentions,
        };
        let candidates = resolve::candidates(&self.catalog, &self.lexicon, text, found, &hints);
        let spans: Vec<NameSpan> = candidates.iter().map(Candidate::name_span).collect();
        let scene = Scene {
            text,
            names: &spans,
        };
        let mut phrases = self.lexicon.phrases(&scene, raw);
        phrases.retain(|(entry_idx, _)| self.language_factor(*entry_idx, lang) > 0.0);
        let spoken_of = SpokenOf {
            text,
            lexicon: &self.lexicon,
            grammar: &self.grammar,
            candidates: &candidates,
            phrases: &phrases,
        };
        let evidence = Evidence {
            catalog: &self.catalog,
            companions: &self.companions,
            grammar: &self.grammar,
            gazetteer: &self.gazetteer,
            whereabouts: &whereabouts,
            lang,
            post: normalized,
            raw: &post.text,
            hints: &hints,
            spoken_of: &|idx, strictness| spoken_of.decide(idx, strictness),
        };
        let (targets, namings, naming_of) = resolve::resolve(&candidates, &evidence);
        let mut hits = self.hits(phrases, (&namings, &naming_of), lang);
        settle(&mut hits, |hit| {
            let entry = self.lexicon.phrases.get(hit.entry_idx);
            entry.map_or(0, |entry| entry.specificity)
        });
        topics::negate(&mut hits, text, &self.grammar);
        let mut reading = Reading {
            text,
            clauses: self.clause_finder.find(text, !hits.is_empty()),
            targets,
            namings,
            units: Vec::new(),
            hits,
        };
        reading.group(&self.grammar);
        let scoring = Scoring {
            post,
            has_link: !normalized.links.is_empty(),
            reading: &reading,
            lexicon: &self.lexicon,
            weights: &self.weights,
            cue_name: &|hit| self.cue_name(hit),
        };
        (self.verdicts(&scoring, &whereabouts), lang)
    }

    /// Where nothing is named, only a phrase of failure makes a post more than chatter.
    fn tells_of_failure(&self, text: &str, mentions: &[Candidate], raw: &RawHits) -> bool {
        let names: Vec<NameSpan> = mentions.iter().map(Candidate::name_span).collect();
        let scene = Scene {
            text,
            names: &names,
        };
        self.lexicon
            .phrases(&scene, raw)
            .iter()
            .filter_map(|(idx, _)| self.lexicon.phrases.get(*idx))
            .any(|entry| entry.family.is_failure())
    }

    /// Scores every target, or the thing that nobody names.
    fn verdicts(&self, scoring: &Scoring<'_>, whereabouts: &Whereabouts) -> Vec<Signal> {
        let reading = scoring.reading;
        if reading.targets.is_empty() {
            if !reading.hits.iter().any(|hit| hit.is_failure()) {
                return Vec::new();
            }
            let score = scoring.score(None);
            let signal = self.signal(scoring, None, score, whereabouts);
            let is_told = signal.likelihood.get() >= LEAST_UNNAMED;
            return if is_told { vec![signal] } else { Vec::new() };
        }
        let category = |idx: usize| {
            let target = reading.targets.get(idx)?;
            // A brand that stands for its networks in several countries is of their kind.
            let brand = self.catalog.services_with_alias(target.id.as_str());
            let service_idx = target.service_idx.or_else(|| brand.first().copied())?;
            Some(self.catalog.services().get(service_idx)?.category.as_str())
        };
        let victims = attribution::victims(reading, &category);
        let mut media = attribution::media(reading, &category, &self.grammar);
        media.extend(attribution::goals(reading, &category, &self.grammar));
        let mut signals: Vec<Signal> = (0..reading.targets.len())
            .map(|idx| {
                let mut score = scoring.score(Some(idx));
                for (is_so, name) in [
                    (victims.contains(&idx), term::VICTIM),
                    (media.contains(&idx), term::MEDIUM),
                ] {
                    if is_so {
                        score.push(name, self.weights.get(name), None);
                    }
                }
                self.signal(scoring, Some(idx), score, whereabouts)
            })
            .collect();
        signals.sort_by(|a, b| {
            b.likelihood
                .get()
                .total_cmp(&a.likelihood.get())
                .then_with(|| a.service.cmp(&b.service))
        });
        signals
    }

    fn signal(
        &self,
        scoring: &Scoring<'_>,
        target: Option<usize>,
        score: Score,
        whereabouts: &Whereabouts,
    ) -> Signal {
        let found = target.and_then(|idx| scoring.reading.targets.get(idx));
        let service = found
            .and_then(|target| target.service_idx)
            .and_then(|idx| self.catalog.services().get(idx));
        let home = service.map_or(&[][..], |service| &service.countries);
        attribution::signal(
            scoring,
            target,
            score,
            &attribution::Background {
                id: found.map(|target| target.id.clone()),
                countries: whereabouts.weigh(home),
                is_messenger: service.is_some_and(|service| service.category == "messenger"),
                is_origin: target
                    .is_some_and(|idx| scoring.reading.is_after(idx, &self.grammar.origins)),
                row_id: &|hit| self.row_id(hit),
            },
        )
    }

    /// Settles what language and slots make of the verified phrases.
    fn hits(
        &self,
        phrases: Vec<(usize, Span)>,
        (namings, naming_of): (&[Naming], &[Option<usize>]),
        lang: Option<&str>,
    ) -> Vec<PhraseHit> {
        let targets_of = |idx: usize| namings.get(idx).and_then(|naming| naming.target);
        phrases
            .into_iter()
            .filter_map(|(entry_idx, span)| {
                let entry = self.lexicon.phrases.get(entry_idx)?;
                let slots: Vec<usize> = span
                    .slots
                    .iter()
                    .filter_map(|idx| naming_of.get(*idx).copied().flatten())
                    .collect();
                // A slot must hold a name that turned out to be one.
                if entry.has_slot && slots.len() < span.slots.len() {
                    return None;
                }
                let language = self.language_factor(entry_idx, lang);
                let is_somebody =
                    entry.has_slot && slots.iter().all(|idx| targets_of(*idx).is_none());
                Some(PhraseHit {
                    entry_idx,
                    family: entry.family,
                    start: span.start,
                    end: span.end,
                    slots,
                    factor: if is_somebody {
                        language * SOMEBODY
                    } else {
                        language
                    },
                })
            })
            .collect()
    }

    fn language_factor(&self, entry_idx: usize, lang: Option<&str>) -> f32 {
        let Some(entry) = self.lexicon.phrases.get(entry_idx) else {
            return 0.0;
        };
        let phrase = self.catalog.phrases().get(entry.phrase_idx);
        let of_phrase = phrase.map_or("und", |phrase| phrase.lang.as_str());
        language_factor(of_phrase, lang, (entry.specificity, entry.n_letters))
    }

    fn cue_name(&self, hit: &PhraseHit) -> String {
        let text = self
            .lexicon
            .phrases
            .get(hit.entry_idx)
            .and_then(|entry| self.catalog.phrases().get(entry.phrase_idx))
            .map_or("", |phrase| phrase.text.as_str());
        format!("{}:{text}", hit.family.as_str())
    }

    fn row_id(&self, hit: &PhraseHit) -> Option<&str> {
        let entry = self.lexicon.phrases.get(hit.entry_idx)?;
        self.catalog.phrases().get(entry.phrase_idx)?.id.as_deref()
    }
}

/// Words by which hashtags are split: names, and what is said of them.
fn vocabulary(catalog: &Catalog) -> Vec<&str> {
    let names = catalog
        .services()
        .iter()
        .flat_map(|service| &service.aliases);
    let phrases = catalog.phrases().iter().map(|phrase| &phrase.text);
    names.chain(phrases).map(String::as_str).collect()
}
