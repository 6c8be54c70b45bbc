//! Small steps over folded text: characters beside a position, words, separators.

use buio_normalize::{is_unspaced, is_word_char};

/// The character that ends at `at`.
pub(crate) fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// The character that begins at `at`.
pub(crate) fn after(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// Characters after which another sentence begins.
pub(crate) const fn is_sentence_end(c: char) -> bool {
    matches!(
        c,
        '.' | '!'
            | '?'
            | ';'
            | '\n'
            | '…'
            | '。'
            | '！'
            | '？'
            | '；'
            | '؟'
            | '؛'
            | '।'
            | '॥'
            | '۔'
            | '។'
            | '။'
    )
}

/// Characters that part clauses inside a sentence.
pub(crate) const fn is_clause_mark(c: char) -> bool {
    matches!(
        c,
        ',' | ':' | '(' | ')' | '|' | '、' | '，' | '،' | '：' | '–' | '—' | '•'
    )
}

/// May stand between two words of one phrase: neither a letter nor the end of a sentence, nor the
/// beginning of a mention.
fn is_separator(c: char) -> bool {
    !is_word_char(c) && !is_sentence_end(c) && c != '@'
}

/// The position after any separators that begin at `at`.
pub(crate) fn skip_right(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest
        .char_indices()
        .find(|&(_, c)| !is_separator(c))
        .map_or(rest.len(), |(n, _)| n)
}

/// The position before any separators that end at `at`.
pub(crate) fn skip_left(text: &str, at: usize) -> usize {
    let head = text.get(..at).unwrap_or_default();
    head.char_indices()
        .rev()
        .find(|&(_, c)| !is_separator(c))
        .map_or(0, |(n, c)| n + c.len_utf8())
}

/// The end of the word that contains or begins at `at`.
pub(crate) fn word_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest
        .char_indices()
        .find(|&(_, c)| !is_word_char(c))
        .map_or(rest.len(), |(n, _)| n)
}

/// The beginning of the word that contains or ends at `at`.
pub(crate) fn word_start(text: &str, at: usize) -> usize {
    let head = text.get(..at).unwrap_or_default();
    head.char_indices()
        .rev()
        .find(|&(_, c)| !is_word_char(c))
        .map_or(0, |(n, c)| n + c.len_utf8())
}

/// The end of one gap word at `at`: all that stands before the next blank.
pub(crate) fn gap_word_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest
        .char_indices()
        .find(|&(_, c)| c.is_whitespace() || is_sentence_end(c))
        .map_or(rest.len(), |(n, _)| n)
}

/// The beginning of one gap word that ends at `at`.
pub(crate) fn gap_word_start(text: &str, at: usize) -> usize {
    let head = text.get(..at).unwrap_or_default();
    head.char_indices()
        .rev()
        .find(|&(_, c)| c.is_whitespace() || is_sentence_end(c))
        .map_or(0, |(n, c)| n + c.len_utf8())
}

/// May a word begin (or end) between `outer` and `inner`, where `inner` belongs to the word?
///
/// Scripts without blanks have no visible boundary, and a change between Latin and another script
/// is one ("בwhatsapp", "LINE障害").
pub(crate) fn is_boundary(outer: Option<char>, inner: Option<char>) -> bool {
    match (outer, inner) {
        (Some(outer), Some(inner)) if outer.is_ascii() && inner.is_ascii() => {
            !outer.is_ascii_alphanumeric() || !inner.is_ascii_alphanumeric()
        }
        (Some(outer), Some(inner)) => {
            !is_word_char(outer)
                || !is_word_char(inner)
                || is_unspaced(outer)
                || is_unspaced(inner)
                || is_latin_letter(outer) != is_latin_letter(inner)
                    && outer.is_alphabetic()
                    && inner.is_alphabetic()
        }
        _ => true,
    }
}

/// Do words begin at `start` and end at `end`?
pub(crate) fn is_apart(text: &str, start: usize, end: usize) -> bool {
    is_boundary(before(text, start), after(text, start))
        && is_boundary(after(text, end), before(text, end))
}

fn is_latin_letter(c: char) -> bool {
    c < '\u{250}' && c.is_alphabetic()
}

/// Words between two spans, counted by blanks; a script without blanks counts three characters as
/// one word.
pub(crate) fn words_between(text: &str, from: usize, to: usize) -> usize {
    let between = text.get(from..to).unwrap_or_default();
    let mut blanks = 0;
    let mut unspaced = 0;
    for c in between.chars() {
        if c.is_whitespace() {
            blanks += 1;
        } else if is_unspaced(c) {
            unspaced += 1;
        }
    }
    blanks + unspaced / 3
}
