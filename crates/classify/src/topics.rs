//! Which symptom rows tell of a failure and which only name a part.

use std::collections::{BTreeMap, BTreeSet};

use buio_catalog::{Phrase, PhraseKind};
use buio_normalize::{fold, is_unspaced, is_word_char};

use crate::cursor::{is_clause_mark, is_sentence_end};
use crate::grammar::Grammar;
use crate::reading::{Family, PhraseHit};

/// A word of failure stands in at least so many rows that tell of failures …
const LEAST_ROWS: usize = 3;
/// … and so many times as often there as in all other rows.
const LEAST_LIFT: f64 = 1.5;

/// The words that make a phrase tell of a failure, learned from the rows themselves: "non",
/// "kein", "안", "broken" stand in rows of failure far more often than elsewhere; "la", "my" and
/// "server" do not.
#[derive(Debug)]
pub(crate) struct Topics {
    /// By language.
    failure_words: BTreeMap<String, BTreeSet<String>>,
}

impl Topics {
    pub(crate) fn new(phrases: &[Phrase]) -> Topics {
        #[derive(Default)]
        struct Counts {
            n_failing: usize,
            n_other: usize,
            rows: BTreeMap<String, (usize, usize)>,
        }
        let mut by_lang: BTreeMap<&str, Counts> = BTreeMap::new();
        for phrase in phrases {
            let is_failing = matches!(
                phrase.kind,
                PhraseKind::Down | PhraseKind::Degraded | PhraseKind::Trouble
            );
            if !is_failing && matches!(phrase.kind, PhraseKind::Symptom | PhraseKind::Negation) {
                continue;
            }
            let counts = by_lang.entry(&phrase.lang).or_default();
            if is_failing {
                counts.n_failing += 1;
            } else {
                counts.n_other += 1;
            }
            for word in words(&phrase.text).into_iter().collect::<BTreeSet<_>>() {
                let (failing, other) = counts.rows.entry(word).or_default();
                if is_failing {
                    *failing += 1;
                } else {
                    *other += 1;
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "thousands of rows")]
        let is_failure_word = |counts: &Counts, (failing, other): (usize, usize)| {
            let rate_failing = failing as f64 / counts.n_failing.max(1) as f64;
            let rate_other = (other as f64 + 0.5) / counts.n_other.max(1) as f64;
            failing >= LEAST_ROWS && rate_failing >= LEAST_LIFT * rate_other
        };
        let failure_words = by_lang
            .into_iter()
            .map(|(lang, counts)| {
                let words = counts
                    .rows
                    .iter()
                    .filter(|(_, rows)| is_failure_word(&counts, **rows))
                    .map(|(word, _)| word.clone())
                    .collect();
                (lang.to_owned(), words)
            })
            .collect();
        Topics { failure_words }
    }

    /// Does the row only name a part? A long row says more than a name; a slow or blank screen
    /// fails by itself; scripts without blanks put the verb into the same word.
    pub(crate) fn is_topic(&self, phrase: &Phrase) -> bool {
        if phrase.kind != PhraseKind::Symptom
            || matches!(phrase.id.as_deref(), Some("slow" | "white-screen"))
            || phrase.text.contains(is_unspaced)
            || phrase.text.contains('*')
        {
            return false;
        }
        let words = words(&phrase.text);
        let failure_words = self.failure_words.get(&phrase.lang);
        let tells = |word: &String| failure_words.is_some_and(|known| known.contains(word));
        match words.len() {
            0 | 1 => true,
            2 => !words.iter().any(tells),
            _ => false,
        }
    }
}

/// The literal words of a phrase, folded.
fn words(phrase: &str) -> Vec<String> {
    phrase
        .split_whitespace()
        .filter(|token| *token != "*" && !token.contains('{'))
        .map(|token| fold(token.trim_matches('~')).into_owned())
        .collect()
}

/// How far a word that negates may stand before and after a part: "no longer have internet",
/// "l'internet chez moi ne marche pas".
const WORDS_BEFORE: usize = 3;
const WORDS_AFTER: usize = 4;

/// Makes failures of the parts that are said to be missing.
pub(crate) fn negate(hits: &mut [PhraseHit], text: &str, grammar: &Grammar) {
    for hit in hits.iter_mut().filter(|hit| hit.family == Family::Topic) {
        let before = text.get(..hit.start).unwrap_or_default();
        let after = text.get(hit.end..).unwrap_or_default();
        let clause = before
            .rfind(is_mark)
            .map_or(before, |at| before.get(at..).unwrap_or_default());
        let is_negator = |word: &str| grammar.negators.contains(word);
        let is_negated = clause
            .rsplit(is_blank)
            .filter(is_word)
            .take(WORDS_BEFORE)
            .any(is_negator)
            || after.split(is_mark).next().is_some_and(|c| {
                c.split(is_blank)
                    .filter(is_word)
                    .take(WORDS_AFTER)
                    .any(is_negator)
            });
        if is_negated {
            hit.family = Family::NegatedTopic;
        }
    }
}

fn is_mark(c: char) -> bool {
    is_sentence_end(c) || is_clause_mark(c)
}

fn is_blank(c: char) -> bool {
    !is_word_char(c) && c != '\''
}

fn is_word(word: &&str) -> bool {
    !word.is_empty()
}
