//! Every name and every phrase of the catalogue, searched together.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use buio_catalog::Catalog;
use buio_normalize::fold;

use crate::cursor;
use crate::grammar::Grammar;
use crate::literals::{Literals, starts};
use crate::pattern::{Pattern, Scene, Span};
use crate::reading::Family;
use crate::topics::Topics;
use crate::weights::Weights;

/// A phrase, ready to be found.
#[derive(Debug, Clone)]
pub(crate) struct PhraseEntry {
    /// Position in `Catalog::phrases`.
    pub(crate) phrase_idx: usize,
    pub(crate) family: Family,
    pub(crate) weight: f32,
    pub(crate) has_slot: bool,
    pub(crate) has_gap: bool,
    /// Letters of its literals: decides which of two overlapping phrases is the more specific.
    pub(crate) specificity: usize,
    /// Letters of its literals alone.
    pub(crate) n_letters: usize,
    pattern: Pattern,
}

/// An alias as written in a text, folded, and who claims it.
#[derive(Debug, Clone)]
pub(crate) struct NameEntry {
    pub(crate) text: String,
    /// Positions in `Catalog::services`, and whether the alias is ambiguous for that service.
    pub(crate) claims: Vec<(usize, bool)>,
}

#[derive(Debug, Clone, Copy)]
enum Entry {
    Phrase(usize),
    Name(usize),
}

/// What one literal belongs to.
#[derive(Debug, Clone, Default)]
struct Entries {
    list: Vec<Entry>,
    /// Some phrase takes letters before (after) the literal.
    is_left_open: bool,
    is_right_open: bool,
}

impl Entries {
    fn push(&mut self, entry: Entry, (is_left_open, is_right_open): (bool, bool)) {
        self.list.push(entry);
        self.is_left_open |= is_left_open;
        self.is_right_open |= is_right_open;
    }

    /// A cheap first look: inside an ASCII word only open literals can match.
    fn may_stand(&self, text: &str, start: usize, end: usize) -> bool {
        let bytes = text.as_bytes();
        let is_letter = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(u8::is_ascii_lowercase)
        };
        let is_inside = |a: Option<usize>, b: Option<usize>| is_letter(a) && is_letter(b);
        (self.is_left_open || !is_inside(start.checked_sub(1), Some(start)))
            && (self.is_right_open || !is_inside(end.checked_sub(1), Some(end)))
    }
}

/// Phrases and names, searched together.
#[derive(Debug)]
pub(crate) struct Lexicon {
    /// Literals that begin where a word begins, and what each belongs to.
    literals: Literals,
    entries: Vec<Entries>,
    /// Literals that may begin inside a word, and what each belongs to.
    inner: Option<AhoCorasick>,
    inner_entries: Vec<Entries>,
    pub(crate) phrases: Vec<PhraseEntry>,
    pub(crate) names: Vec<NameEntry>,
}

/// A possible name in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameHit {
    pub(crate) start: usize,
    /// After any grammatical ending.
    pub(crate) end: usize,
    /// Before it.
    pub(crate) bare_end: usize,
    /// Position in [`Lexicon::names`].
    pub(crate) name_idx: usize,
}

/// Literals found in a text before anything is verified.
#[derive(Debug, Default)]
pub(crate) struct RawHits {
    names: Vec<(usize, usize, usize)>,
    phrases: Vec<(usize, usize, usize)>,
}

impl RawHits {
    /// Takes a literal found at `start..end`, if it may stand there.
    fn take(&mut self, entries: &Entries, text: &str, (start, end): (usize, usize)) {
        if !entries.may_stand(text, start, end) {
            return;
        }
        for entry in &entries.list {
            match entry {
                Entry::Name(idx) => self.names.push((start, end, *idx)),
                Entry::Phrase(idx) => self.phrases.push((start, end, *idx)),
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.phrases.is_empty()
    }
}

impl Lexicon {
    /// Folds and compiles all rows of the catalogue.
    pub(crate) fn new(catalog: &Catalog, weights: &Weights) -> Lexicon {
        let mut literals: BTreeMap<String, Entries> = BTreeMap::new();
        let names = name_entries(catalog);
        for (idx, name) in names.iter().enumerate() {
            literals
                .entry(name.text.clone())
                .or_default()
                // Endings may hang on a name.
                .push(Entry::Name(idx), (false, true));
        }
        let phrases = phrase_entries(catalog, weights);
        for (idx, phrase) in phrases.iter().enumerate() {
            let anchor = phrase.pattern.anchor().to_owned();
            let open = phrase.pattern.anchor_is_open();
            literals
                .entry(anchor)
                .or_default()
                .push(Entry::Phrase(idx), open);
        }
        let (inner, outer): (BTreeMap<_, _>, BTreeMap<_, _>) = literals
            .into_iter()
            .partition(|(_, entries)| entries.is_left_open);
        let (literals, entries): (Vec<String>, Vec<Entries>) = outer.into_iter().unzip();
        let (inner, inner_entries): (Vec<String>, Vec<Entries>) = inner.into_iter().unzip();
        // The automaton can only fail to build beyond its size limits (2^31 states); then no open
        // literal is ever found, and the catalogue's own tests fail.
        let inner = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&inner)
            .ok();
        Lexicon {
            literals: Literals::new(literals),
            entries,
            inner,
            inner_entries,
            phrases,
            names,
        }
    }

    /// Finds literals whose outer characters could be word boundaries.
    pub(crate) fn scan(&self, text: &str) -> RawHits {
        let mut hits = RawHits::default();
        for start in starts(text) {
            let rest = text.get(start..).unwrap_or_default();
            for (idx, len) in self.literals.prefixes_of(rest) {
                if let Some(entries) = self.entries.get(idx) {
                    hits.take(entries, text, (start, start + len));
                }
            }
        }
        for found in self
            .inner
            .iter()
            .flat_map(|inner| inner.find_overlapping_iter(text))
        {
            if let Some(entries) = self.inner_entries.get(found.pattern().as_usize()) {
                hits.take(entries, text, (found.start(), found.end()));
            }
        }
        hits
    }

    /// Verifies names; of overlapping ones the longest stays.
    pub(crate) fn names(&self, text: &str, hits: &RawHits, grammar: &Grammar) -> Vec<NameHit> {
        let mut found: Vec<NameHit> = hits
            .names
            .iter()
            .filter_map(|&(start, end, name_idx)| {
                let bare_end = end;
                let end = name_end(text, start, end, grammar)?;
                has_name_start(text, start, grammar).then_some(NameHit {
                    start,
                    end,
                    bare_end,
                    name_idx,
                })
            })
            .collect();
        found.sort_by_key(|hit| {
            (
                std::cmp::Reverse(hit.end - hit.start),
                hit.start,
                hit.name_idx,
            )
        });
        let mut kept: Vec<NameHit> = Vec::new();
        for hit in found {
            if kept
                .iter()
                .all(|other| hit.end <= other.start || other.end <= hit.start)
            {
                kept.push(hit);
            }
        }
        kept.sort_by_key(|hit| hit.start);
        kept
    }

    /// Verifies phrases; each phrase at each place once.
    pub(crate) fn phrases(&self, scene: &Scene<'_>, hits: &RawHits) -> Vec<(usize, Span)> {
        let mut found: Vec<(usize, Span)> = hits
            .phrases
            .iter()
            .filter_map(|&(start, end, idx)| {
                let span = self.phrases.get(idx)?.pattern.verify(scene, start, end)?;
                Some((idx, span))
            })
            .collect();
        found.sort_by_key(|(idx, span)| (span.start, span.end, *idx));
        found.dedup();
        found
    }
}

fn name_entries(catalog: &Catalog) -> Vec<NameEntry> {
    let mut names: BTreeMap<String, Vec<(usize, bool)>> = BTreeMap::new();
    for (idx, service) in catalog.services().iter().enumerate() {
        for alias in &service.aliases {
            let folded = fold(alias).trim().to_owned();
            if folded.is_empty() {
                continue;
            }
            let is_ambiguous = service.ambiguous.contains(alias);
            let claims = names.entry(folded).or_default();
            match claims.iter_mut().find(|(known, _)| *known == idx) {
                // Two spellings fold to one word: it is as clear as the clearer of them.
                Some((_, known)) => *known &= is_ambiguous,
                None => claims.push((idx, is_ambiguous)),
            }
        }
    }
    names
        .into_iter()
        .map(|(text, claims)| NameEntry { text, claims })
        .collect()
}

fn phrase_entries(catalog: &Catalog, weights: &Weights) -> Vec<PhraseEntry> {
    let topics = Topics::new(catalog.phrases());
    let mut entries = Vec::new();
    for (phrase_idx, phrase) in catalog.phrases().iter().enumerate() {
        let family = if topics.is_topic(phrase) {
            Family::Topic
        } else {
            Family::Kind(phrase.kind)
        };
        let weight = weights.of_phrase(family.as_str(), phrase.id.as_deref(), &phrase.text);
        let mut known: Vec<Pattern> = Vec::new();
        for variant in spellings(&phrase.text) {
            let Some(pattern) = Pattern::parse(&variant) else {
                continue;
            };
            if known.contains(&pattern) {
                continue;
            }
            known.push(pattern.clone());
            entries.push(PhraseEntry {
                phrase_idx,
                family,
                weight,
                has_slot: pattern.has_slot(),
                has_gap: pattern.has_gap(),
                specificity: pattern.specificity(),
                n_letters: pattern.n_letters(),
                pattern,
            });
        }
    }
    entries
}

/// Apostrophes inside words are often left out ("isnt") or typed as a blank ("c est").
fn spellings(phrase: &str) -> Vec<String> {
    let straight = phrase.replace(['\u{2019}', '\u{2bc}', '`'], "'");
    if !straight.contains('\'') {
        return vec![straight];
    }
    vec![
        straight.replace('\'', ""),
        straight.replace('\'', " "),
        straight,
    ]
}

/// May a name begin at `start`? A boundary, or letters that grammar puts before a name.
fn has_name_start(text: &str, start: usize, grammar: &Grammar) -> bool {
    if cursor::is_boundary(cursor::before(text, start), cursor::after(text, start)) {
        return true;
    }
    let word = cursor::word_start(text, start);
    text.get(word..start)
        .is_some_and(|prefix| grammar.prefixes.contains(prefix))
}

/// Shortest names that take endings: in short ones an ending makes another word.
const SUFFIXED_LATIN_CHARS: usize = 5;
const SUFFIXED_OTHER_CHARS: usize = 2;
/// Longest ending in scripts without a list (Korean particles, Indic case endings).
const SUFFIX_CHARS: usize = 4;

/// Armenian, Indic, Georgian and Ethiopic case endings are many and short: any will do.
const fn has_free_endings(c: char) -> bool {
    matches!(
        c,
        '\u{530}'..='\u{58f}'
            | '\u{900}'..='\u{dff}'
            | '\u{10a0}'..='\u{10ff}'
            | '\u{1200}'..='\u{139f}'
    )
}

/// Where the name that was found at `start..end` ends with its grammatical ending; `None` when
/// the word goes on otherwise.
fn name_end(text: &str, start: usize, end: usize, grammar: &Grammar) -> Option<usize> {
    if cursor::after(text, end) == Some('\'') {
        let word_end = cursor::word_end(text, end + 1);
        let n_chars = text.get(end + 1..word_end)?.chars().count();
        return Some(if (1..=6).contains(&n_chars) {
            word_end
        } else {
            end
        });
    }
    if cursor::is_boundary(cursor::after(text, end), cursor::before(text, end)) {
        // A name in Latin letters may carry the ending of the text's own script.
        return Some(foreign_ending(text, end).unwrap_or(end));
    }
    let word_end = cursor::word_end(text, end);
    let suffix = text.get(end..word_end)?;
    let name = text.get(start..end)?;
    let n_chars = name.chars().count();
    let first = suffix.chars().next()?;
    let least = if first < '\u{530}' {
        SUFFIXED_LATIN_CHARS
    } else {
        SUFFIXED_OTHER_CHARS
    };
    let fits = if has_free_endings(first) {
        suffix.chars().count() <= SUFFIX_CHARS
    } else {
        grammar.suffixes.contains(suffix)
    };
    (n_chars >= least && fits).then_some(word_end)
}

/// "whatsapp이", "whatsappда": a short ending in another script than the name's. Letters of ASCII
/// are no ending of another script's name but a word of their own ("카톡down").
fn foreign_ending(text: &str, end: usize) -> Option<usize> {
    let next = cursor::after(text, end)?;
    let is_unspaced = |c: Option<char>| c.is_some_and(buio_normalize::is_unspaced);
    if !next.is_alphabetic()
        || next.is_ascii()
        || is_unspaced(Some(next))
        || is_unspaced(cursor::before(text, end))
    {
        return None;
    }
    let word_end = cursor::word_end(text, end);
    let n_chars = text.get(end..word_end)?.chars().count();
    (n_chars <= SUFFIX_CHARS).then_some(word_end)
}

#[cfg(test)]
mod tests;
