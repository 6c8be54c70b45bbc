use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::fold::fold;
use crate::script::{Script, is_unspaced, is_word_char};

/// A hashtag of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashtag {
    /// Folded, without `#`.
    pub tag: String,
    /// The tag's words, separated by blanks; the tag itself when it holds no known word.
    pub words: String,
}

/// Longest tag that is looked into, in bytes. Longer ones are sentences glued together, and the
/// search is quadratic in the length.
const LONGEST_TAG: usize = 96;

/// Words that may stand in a hashtag, as they are found and as they are written out.
pub(crate) struct Vocabulary {
    finder: Option<AhoCorasick>,
    /// The spaced form of each pattern, by pattern number.
    spaced: Vec<Box<str>>,
    /// The joined forms, sorted: what a whole word is looked up in.
    joined: Vec<Box<str>>,
}

impl Vocabulary {
    /// Takes words and short phrases as rows hold them; rows with gaps or slots are skipped, the
    /// `~` of an open end is ignored.
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spaced_by_joined: BTreeMap<Box<str>, Box<str>> = BTreeMap::new();
        // Most phrase rows have a slot or a gap and no place here: they are not even folded.
        for word in words.into_iter().filter(|word| !word.contains(['{', '*'])) {
            let spaced = fold(word.trim_matches(['~', '#', '@', ' '])).into_owned();
            if spaced.contains(['{', '*', '~', '#', '@']) {
                continue;
            }
            let joined: String = spaced.chars().filter(|c| is_word_char(*c)).collect();
            let is_letter_word = joined.chars().any(char::is_alphabetic);
            // A joined form may fold further ("al l" + "low"); such a form is never met in a tag.
            if joined.chars().count() < 2 || !is_letter_word || fold(&joined) != joined {
                continue;
            }
            let n_blanks = spaced.matches(' ').count();
            let kept = spaced_by_joined
                .entry(joined.into())
                .or_insert_with(|| spaced.as_str().into());
            if n_blanks < kept.matches(' ').count() {
                *kept = spaced.into();
            }
        }
        let (joined, spaced): (Vec<_>, Vec<_>) = spaced_by_joined.into_iter().unzip();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(joined.iter().map(|word| word.as_bytes()))
            .ok();
        Vocabulary {
            finder,
            spaced,
            joined,
        }
    }

    /// Whether `word` (folded) is known as it stands.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.joined
            .binary_search_by(|known| (**known).cmp(word))
            .is_ok()
    }

    /// Whether `tag` holds any known word at all, be it by accident.
    pub(crate) fn touches(&self, tag: &str) -> bool {
        self.finder
            .as_ref()
            .is_some_and(|finder| finder.is_match(tag))
    }

    /// Splits a folded tag into words; `boundaries` are the byte positions at which the writer
    /// set a capital. `None` when it holds no known word.
    pub(crate) fn split(&self, tag: &str, boundaries: &[usize]) -> Option<String> {
        if tag.len() > LONGEST_TAG {
            return None;
        }
        Splitting::new(self, tag, boundaries).best()
    }
}

/// What ends at a position on the way through a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// A known word, too short to hold on to anything that is glued to it.
    Weak,
    /// A known word long enough to be recognised inside an unknown one.
    Strong,
    /// Unknown letters that end where the writer or the script set a boundary.
    Apart,
    /// Unknown letters that end in the middle: a strong word must follow.
    Glued,
}

const ENDS: [End; 4] = [End::Strong, End::Weak, End::Apart, End::Glued];

/// The best way to a position with a given [`End`].
#[derive(Debug, Clone, Copy)]
struct Way {
    /// Letters not covered by known words, then pieces, then short words: less is better.
    cost: (usize, usize),
    n_known: usize,
    from: usize,
    from_end: Option<End>,
    pattern: Option<usize>,
}

/// Dynamic programme over the positions of one tag.
struct Splitting<'a> {
    vocabulary: &'a Vocabulary,
    tag: &'a str,
    /// Whether a word may naturally begin or end at a byte position.
    natural: Vec<bool>,
    /// Best way to each byte position and end.
    ways: Vec<[Option<Way>; 4]>,
}

impl<'a> Splitting<'a> {
    fn new(vocabulary: &'a Vocabulary, tag: &'a str, boundaries: &[usize]) -> Self {
        let mut natural = vec![false; tag.len() + 1];
        let mut last: Option<char> = None;
        for (at, c) in tag.char_indices() {
            let is_natural =
                last.is_none_or(|last| is_boundary(last, c)) || boundaries.contains(&at);
            if let Some(slot) = natural.get_mut(at) {
                *slot = is_natural;
            }
            last = Some(c);
        }
        if let Some(slot) = natural.last_mut() {
            *slot = true;
        }
        Splitting {
            vocabulary,
            tag,
            natural,
            ways: vec![[None; 4]; tag.len() + 1],
        }
    }

    fn is_natural(&self, at: usize) -> bool {
        self.natural.get(at).copied().unwrap_or(false)
    }

    fn best(mut self) -> Option<String> {
        let finder = self.vocabulary.finder.as_ref()?;
        let mut known: Vec<(usize, usize, usize)> = finder
            .find_overlapping_iter(self.tag)
            .map(|found| (found.start(), found.end(), found.pattern().as_usize()))
            .collect();
        if known.is_empty() {
            return None;
        }
        known.sort_unstable();
        let mut next_known = known.into_iter().peekable();
        for (at, c) in self.tag.char_indices() {
            while let Some((start, end, pattern)) = next_known.next_if(|(start, ..)| *start <= at) {
                if start == at {
                    self.take_known(at, end, pattern);
                }
            }
            if c == '_' {
                self.skip_separator(at);
            } else {
                self.take_unknown(at);
            }
        }
        self.write_out()
    }

    /// The ways that lead to `at`, or the empty one at the beginning.
    fn ways_to(&self, at: usize) -> Vec<(Option<End>, (usize, usize), usize)> {
        if at == 0 {
            return vec![(None, (0, 0), 0)];
        }
        let ways = self.ways.get(at).into_iter().flatten();
        ENDS.iter()
            .zip(ways)
            .filter_map(|(end, way)| way.map(|way| (Some(*end), way.cost, way.n_known)))
            .collect()
    }

    fn offer(&mut self, at: usize, end: End, way: Way) {
        let slot = self
            .ways
            .get_mut(at)
            .and_then(|ways| ways.get_mut(ENDS.iter().position(|e| *e == end).unwrap_or(0)));
        if let Some(slot) = slot
            && slot.is_none_or(|best| way.cost < best.cost)
        {
            *slot = Some(way);
        }
    }

    fn take_known(&mut self, from: usize, to: usize, pattern: usize) {
        let word = self.tag.get(from..to).unwrap_or_default();
        let n_chars = word.chars().count();
        let is_set_apart = self.is_natural(from) && self.is_natural(to);
        let (least, least_strong) = least_chars(word);
        // "x" or "is" inside a word means nothing; between boundaries it is what it says.
        if n_chars < least && !is_set_apart {
            return;
        }
        let is_strong = n_chars >= least_strong;
        let end = if is_strong { End::Strong } else { End::Weak };
        for (from_end, (n_unknown, n_pieces), n_known) in self.ways_to(from) {
            if from_end == Some(End::Glued) && !is_strong {
                continue;
            }
            let way = Way {
                cost: (n_unknown, n_pieces + 1),
                n_known: n_known + n_chars,
                from,
                from_end,
                pattern: Some(pattern),
            };
            self.offer(to, end, way);
        }
    }

    /// Unknown letters from `from` to every later position up to the next boundary.
    fn take_unknown(&mut self, from: usize) {
        let ways: Vec<_> = self
            .ways_to(from)
            .into_iter()
            .filter(|(end, ..)| {
                let follows_known = matches!(end, None | Some(End::Strong | End::Weak));
                let is_held = self.is_natural(from) || *end == Some(End::Strong);
                (follows_known || *end == Some(End::Apart)) && is_held
            })
            .collect();
        if ways.is_empty() {
            return;
        }
        let rest = self.tag.get(from..).unwrap_or_default();
        for (n_before, (at, c)) in rest.char_indices().enumerate() {
            if c == '_' {
                break;
            }
            let to = from + at + c.len_utf8();
            let n_chars = n_before + 1;
            let end = if self.is_natural(to) {
                End::Apart
            } else {
                End::Glued
            };
            let is_glued = end == End::Glued || !self.is_natural(from);
            // One or two odd letters beside a known word make it another word: plurals, typos.
            if !is_glued || n_chars >= 3 || is_unspaced(c) {
                for (from_end, (n_unknown, n_pieces), n_known) in &ways {
                    let way = Way {
                        cost: (n_unknown + n_chars, n_pieces + 1),
                        n_known: *n_known,
                        from,
                        from_end: *from_end,
                        pattern: None,
                    };
                    self.offer(to, end, way);
                }
            }
            if end == End::Apart {
                break;
            }
        }
    }

    /// `_` costs nothing and ends whatever stands before it.
    fn skip_separator(&mut self, at: usize) {
        let n_known_and_cost: Vec<_> = self.ways_to(at);
        for (from_end, cost, n_known) in n_known_and_cost {
            if from_end != Some(End::Glued) {
                let way = Way {
                    cost,
                    n_known,
                    from: at,
                    from_end,
                    pattern: None,
                };
                self.offer(at + 1, End::Apart, way);
            }
        }
    }

    fn write_out(self) -> Option<String> {
        let ways = self.ways.last()?;
        let (mut end, best) = ENDS
            .iter()
            .zip(ways)
            .filter(|(end, _)| **end != End::Glued)
            .filter_map(|(end, way)| way.map(|way| (*end, way)))
            .min_by_key(|(_, way)| way.cost)?;
        if best.n_known == 0 {
            return None;
        }
        let mut pieces: Vec<&str> = Vec::new();
        let mut longest_known = 0;
        let mut to = self.tag.len();
        loop {
            let index = ENDS.iter().position(|e| *e == end)?;
            let way = (*self.ways.get(to)?.get(index)?)?;
            let piece = self.tag.get(way.from..to)?;
            match way.pattern {
                Some(pattern) => {
                    longest_known = longest_known.max(piece.chars().count());
                    pieces.push(self.vocabulary.spaced.get(pattern)?);
                }
                None if piece == "_" => {}
                None => pieces.push(piece),
            }
            to = way.from;
            match way.from_end {
                Some(from_end) => end = from_end,
                None => break,
            }
        }
        // Two words of three letters make a third one too often ("out" + "ing").
        let has_boundary = (1..self.tag.len()).any(|at| self.is_natural(at));
        let is_unspaced_tag = self.tag.chars().any(is_unspaced);
        if pieces.len() > 1 && longest_known < 4 && !has_boundary && !is_unspaced_tag {
            return None;
        }
        pieces.reverse();
        pieces.retain(|piece| !matches!(*piece, "http" | "https"));
        Some(pieces.join(" "))
    }
}

/// How many letters a word needs to be seen inside a tag, and to be seen beside letters that
/// are no known word. A Han character or a Hangul syllable says more than a letter.
fn least_chars(word: &str) -> (usize, usize) {
    let is_all = |scripts: &[Script]| {
        word.chars()
            .all(|c| Script::of(c).is_some_and(|script| scripts.contains(&script)))
    };
    if is_all(&[Script::Han]) {
        (2, 2)
    } else if is_all(&[Script::Han, Script::Kana, Script::Hangul]) {
        (2, 3)
    } else {
        (3, 5)
    }
}

/// Whether a reader sees a word's edge between two neighbours.
fn is_boundary(last: char, next: char) -> bool {
    if last == '_' || next == '_' {
        return true;
    }
    if last.is_numeric() != next.is_numeric() {
        return true;
    }
    match (Script::of(last), Script::of(next)) {
        (Some(Script::Han), Some(Script::Kana)) | (Some(Script::Kana), Some(Script::Han)) => false,
        (Some(last), Some(next)) => last != next,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tag: &str, expected: Option<&str>) {
        let vocabulary = Vocabulary::new([
            "WhatsApp",
            "Instagram",
            "facebook",
            "LINE",
            "Vodafone",
            "down",
            "caído",
            "障害",
            "Cash App",
            "not working",
            "aws",
            "ing",
            "out",
            "x",
            "o2",
            "통신",
            "카카오톡",
            "장애",
            "störung~",
            "telekom",
            "{S} is down",
            "ล่ม",
            "youtube",
            "ping",
            "не работает",
            "сбербанк",
        ]);
        let camel: Vec<usize> = Vec::new();
        assert_eq!(
            vocabulary
                .split(fold(&format!("#{tag}")).trim_start_matches('#'), &camel)
                .as_deref(),
            expected,
            "{tag}"
        );
    }

    #[test]
    fn tags_are_split_by_known_words() {
        check("whatsappdown", Some("whatsapp down"));
        check("facebook_down", Some("facebook down"));
        check("vodafonedown2024", Some("vodafone down 2024"));
        check("LINE障害", Some("line 障害"));
        check("CashAppDown", Some("cash app down"));
        check("instagramNotWorking", Some("instagram not working"));
        check("awsdown", Some("aws down"));
        check("카카오톡장애", Some("카카오톡 장애"));
        check("telekomstörung", Some("telekom storung"));
        check("メタ障害速報", Some("メタ 障害 速報"));
        check("youtubeล่ม", Some("youtube ล่ม"));
        check("сбербанкнеработает", Some("сбербанк не работает"));
        check("WhatsAppCaído", Some("whatsapp caido"));
    }

    #[test]
    fn unknown_remainders_stay_one_word() {
        check("whatsappproblemi", Some("whatsapp problemi"));
        check("allesistdownbeivodafone", Some("allesistdownbei vodafone"));
        check("ilovewhatsapp", Some("ilove whatsapp"));
        check("whatsapp_kaputt_heute", Some("whatsapp kaputt heute"));
        check("o2_kaputt", Some("o2 kaputt"));
    }

    #[test]
    fn short_words_inside_others_are_not_found() {
        for tag in [
            "downtown",
            "lockdown",
            "lawsuit",
            "outing",
            "xbox",
            "pipeline",
            "shopping",
            "whatsapps",
        ] {
            check(tag, None);
        }
    }

    #[test]
    fn tags_without_known_words_stay_whole() {
        check("mondaymood", None);
        check("2024", None);
        check(&"whatsapp".repeat(20), None);
    }
}
