use std::sync::OnceLock;

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::decompose_and_fold;
use crate::letters::{MarkFate, is_doubled_script, is_ignorable, is_latin, mark_fate};
use crate::script::is_word_char;

/// What folding makes of one character by itself, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(u32);

type Page = [Entry; 256];

/// One page for each 256 characters of the planes in use, made when first touched: a process
/// that reads Italian never computes Hangul.
static PAGES: [OnceLock<Box<Page>>; 512] = [const { OnceLock::new() }; 512];

/// The entries that most characters of most posts need, without a detour.
static ASCII: [Entry; 128] = {
    let mut entries = [Entry::COMPLEX; 128];
    let mut code = 0u8;
    while code < 128 {
        entries[code as usize] = Entry::ascii(code);
        code += 1;
    }
    entries
};

impl Entry {
    pub(super) const fn ascii(code: u8) -> Entry {
        let (folded, flags) = match code {
            b'\t'..=b'\r' | b' ' => (b' ', 0),
            0..b' ' | 127 => return Entry(Entry::NOTHING),
            b'`' => (b'\'', 0),
            b'0'..=b'9' => (code, Entry::WORD),
            b'A'..=b'Z' | b'a'..=b'z' => (
                code.to_ascii_lowercase(),
                Entry::WORD | Entry::LETTER | Entry::LATIN,
            ),
            _ => (code, 0),
        };
        Entry(folded as u32 | Entry::SINGLE | flags)
    }

    /// Becomes the one character in the low 21 bits.
    pub(super) const SINGLE: u32 = 1 << 21;
    /// Becomes several characters.
    pub(super) const SEVERAL: u32 = 1 << 22;
    /// Vanishes.
    pub(super) const NOTHING: u32 = 1 << 23;
    pub(super) const LATIN: u32 = 1 << 24;
    /// Of a script whose letters look Latin.
    pub(super) const DOUBLED: u32 = 1 << 25;
    /// May merge with the character before it, or change places with it.
    pub(super) const JOINS: u32 = 1 << 26;
    pub(super) const LETTER: u32 = 1 << 27;
    pub(super) const WORD: u32 = 1 << 28;
    /// Depends on its surroundings in other ways.
    pub(super) const COMPLEX: Entry = Entry(0);

    #[inline]
    pub(super) fn of(c: char) -> Entry {
        let code = u32::from(c);
        if let Some(entry) = ASCII.get(code as usize) {
            return *entry;
        }
        Entry::of_page(code)
    }

    fn of_page(code: u32) -> Entry {
        let Some(page) = PAGES.get((code >> 8) as usize) else {
            return Entry::COMPLEX;
        };
        let page = page.get_or_init(|| {
            let first = code & !0xFF;
            let mut entries = Box::new([Entry::COMPLEX; 256]);
            for (code, entry) in (first..).zip(entries.iter_mut()) {
                *entry = char::from_u32(code).map_or(Entry::COMPLEX, Entry::compute);
            }
            entries
        });
        page.get((code & 0xFF) as usize)
            .copied()
            .unwrap_or(Entry::COMPLEX)
    }

    pub(super) fn compute(c: char) -> Entry {
        if is_combining_mark(c) && !is_ignorable(c) {
            return match mark_fate(c) {
                MarkFate::Goes => Entry(Entry::NOTHING),
                MarkFate::Stays if std::iter::once(c).nfkc().eq([c]) => Entry::single(c),
                MarkFate::Stays | MarkFate::ByBase => Entry::COMPLEX,
            };
        }
        let folded: Vec<char> = decompose_and_fold(std::iter::once(c))
            .into_iter()
            .nfc()
            .collect();
        match folded.as_slice() {
            [] => Entry(Entry::NOTHING),
            [folded] => Entry::single(*folded),
            _ => Entry(Entry::SEVERAL),
        }
    }

    fn single(folded: char) -> Entry {
        let joins = is_nfc_quick(std::iter::once(folded)) != IsNormalized::Yes
            || canonical_combining_class(folded) != 0;
        let flag = |holds: bool, bit: u32| if holds { bit } else { 0 };
        Entry(
            u32::from(folded)
                | Entry::SINGLE
                | flag(is_latin(folded), Entry::LATIN)
                | flag(is_doubled_script(folded), Entry::DOUBLED)
                | flag(joins, Entry::JOINS)
                | flag(folded.is_alphabetic(), Entry::LETTER)
                | flag(is_word_char(folded), Entry::WORD),
        )
    }

    /// Only the given bits.
    pub(super) const fn bits(self, mask: u32) -> u32 {
        self.0 & mask
    }

    pub(super) const fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }

    pub(super) fn folded(self) -> char {
        char::from_u32(self.0 & 0x1F_FFFF).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    pub(super) fn keeps(self, c: char) -> bool {
        self.0 & (0x1F_FFFF | Entry::SINGLE) == u32::from(c) | Entry::SINGLE
    }
}
