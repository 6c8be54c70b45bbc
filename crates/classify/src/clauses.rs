//! Where clauses and sentences end, and how far two spans stand apart.

use crate::cursor;
use crate::grammar::Grammar;
use crate::literals::{Literals, starts};

/// Extra words that a mark between two spans is worth. A larger value binds a cue more tightly to
/// the service of its own clause; a smaller one lets it reach the next.
const COMMA_WORDS: usize = 4;
const CONTRAST_WORDS: usize = 6;
const SENTENCE_WORDS: usize = 12;

/// Finds clause marks.
#[derive(Debug)]
pub(crate) struct ClauseFinder {
    contrasts: Literals,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Comma,
    Contrast,
    Sentence,
}

/// The marks of one text, in order.
#[derive(Debug, Default)]
pub(crate) struct Clauses(Vec<(usize, Mark)>);

impl ClauseFinder {
    pub(crate) fn new(grammar: &Grammar) -> ClauseFinder {
        ClauseFinder {
            contrasts: Literals::new(grammar.contrasts.iter().cloned().collect()),
        }
    }

    /// Finds the marks of a text; none when nothing is to be told apart by them.
    pub(crate) fn find(&self, text: &str, is_needed: bool) -> Clauses {
        if !is_needed {
            return Clauses::default();
        }
        let mut marks = Vec::new();
        for (at, c) in text.char_indices() {
            let next = cursor::after(text, at + c.len_utf8());
            if cursor::is_sentence_end(c) {
                // A point inside a number, an address or an abbreviation ends nothing.
                // Of a run ("?!", "...") only the last counts.
                let is_inside = c == '.' && next.is_some_and(|c| !c.is_whitespace());
                if !is_inside && !next.is_some_and(cursor::is_sentence_end) {
                    marks.push((at, Mark::Sentence));
                }
            } else if cursor::is_clause_mark(c) && next.is_none_or(|c| !c.is_numeric()) {
                marks.push((at, Mark::Comma));
            }
        }
        for start in starts(text) {
            let rest = text.get(start..).unwrap_or_default();
            let is_word = |(_, len): (usize, usize)| cursor::is_apart(text, start, start + len);
            if self.contrasts.prefixes_of(rest).any(is_word) {
                marks.push((start, Mark::Contrast));
            }
        }
        marks.sort_by_key(|(at, _)| *at);
        Clauses(marks)
    }
}

impl Clauses {
    /// Marks between two positions.
    fn between(&self, from: usize, to: usize) -> impl Iterator<Item = Mark> {
        self.0
            .iter()
            .filter(move |(at, _)| (from..to).contains(at))
            .map(|(_, mark)| *mark)
    }

    /// Do both spans stand in one sentence?
    pub(crate) fn is_same_sentence(&self, a: (usize, usize), b: (usize, usize)) -> bool {
        let (from, to) = gap(a, b);
        self.between(from, to).all(|mark| mark != Mark::Sentence)
    }

    /// How far apart two spans stand, in words, marks counted as several words.
    pub(crate) fn distance(&self, text: &str, a: (usize, usize), b: (usize, usize)) -> usize {
        let (from, to) = gap(a, b);
        let marks: usize = self
            .between(from, to)
            .map(|mark| match mark {
                Mark::Comma => COMMA_WORDS,
                Mark::Contrast => CONTRAST_WORDS,
                Mark::Sentence => SENTENCE_WORDS,
            })
            .sum();
        cursor::words_between(text, from, to) + marks
    }
}

/// What lies between two spans; empty when they overlap.
fn gap(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    let (first, second) = if a <= b { (a, b) } else { (b, a) };
    (first.1.min(second.0), second.0)
}
