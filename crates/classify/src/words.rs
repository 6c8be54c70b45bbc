//! Words in a text: is one there, and is it written as a name?

use buio_normalize::{fold, is_word_char};

use crate::cursor;

/// Is the folded name written with capitals, in a text that is not all capitals? A capital at the
/// beginning says nothing unless the name has several words or only capitals.
pub(crate) fn is_proper_name(name: &str, raw: &str) -> bool {
    if !raw.chars().any(char::is_lowercase) {
        return false;
    }
    let words: Vec<&str> = raw
        .split(|c: char| !is_word_char(c))
        .filter(|w| !w.is_empty())
        .collect();
    let parts: Vec<&str> = name
        .split(|c: char| !is_word_char(c))
        .filter(|w| !w.is_empty())
        .collect();
    words
        .windows(parts.len().max(1))
        .enumerate()
        .any(|(idx, window)| {
            let is_name = window.iter().zip(&parts).all(|(word, part)| {
                word.chars().next().is_some_and(char::is_uppercase) && fold(word) == *part
            });
            let is_shouted = window
                .iter()
                .all(|word| word.chars().count() >= 2 && !word.chars().any(char::is_lowercase));
            is_name && (idx > 0 || parts.len() > 1 || is_shouted)
        })
}

/// Does the folded word stand in the text, at word boundaries and outside of `except`?
pub(crate) fn holds_word(text: &str, word: &str, except: (usize, usize)) -> bool {
    !word.is_empty()
        && text.match_indices(word).any(|(start, matched)| {
            let end = start + matched.len();
            (end <= except.0 || except.1 <= start)
                && cursor::is_boundary(cursor::before(text, start), cursor::after(text, start))
                && cursor::is_boundary(cursor::after(text, end), cursor::before(text, end))
        })
}
