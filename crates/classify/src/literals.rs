//! Many literals searched at once, at the places where words begin.
//!
//! The literals stand sorted. All literals that a text begins with are the last one that sorts at
//! or before the text, or literals which that one begins with itself: one binary search and a walk
//! along "begins with" find them all. This reads less memory than an automaton of the same
//! literals, and costs no time to build.

/// Sorted literals, and which of them begin with which.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    /// The first eight bytes of each literal as a number that sorts like them.
    keys: Vec<u64>,
    texts: Vec<String>,
    /// The longest other literal that the literal begins with; itself when there is none.
    parents: Vec<usize>,
    /// A bit for the beginning of each literal (see [`beginnings`]): most words of a post begin no
    /// literal, and are turned away here without a search.
    begun: Vec<u64>,
    /// For the first two bytes of a text, how many literals sort before all that begin with them.
    buckets: Vec<usize>,
}

impl Literals {
    /// Takes literals that are sorted and distinct; their positions are their numbers.
    pub(crate) fn new(texts: Vec<String>) -> Literals {
        let mut parents: Vec<usize> = Vec::with_capacity(texts.len());
        let mut chain: Vec<usize> = Vec::new();
        for (idx, text) in texts.iter().enumerate() {
            while let Some(last) = chain.last() {
                if texts
                    .get(*last)
                    .is_some_and(|outer| text.starts_with(outer.as_str()))
                {
                    break;
                }
                chain.pop();
            }
            parents.push(chain.last().copied().unwrap_or(idx));
            chain.push(idx);
        }
        let keys: Vec<u64> = texts.iter().map(|text| key(text.as_bytes())).collect();
        let mut begun = vec![0; BEGUN_BITS / 64];
        for (text, key) in texts.iter().zip(&keys) {
            let n_bytes = text.len().min(BEGINNING_BYTES);
            if let Some(bit) = n_bytes
                .checked_sub(1)
                .and_then(|nth| beginnings(*key).nth(nth))
            {
                begun[bit / 64] |= 1 << (bit % 64);
            }
        }
        let mut buckets = Vec::with_capacity(usize::from(u16::MAX) + 2);
        let mut n_before = 0;
        for first in 0..=u64::from(u16::MAX) + 1 {
            while keys.get(n_before).is_some_and(|key| key >> 48 < first) {
                n_before += 1;
            }
            buckets.push(n_before);
        }
        Literals {
            keys,
            texts,
            parents,
            begun,
            buckets,
        }
    }

    /// Whether any literal may begin as `wanted` does.
    fn may_begin(&self, wanted: u64) -> bool {
        let is_set = |bit: usize| {
            let word = self.begun.get(bit / 64);
            word.is_some_and(|word| word >> (bit % 64) & 1 == 1)
        };
        beginnings(wanted).any(is_set)
    }

    /// The literals that `text` begins with, longest first: number and length in bytes.
    pub(crate) fn prefixes_of(&self, text: &str) -> impl Iterator<Item = (usize, usize)> {
        let wanted = key(text.as_bytes());
        let mut next = self
            .may_begin(wanted)
            .then(|| self.last_at_or_before(text, wanted))
            .flatten();
        std::iter::from_fn(move || {
            loop {
                let idx = next?;
                next = self
                    .parents
                    .get(idx)
                    .copied()
                    .filter(|parent| *parent != idx);
                // The bytes that differ are those of the longer one, or they are no prefix.
                let differing = wanted ^ self.keys.get(idx)?;
                let literal = self.texts.get(idx)?;
                let n_compared = literal.len().min(KEY_BYTES);
                let n_alike = usize::try_from(differing.leading_zeros() / 8).unwrap_or(0);
                if n_alike >= n_compared
                    && (literal.len() <= KEY_BYTES || text.starts_with(literal.as_str()))
                {
                    return Some((idx, literal.len()));
                }
            }
        })
    }

    fn last_at_or_before(&self, text: &str, wanted: u64) -> Option<usize> {
        let bucket = usize::try_from(wanted >> 48).ok()?;
        let first = *self.buckets.get(bucket)?;
        let last = *self.buckets.get(bucket + 1)?;
        let keys = self.keys.get(first..last)?;
        let mut end = first + keys.partition_point(|key| *key <= wanted);
        if end > first && self.keys.get(end - 1) == Some(&wanted) {
            // Among those that share the first eight bytes the rest decides.
            let start = first + keys.partition_point(|key| *key < wanted);
            let alike = self.texts.get(start..end)?;
            end = start + alike.partition_point(|literal| literal.as_str() <= text);
        }
        end.checked_sub(1)
    }
}

const KEY_BYTES: usize = 8;

/// Bytes of a literal that its beginning is made of; a shorter literal is all beginning.
const BEGINNING_BYTES: usize = 4;

/// Bits for beginnings. Fewer → more searches for nothing; more → they leave the nearest cache.
const BEGUN_BITS: usize = 1 << 17;

/// The bits of a key's first byte, first two, three and four bytes (Fibonacci hashing).
fn beginnings(key: u64) -> impl Iterator<Item = usize> {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    (1..=BEGINNING_BYTES as u32).map(move |n_bytes| {
        let beginning = (key >> (64 - 8 * n_bytes)) << 3 | u64::from(n_bytes - 1);
        (beginning.wrapping_mul(GOLDEN) >> (64 - BEGUN_BITS.ilog2())) as usize
    })
}

/// The first bytes as a number that sorts like them; zeros stand for those that are missing.
fn key(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk::<KEY_BYTES>() {
        return u64::from_be_bytes(*first);
    }
    let mut first = [0; KEY_BYTES];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_be_bytes(first)
}

/// Byte positions of `text` where a literal may begin: everywhere but on a blank and inside a word
/// of Latin, Greek or Cyrillic letters.
pub(crate) fn starts(text: &str) -> impl Iterator<Item = usize> {
    let mut before = b' ';
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        let is_continued = byte & 0b1100_0000 == 0b1000_0000;
        if is_continued {
            return None;
        }
        let is_inside = before.is_ascii_lowercase() && byte.is_ascii_lowercase()
            || begins_greek_or_cyrillic(before) && begins_greek_or_cyrillic(byte);
        before = byte;
        (!is_inside && byte != b' ').then_some(at)
    })
}

/// The first byte of the letters U+0380 to U+053F.
const fn begins_greek_or_cyrillic(byte: u8) -> bool {
    matches!(byte, 0xCE..=0xD4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(literals: &Literals, text: &str) -> Vec<String> {
        let prefixes = literals.prefixes_of(text);
        prefixes
            .map(|(idx, _)| literals.texts[idx].clone())
            .collect()
    }

    #[test]
    fn all_literals_that_a_text_begins_with_are_found_longest_first() {
        let words = [
            "is",
            "is down",
            "is down again",
            "is not",
            "whatsapp",
            "whatsapp web",
        ];
        let literals = Literals::new(words.map(str::to_owned).to_vec());
        assert_eq!(
            found(&literals, "is down again?"),
            ["is down again", "is down", "is"]
        );
        assert_eq!(found(&literals, "is nothing"), ["is not", "is"]);
        assert_eq!(found(&literals, "whatsapp weg"), ["whatsapp"]);
        assert_eq!(found(&literals, "was"), [""; 0]);
    }

    #[test]
    fn words_begin_after_blanks_signs_digits_and_other_scripts() {
        let text = "so 3x (no) 微博lag сеть";
        let heads: Vec<char> = starts(text)
            .filter_map(|at| text.get(at..)?.chars().next())
            .collect();
        assert_eq!(heads, ['s', '3', 'x', '(', 'n', ')', '微', '博', 'l', 'с']);
    }

    proptest! {
        #[test]
        fn the_search_finds_what_comparing_with_each_literal_finds(
            mut words in prop::collection::vec("[ab微 ]{1,10}", 0..40),
            text in "[ab微 ]{0,14}",
        ) {
            words.sort();
            words.dedup();
            let literals = Literals::new(words.clone());
            let mut expected: Vec<String> =
                words.into_iter().filter(|word| text.starts_with(word.as_str())).collect();
            expected.reverse();
            prop_assert_eq!(found(&literals, &text), expected);
        }
    }
}
