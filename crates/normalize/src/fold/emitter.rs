use super::entry::Entry;
use super::is_plain;
use crate::script::is_word_char;

/// Collects folded characters; shortens elongations and collapses blanks on the way.
pub(super) struct Emitter<'s> {
    /// UTF-8: bytes, because most characters are one.
    out: Vec<u8>,
    pub(super) last: char,
    /// Equal letters at the end of `out`, or more than that when some were left away.
    run: usize,
    shortened: &'s mut Vec<usize>,
}

impl<'s> Emitter<'s> {
    /// Begins behind `head`, folded text that is empty or ends with a blank.
    pub(super) fn new(head: &str, capacity: usize, shortened: &'s mut Vec<usize>) -> Self {
        let mut emitter = Emitter {
            out: Vec::with_capacity(capacity),
            last: ' ',
            run: 1,
            shortened,
        };
        emitter.restart(head);
        emitter
    }

    pub(super) fn restart(&mut self, head: &str) {
        self.out.clear();
        self.out.extend_from_slice(head.as_bytes());
        self.last = ' ';
        self.run = 1;
        self.shortened.clear();
    }

    pub(super) fn push(&mut self, c: char, entry: Entry) {
        if c == self.last {
            return self.push_again(c, entry);
        }
        if self.run >= 3 {
            self.shorten_run(entry.has(Entry::WORD));
        }
        self.run = 1;
        self.last = c;
        if c.is_ascii() {
            self.out.push(c as u8);
        } else {
            self.out
                .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// Pushes a stretch of ASCII; what lies well inside it is copied as a whole.
    pub(super) fn push_ascii(&mut self, ascii: &[u8]) {
        // The first letters may continue a run that began before; the last two may begin one
        // that goes on behind.
        if let Some((head, rest)) = ascii.split_at_checked(3)
            && let Some((body, tail)) = rest.split_at_checked(rest.len().saturating_sub(2))
            && let Some(last) = body.last()
            && is_plain(ascii)
        {
            head.iter().for_each(|byte| self.push_byte(*byte));
            let start = self.out.len();
            self.out.extend_from_slice(body);
            if let Some(copied) = self.out.get_mut(start..) {
                copied.make_ascii_lowercase();
            }
            self.run = 1;
            self.last = char::from(last.to_ascii_lowercase());
            tail.iter().for_each(|byte| self.push_byte(*byte));
        } else {
            ascii.iter().for_each(|byte| self.push_byte(*byte));
        }
    }

    fn push_byte(&mut self, byte: u8) {
        let entry = Entry::of(char::from(byte));
        if entry.has(Entry::SINGLE) {
            self.push(entry.folded(), entry);
        }
    }

    fn push_again(&mut self, c: char, entry: Entry) {
        if c == ' ' {
            return;
        }
        if entry.has(Entry::LETTER) {
            self.run += 1;
        }
        if self.run <= 3 {
            self.out
                .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        if self.run == 3 && self.is_in_hashtag() {
            self.run = 1;
        }
    }

    /// Inside a hashtag three equal letters are where two words meet ("#whatsappproblem").
    fn is_in_hashtag(&self) -> bool {
        let before = self
            .written()
            .trim_end_matches(|c| is_word_char(c) || c == '_');
        before.ends_with('#')
    }

    /// Leaves one letter of a run of which three were written, unless the run is a whole word:
    /// "www" and "aaa" are no elongations.
    fn shorten_run(&mut self, next_is_word: bool) {
        let n_bytes = self.last.len_utf8();
        let n_before = self.out.len().saturating_sub(3 * n_bytes);
        let before = self.written().get(..n_before).unwrap_or_default();
        let opens_word = !before.ends_with(is_word_char);
        if !opens_word || next_is_word {
            self.out.truncate(n_before + n_bytes);
            self.shortened.push(self.out.len());
        }
    }

    /// Only whole characters are pushed, so the bytes always are a text.
    fn written(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap_or_default()
    }

    pub(super) fn finish(mut self) -> String {
        if self.run >= 3 {
            self.shorten_run(false);
        }
        if self.out.last() == Some(&b' ') {
            self.out.pop();
        }
        String::from_utf8(self.out).unwrap_or_default()
    }
}
