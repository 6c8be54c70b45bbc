use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::letters::{
    before_decomposition, for_each_folded, is_doubled_script, is_ignorable, is_latin, keeps_mark,
    latin_double,
};
use crate::script::is_word_char;

mod context;

mod emitter;

mod entry;

use context::Context;
use emitter::Emitter;
use entry::Entry;

/// Folds away what does not change the meaning for a reader in a hurry.
///
/// NFKC; full case folding; accents of Latin and Greek letters dropped (`ё`→`е`, `ł`→`l`,
/// `ß`→`ss`; `й` and Indic and Thai marks stay); Arabic vowel signs, tatweel and Hebrew points
/// dropped, Arabic letter variants united; digits of all scripts written 0–9; invisible characters
/// dropped; Latin look-alikes inside words that mix scripts made Latin; three or more equal
/// letters in a row become one (a word of one letter only, as "www", keeps three; hashtags keep
/// all, for "#whatsappproblem" has three); typographic quotes and dashes made ASCII; white space collapsed to single blanks and trimmed.
///
/// Idempotent. Text that is already folded is borrowed.
///
/// ```
/// use buio_normalize::fold;
/// assert_eq!(fold("Ｗｈａｔｓ\u{200d}App  é caídoooo!"), "whatsapp e caido!");
/// ```
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    fold_tracking(text, &mut Vec::new())
}

/// [`fold`], noting in `shortened` the byte positions just behind each elongated letter: whoever
/// knows words may put its double back ("whatsapppp").
pub(crate) fn fold_tracking<'t>(text: &'t str, shortened: &mut Vec<usize>) -> Cow<'t, str> {
    let n_normal = if text.is_ascii() {
        if is_folded_ascii(text) {
            return Cow::Borrowed(text);
        }
        0
    } else {
        match normal_prefix(text) {
            Some(n_normal) => n_normal,
            None => return Cow::Borrowed(text),
        }
    };
    let (head, tail) = text.split_at_checked(n_normal).unwrap_or(("", text));
    let mut emitter = Emitter::new(head, text.len(), shortened);
    if fold_simply(tail, &mut emitter).is_none() {
        emitter.restart(head);
        fold_fully(tail, &mut emitter);
    }
    let folded = emitter.finish();
    if folded == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(folded)
    }
}

/// Length of the leading words that are folded already; `None` when all are.
fn normal_prefix(text: &str) -> Option<usize> {
    let mut word_start = 0;
    let mut context = Context::default();
    let mut run = 0;
    for (at, c) in text.char_indices() {
        let entry = Entry::of(c);
        let last = context.last;
        if !entry.keeps(c) || context.admits(c, entry).is_none() {
            return Some(word_start);
        }
        if c == ' ' {
            if last == ' ' {
                return Some(word_start);
            }
            word_start = at + 1;
        }
        run = if c == last { run + 1 } else { 1 };
        if run == 3 && entry.has(Entry::LETTER) {
            return Some(word_start);
        }
    }
    if context.last == ' ' && !text.is_empty() {
        return Some(word_start);
    }
    None
}

/// Folds text whose characters do not act on each other. `None`, half done, when they do: then
/// [`fold_fully`] must take over.
fn fold_simply(text: &str, emitter: &mut Emitter<'_>) -> Option<()> {
    let mut context = Context::default();
    let mut rest = text;
    loop {
        let n_ascii = rest
            .bytes()
            .position(|byte| !byte.is_ascii())
            .unwrap_or(rest.len());
        let (ascii, other) = rest.split_at_checked(n_ascii)?;
        if !ascii.is_empty() {
            emitter.push_ascii(ascii.as_bytes());
            context.admits_ascii(ascii.as_bytes(), emitter.last)?;
        }
        let mut chars = other.chars();
        let Some(c) = chars.next() else {
            return Some(());
        };
        rest = chars.as_str();
        let entry = Entry::of(c);
        if entry.has(Entry::SINGLE) {
            let folded = entry.folded();
            context.admits(folded, entry)?;
            emitter.push(folded, entry);
        } else if entry.has(Entry::SEVERAL) {
            for folded in decompose_and_fold(std::iter::once(c)).into_iter().nfc() {
                let entry = Entry::of(folded);
                context.admits(folded, entry)?;
                emitter.push(folded, entry);
            }
        } else if !entry.has(Entry::NOTHING) {
            return None;
        }
    }
}

/// Folds any text: decomposes, drops, maps, recomposes.
fn fold_fully(text: &str, emitter: &mut Emitter<'_>) {
    for c in decompose_and_fold(text.chars()).into_iter().nfc() {
        emitter.push(c, Entry::of(c));
    }
}

/// Everything that folding does before marks and letters are composed again.
fn decompose_and_fold(chars: impl Iterator<Item = char>) -> Vec<char> {
    let mut letters: Vec<(char, bool)> = Vec::with_capacity(chars.size_hint().0);
    let mut base = ' ';
    for c in chars.map(before_decomposition).nfkd() {
        if is_ignorable(c) {
            continue;
        }
        if is_combining_mark(c) {
            if keeps_mark(base, c) {
                letters.push((c, false));
            }
            continue;
        }
        for_each_folded(c, |folded| {
            base = folded;
            letters.push((folded, c.is_uppercase()));
        });
    }
    for word in letters.chunk_by_mut(|(a, _), (b, _)| is_word_char(*a) == is_word_char(*b)) {
        replace_doubles(word);
    }
    letters.into_iter().map(|(folded, _)| folded).collect()
}

/// Makes a word Latin when it mixes Latin letters with others that all look Latin.
fn replace_doubles(word: &mut [(char, bool)]) {
    let is_mixed =
        word.iter().any(|(c, _)| is_latin(*c)) && word.iter().any(|(c, _)| is_doubled_script(*c));
    let is_double = |(c, was_capital): &(char, bool)| {
        if is_combining_mark(*c) {
            return false;
        }
        !is_doubled_script(*c) || latin_double(*c, *was_capital).is_some()
    };
    if is_mixed && word.iter().all(is_double) {
        for (c, was_capital) in word {
            if is_doubled_script(*c)
                && let Some(latin) = latin_double(*c, *was_capital)
            {
                *c = latin;
            }
        }
    }
}

/// Whether ASCII text is folded already. May say no for text that is.
fn is_folded_ascii(ascii: &str) -> bool {
    let has_capital = ascii
        .bytes()
        .fold(false, |any, byte| any | byte.is_ascii_uppercase());
    !has_capital && is_plain(ascii.as_bytes()) && !ascii.starts_with(' ') && !ascii.ends_with(' ')
}

/// Whether ASCII text folds byte by byte: no controls, no white space but single blanks, no
/// elongation. May say no for text that does. Without branches, so that compilers can look at
/// many bytes at a time.
fn is_plain(ascii: &[u8]) -> bool {
    let from = |n: usize| ascii.get(n..).unwrap_or_default();
    let has_odd = ascii.iter().fold(false, |any, b| {
        any | (*b < b' ') | (*b == 127) | (*b == b'`')
    });
    let has_blanks = ascii
        .iter()
        .zip(from(1))
        .fold(false, |any, (a, b)| any | ((*a == b' ') & (*b == b' ')));
    let has_run = ascii
        .iter()
        .zip(from(1))
        .zip(from(2))
        .fold(false, |any, ((a, b), c)| {
            let (a, b, c) = (*a | 32, *b | 32, *c | 32);
            any | ((a == b) & (b == c) & (a.wrapping_sub(b'a') < 26))
        });
    !(has_odd | has_blanks | has_run)
}

#[cfg(test)]
mod tests;
