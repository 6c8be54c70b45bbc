//! Words in a text: is one there, and is it written as a name?

use buio_normalize::{fold, is_unspaced, is_word_char};

use crate::cursor;

/// Languages that write all nouns with a capital.
const CAPITAL_NOUNS: [&str; 2] = ["de", "lb"];

/// Is the folded name written with capitals where capitals mean something? They do not in a text
/// of capitals only, in a headline that gives one to every word, in a language that gives one to
/// every noun, or on the first word of a sentence, unless the name has several words or is itself
/// all capitals.
pub(crate) fn is_proper_name(name: &str, raw: &str, lang: Option<&str>) -> bool {
    let parts: Vec<&str> = words(name).map(|(_, word)| word).collect();
    let mut n_capital = 0_usize;
    let mut n_small = 0_usize;
    for (_, word) in words(raw) {
        match word.chars().next() {
            Some(c) if c.is_uppercase() => n_capital += 1,
            Some(c) if c.is_alphabetic() => n_small += 1,
            _ => {}
        }
    }
    if parts.is_empty() || n_capital == 0 || n_small == 0 || n_capital > 2 * n_small + 1 {
        return false;
    }
    let is_noun_language = lang.is_some_and(|lang| CAPITAL_NOUNS.contains(&lang));
    let written: Vec<(usize, &str)> = words(raw).collect();
    written.windows(parts.len()).any(|window| {
        let is_name = window.iter().zip(&parts).all(|((_, word), part)| {
            word.chars().next().is_some_and(char::is_uppercase) && fold(word) == *part
        });
        let is_shouted = window
            .iter()
            .all(|(_, word)| word.chars().count() >= 2 && !word.chars().any(char::is_lowercase));
        let opens = window
            .first()
            .is_some_and(|(start, _)| opens_sentence(raw, *start));
        is_name && (is_shouted || !is_noun_language && (parts.len() > 1 || !opens))
    })
}

/// Words with their positions; another script begins another word.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let tail = text.get(rest..)?;
        let start = rest + tail.find(is_word_char)?;
        let mut end = start;
        let mut before = None;
        for c in text.get(start..)?.chars() {
            let goes_on = is_word_char(c)
                && (before.is_none()
                    || is_unspaced(c) && before.is_some_and(is_unspaced)
                    || !cursor::is_boundary(before, Some(c)));
            if !goes_on {
                break;
            }
            end += c.len_utf8();
            before = Some(c);
        }
        rest = end;
        Some((start, text.get(start..end)?))
    })
}

/// Does a sentence begin at `at`, whatever signs stand before?
fn opens_sentence(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let signs = before.rsplit(is_word_char).next().unwrap_or_default();
    signs.len() == before.len() || signs.chars().any(cursor::is_sentence_end)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capital_makes_a_name_only_where_it_is_unusual() {
        let check = |name: &str, raw: &str, lang: Option<&str>, expected: bool| {
            assert_eq!(is_proper_name(name, raw, lang), expected, "{name}: {raw}");
        };
        check("signal", "everyone is on Signal tonight", None, true);
        check("signal", "Signal is bad here", None, false);
        check("signal", "No bars. Signal gone since noon", None, false);
        check("signal", "NO SIGNAL IN LEEDS", None, false);
        check("signal", "No Signal In The Whole House", None, false);
        check("signal", "hier ist das Signal weg", Some("de"), false);
        check("ee", "anyone on EE without data?", Some("en"), true);
        check("ee", "EE hat ein Problem", Some("de"), true);
        check("line", "昨日LINEが落ちてた", Some("ja"), true);
        check("capital one", "Capital One is not loading", None, true);
    }
}
