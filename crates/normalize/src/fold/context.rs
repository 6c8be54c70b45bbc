use unicode_normalization::char::{canonical_combining_class, compose};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::entry::Entry;

/// What the simple way must remember to notice that it does not suffice.
pub(super) struct Context {
    pub(super) last: char,
    last_class: u8,
    scripts: u32,
}

impl Default for Context {
    fn default() -> Self {
        Context {
            last: ' ',
            last_class: 0,
            scripts: 0,
        }
    }
}

impl Context {
    /// Takes the next folded character; `None` when it acts on its neighbours.
    pub(super) fn admits(&mut self, folded: char, entry: Entry) -> Option<()> {
        let mut class = 0;
        if entry.has(Entry::JOINS) {
            class = canonical_combining_class(folded);
            let may_compose = is_nfc_quick(std::iter::once(folded)) != IsNormalized::Yes;
            let disorders = class != 0 && class < self.last_class;
            let reaches_over = self.last_class != 0 && may_compose;
            if disorders || reaches_over || compose(self.last, folded).is_some() {
                return None;
            }
        }
        self.last_class = class;
        self.last = folded;
        self.scripts |= entry.bits(Entry::LATIN | Entry::DOUBLED);
        if !entry.has(Entry::WORD) {
            self.scripts = 0;
        }
        (self.scripts != Entry::LATIN | Entry::DOUBLED).then_some(())
    }

    /// Takes a stretch of ASCII that ends, folded, with `last`.
    pub(super) fn admits_ascii(&mut self, ascii: &[u8], last: char) -> Option<()> {
        if ascii
            .iter()
            .all(|byte| Entry::ascii(*byte).has(Entry::NOTHING))
        {
            return Some(());
        }
        let is_word = |byte: &u8| Entry::ascii(*byte).has(Entry::WORD | Entry::NOTHING);
        let has_latin = |word: &[u8]| word.iter().any(u8::is_ascii_alphabetic);
        if self.scripts == Entry::DOUBLED {
            let n_word = ascii
                .iter()
                .position(|byte| !is_word(byte))
                .unwrap_or(ascii.len());
            if ascii.get(..n_word).is_some_and(has_latin) {
                return None;
            }
        }
        if let Some(at) = ascii.iter().rposition(|byte| !is_word(byte)) {
            self.scripts = 0;
            if ascii.get(at..).is_some_and(has_latin) {
                self.scripts = Entry::LATIN;
            }
        } else if has_latin(ascii) {
            self.scripts |= Entry::LATIN;
        }
        self.last = last;
        self.last_class = 0;
        Some(())
    }
}
