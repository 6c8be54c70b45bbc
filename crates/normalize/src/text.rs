use std::borrow::Cow;

use crate::entity::decode_entities;
use crate::fold::{fold, fold_tracking};
use crate::hashtag::{Hashtag, Vocabulary};
use crate::letters::is_ignorable;
use crate::script::{is_unspaced, is_word_char};

/// A post's text, folded and taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NormalizedText<'t> {
    /// Folded; links cut out, hashtags with known words written as these words, mentions as
    /// `@name`.
    pub text: Cow<'t, str>,
    /// In order of appearance, folded, without `#`.
    pub hashtags: Vec<Hashtag>,
    /// In order of appearance, folded, without `@` and without the server's name.
    pub mentions: Vec<String>,
    /// The hosts of links in order of appearance, lower case, without `www.` and port.
    pub links: Vec<String>,
}

/// Normalises posts; knows the words by which hashtags are split.
pub struct Normalizer {
    vocabulary: Vocabulary,
}

impl Normalizer {
    /// Takes the words that may stand in hashtags: service names, words of failure, in any
    /// script. Phrases of several words are found in their joined form; rows with slots (`{S}`)
    /// or gaps are skipped.
    pub fn new<'a>(vocabulary: impl IntoIterator<Item = &'a str>) -> Self {
        Normalizer {
            vocabulary: Vocabulary::new(vocabulary),
        }
    }

    /// Folds a text and takes it apart. Never fails; a text that is normal already is borrowed.
    #[must_use]
    pub fn normalize<'t>(&self, text: &'t str) -> NormalizedText<'t> {
        let mut shortened = Vec::new();
        let decoded = decode_entities(text);
        let written = decoded.clone();
        let mut folded = match decoded {
            Cow::Borrowed(text) => fold_tracking(text, &mut shortened),
            Cow::Owned(text) => Cow::Owned(fold_tracking(&text, &mut shortened).into_owned()),
        };
        // Folding may uncover an entity that was written in odd letters.
        while let Cow::Owned(again) = decode_entities(&folded) {
            folded = Cow::Owned(fold_tracking(&again, &mut shortened).into_owned());
        }
        if !shortened.is_empty()
            && let Some(restored) = self.restore_doubles(&folded, &shortened)
        {
            folded = Cow::Owned(restored);
        }
        if !has_structure(&folded) {
            return NormalizedText {
                text: folded,
                hashtags: Vec::new(),
                mentions: Vec::new(),
                links: Vec::new(),
            };
        }
        let mut parts = Parts::take_apart(&self.vocabulary, &folded, &written);
        // What stood in a hashtag was folded by the rules of hashtags.
        if parts.n_signs > 0
            && let Cow::Owned(again) = fold(&parts.out)
        {
            parts.out = again;
        }
        NormalizedText {
            text: if parts.out == folded {
                folded
            } else {
                Cow::Owned(parts.out)
            },
            hashtags: parts.hashtags,
            mentions: parts.mentions,
            links: parts.links,
        }
    }

    /// Puts the second letter back where an elongation was shortened and only the doubled form
    /// is a known word ("whatsapppp").
    fn restore_doubles(&self, folded: &str, shortened: &[usize]) -> Option<String> {
        let mut restored = String::new();
        let mut n_copied = 0;
        for at in shortened {
            let before = folded.get(..*at)?;
            let behind = folded.get(*at..)?;
            let word_start = before
                .char_indices()
                .rev()
                .find(|(_, c)| !is_word_char(*c))
                .map_or(0, |(at, c)| at + c.len_utf8());
            let word_end = behind.find(|c| !is_word_char(c)).unwrap_or(behind.len());
            let head = before.get(word_start..)?;
            let tail = behind.get(..word_end)?;
            let letter = head.chars().next_back()?;
            let is_known = self.vocabulary.knows(&format!("{head}{tail}"));
            if !is_known && self.vocabulary.knows(&format!("{head}{letter}{tail}")) {
                restored.push_str(folded.get(n_copied..*at)?);
                restored.push(letter);
                n_copied = *at;
            }
        }
        restored.push_str(folded.get(n_copied..)?);
        Some(restored)
    }
}

/// Whether there may be a hashtag, a mention or a link to take out.
fn has_structure(folded: &str) -> bool {
    let has_sign = folded.bytes().fold(false, |has_sign, byte| {
        has_sign | (byte == b'#') | (byte == b'@')
    });
    has_sign || folded.contains("http") || folded.contains("www.")
}

/// A text being taken apart: what is written so far, and what was found.
struct Parts<'a> {
    vocabulary: &'a Vocabulary,
    /// The text before folding: only there capitals show where words begin.
    written: &'a str,
    out: String,
    hashtags: Vec<Hashtag>,
    mentions: Vec<String>,
    links: Vec<String>,
    n_signs: usize,
}

impl<'a> Parts<'a> {
    fn take_apart(vocabulary: &'a Vocabulary, folded: &str, written: &'a str) -> Self {
        let mut parts = Parts {
            vocabulary,
            written,
            out: String::with_capacity(folded.len()),
            hashtags: Vec::new(),
            mentions: Vec::new(),
            links: Vec::new(),
            n_signs: 0,
        };
        let mut rest = folded;
        while let Some(at) = rest
            .bytes()
            .position(|byte| matches!(byte, b'#' | b'@' | b'h' | b'w'))
        {
            let (plain, at_sign) = rest.split_at_checked(at).unwrap_or((rest, ""));
            parts.push_plain(plain);
            let behind = match at_sign.as_bytes() {
                [b'#', ..] => parts.take_hashtag(at_sign),
                [b'@', ..] => parts.take_mention(at_sign),
                [b'h', b't', b't', b'p', ..] | [b'w', b'w', b'w', b'.', ..] => {
                    parts.take_link(at_sign)
                }
                _ => None,
            };
            rest = behind.unwrap_or_else(|| {
                let (sign, behind) = at_sign.split_at_checked(1).unwrap_or((at_sign, ""));
                parts.out.push_str(sign);
                behind
            });
        }
        parts.push_plain(rest);
        parts.drop_bare_schemes();
        if parts.out.ends_with(' ') {
            parts.out.pop();
        }
        parts
    }

    fn push_plain(&mut self, text: &str) {
        match text.strip_prefix(' ') {
            Some(text) => {
                self.push_blank();
                self.out.push_str(text);
            }
            None => self.out.push_str(text),
        }
    }

    fn push_blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }

    /// Whether a hashtag, a mention or a bare host may begin here: not inside a word.
    fn is_at_edge(&self) -> bool {
        self.out
            .chars()
            .next_back()
            .is_none_or(|last| !is_word_char(last) || is_unspaced(last))
    }

    fn take_hashtag<'r>(&mut self, rest: &'r str) -> Option<&'r str> {
        let nth = self.n_signs;
        self.n_signs += 1;
        if !self.is_at_edge() {
            return None;
        }
        let (tag, behind) = split_where(rest.get(1..)?, |c| !is_word_char(c) && c != '_');
        if !tag.chars().any(char::is_alphabetic) {
            return None;
        }
        let boundaries = if self.vocabulary.touches(tag) {
            capitals(self.written, nth, tag)
        } else {
            Vec::new()
        };
        // `fold` leaves elongations in hashtags alone; here they are looked through at last.
        let words = (self.vocabulary.split(tag, &boundaries))
            .or_else(|| self.vocabulary.split(tag, &[]))
            .or_else(|| self.vocabulary.split(&fold(tag), &[]));
        match words {
            Some(words) => {
                let words = fold(&words).into_owned();
                self.push_blank();
                self.out.push_str(&words);
                self.push_blank();
                self.hashtags.push(Hashtag {
                    tag: tag.to_owned(),
                    words,
                });
            }
            None => {
                self.out.push('#');
                self.out.push_str(tag);
                self.hashtags.push(Hashtag {
                    tag: tag.to_owned(),
                    words: tag.to_owned(),
                });
            }
        }
        Some(behind)
    }

    fn take_mention<'r>(&mut self, rest: &'r str) -> Option<&'r str> {
        if !self.is_at_edge() {
            return None;
        }
        let (name, mut behind) = handle(rest.get(1..)?)?;
        self.out.push('@');
        self.out.push_str(name);
        self.mentions.push(name.to_owned());
        let mut has_server = false;
        while let Some((_, next)) = behind.strip_prefix('@').and_then(handle) {
            behind = next;
            has_server = true;
        }
        if has_server && behind.starts_with(is_word_char) {
            self.push_blank();
        }
        Some(behind)
    }

    fn take_link<'r>(&mut self, rest: &'r str) -> Option<&'r str> {
        let after_scheme = rest
            .strip_prefix("https://")
            .or_else(|| rest.strip_prefix("http://"));
        let body = match after_scheme {
            Some(body) => body,
            None if self.is_at_edge() => rest
                .strip_prefix("www.")
                .filter(|body| body.starts_with(is_word_char))?,
            None => return None,
        };
        let (link, _) = split_where(body, |c| {
            c.is_whitespace() || matches!(c, '<' | '>' | '"') || is_unspaced(c)
        });
        let link = link.trim_end_matches(['.', ',', '!', '?', ';', ':', ')', ']', '}', '\'']);
        let authority = link.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let host = host.strip_prefix("www.").unwrap_or(host);
        if !host.is_empty() {
            self.links.push(host.to_owned());
        }
        // Signs inside the link were counted by nobody.
        self.n_signs += link.matches('#').count();
        self.push_blank();
        let behind = body.get(link.len()..).unwrap_or_default();
        if behind.starts_with(' ') || behind.is_empty() {
            return Some(behind.trim_start());
        }
        Some(behind)
    }

    /// Cuts what networks leave of a link that they shortened away: "http" at the very end.
    /// Elsewhere it is a word ("http error 503").
    fn drop_bare_schemes(&mut self) {
        loop {
            let end = self.out.trim_end_matches([' ', '.', ':', '/', '\'']);
            let stem = end
                .strip_suffix("https")
                .or_else(|| end.strip_suffix("http"));
            match stem {
                Some(stem) if stem.is_empty() || stem.ends_with(' ') => {
                    let n_kept = stem.trim_end().len();
                    self.out.truncate(n_kept);
                }
                _ => return,
            }
        }
    }
}

/// Splits before the first character that `ends`.
fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    let at = text.find(ends).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// The account name at the beginning of `text`, and what stands behind it. A name that begins
/// in ASCII ends with it: networks allow no other letters, and Korean or Japanese particles
/// follow without a blank.
fn handle(text: &str) -> Option<(&str, &str)> {
    let is_ascii = text.chars().next()?.is_ascii();
    let (name, _) = split_where(text, |c| {
        let is_letter = is_word_char(c) && !is_unspaced(c) && c.is_ascii() == is_ascii;
        !is_letter && !matches!(c, '_' | '.' | '-')
    });
    let name = name.trim_end_matches(['.', '-']);
    if !name.starts_with(|c| is_word_char(c) || c == '_') {
        return None;
    }
    Some((name, text.get(name.len()..).unwrap_or_default()))
}

/// Byte positions in the folded `tag` where the writer's `nth` hashtag sets a capital behind a
/// small letter. Empty when the written tag cannot be matched with the folded one.
fn capitals(written: &str, nth: usize, tag: &str) -> Vec<usize> {
    let is_sign = |c: char| matches!(c, '#' | '＃' | '﹟');
    let Some(behind) = written.split(is_sign).nth(nth + 1) else {
        return Vec::new();
    };
    let (written_tag, _) =
        split_where(behind, |c| !is_word_char(c) && c != '_' && !is_ignorable(c));
    let mut pieces = vec![String::new()];
    let mut last_is_small = false;
    for c in written_tag.chars() {
        if c.is_uppercase() && last_is_small {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
        last_is_small = c.is_lowercase();
    }
    let folded: Vec<_> = pieces.iter().map(|piece| fold(piece)).collect();
    if folded.concat() != tag {
        return Vec::new();
    }
    let ends = folded.iter().scan(0, |end, piece| {
        *end += piece.len();
        Some(*end)
    });
    ends.take(folded.len().saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests;
