//! The phrase mini-language: parsed once, then verified around a hit of its rarest literal.

use buio_normalize::{fold, is_unspaced};

use steps::{Glue, bounded, ends_left, gap_ends, gap_starts, starts_right};

/// One piece of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    /// Folded words; an open side takes any letters before or after.
    Words {
        text: String,
        is_left_open: bool,
        is_right_open: bool,
    },
    /// 0 to 3 words.
    Gap,
    /// The name of a service.
    Service,
    /// Digits.
    Number,
}

/// An element and how it stands beside the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    element: Element,
    /// Written without a blank before it (`{S}障害`).
    is_glued: bool,
}

/// A parsed phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
    anchor_idx: usize,
}

/// Where a phrase stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Positions in [`Scene::names`] of the names in its slots.
    pub(crate) slots: Vec<usize>,
}

/// A text with the names in it, as far as a pattern needs to know.
pub(crate) struct Scene<'a> {
    pub(crate) text: &'a str,
    /// Possible service names and mentions, sorted by start.
    pub(crate) names: &'a [NameSpan],
}

/// A possible name in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NameSpan {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Before any grammatical ending.
    pub(crate) bare_end: usize,
}

/// What a filled slot counts for, in letters.
const SLOT_CHARS: usize = 6;
impl Pattern {
    /// Reads the mini-language. `None` when nothing literal is left after folding.
    pub(crate) fn parse(phrase: &str) -> Option<Pattern> {
        let mut pieces: Vec<Piece> = Vec::new();
        for token in phrase.split_whitespace() {
            if token == "*" {
                pieces.push(Piece {
                    element: Element::Gap,
                    is_glued: false,
                });
            } else {
                parse_token(token, &mut pieces);
            }
        }
        let anchor_idx = pieces
            .iter()
            .enumerate()
            .filter_map(|(idx, piece)| match &piece.element {
                Element::Words { text, .. } => Some((idx, text.len())),
                _ => None,
            })
            .max_by_key(|&(idx, len)| (len, std::cmp::Reverse(idx)))?
            .0;
        Some(Pattern { pieces, anchor_idx })
    }

    /// The literal to search for.
    pub(crate) fn anchor(&self) -> &str {
        match self.pieces.get(self.anchor_idx).map(|piece| &piece.element) {
            Some(Element::Words { text, .. }) => text,
            _ => "",
        }
    }

    /// Whether letters may stand before and after the literal.
    pub(crate) fn anchor_is_open(&self) -> (bool, bool) {
        let glue = self.glue(self.anchor_idx);
        match self.pieces.get(self.anchor_idx).map(|piece| &piece.element) {
            Some(Element::Words {
                is_left_open,
                is_right_open,
                ..
            }) => (
                *is_left_open || glue.is_left,
                *is_right_open || glue.is_right,
            ),
            _ => (true, true),
        }
    }

    /// Whether the phrase asks for a service's name.
    pub(crate) fn has_slot(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| piece.element == Element::Service)
    }

    /// Whether other words may stand inside the phrase.
    pub(crate) fn has_gap(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| piece.element == Element::Gap)
    }

    /// Letters of the literals: the longer, the more specific. A service's name in a slot says
    /// as much as a word.
    pub(crate) fn specificity(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| match &piece.element {
                Element::Words { text, .. } => text.chars().count(),
                Element::Service => SLOT_CHARS,
                Element::Gap | Element::Number => 0,
            })
            .sum()
    }

    /// Letters of its literals that are written without blanks between words count threefold: one
    /// of them says as much as a syllable.
    pub(crate) fn n_letters(&self) -> usize {
        let weight = |c: char| if is_unspaced(c) { 3 } else { 1 };
        self.pieces
            .iter()
            .map(|piece| match &piece.element {
                Element::Words { text, .. } => text.chars().map(weight).sum(),
                _ => 0,
            })
            .sum()
    }

    /// Verifies the phrase around a hit of its anchor at `start..end`.
    pub(crate) fn verify(&self, scene: &Scene<'_>, start: usize, end: usize) -> Option<Span> {
        let piece = self.pieces.get(self.anchor_idx)?;
        let glue = self.glue(self.anchor_idx);
        let (start, end) = bounded(&piece.element, scene.text, (start, end), glue)?;
        let mut slots = Vec::new();
        let end = self.match_right(scene, self.anchor_idx + 1, end, &mut slots)?;
        let start = self.match_left(scene, self.anchor_idx, start, &mut slots)?;
        Some(Span { start, end, slots })
    }

    /// Is the piece written without a blank after the one before, and before the one after?
    fn glue(&self, idx: usize) -> Glue {
        Glue {
            is_left: self.pieces.get(idx).is_some_and(|piece| piece.is_glued),
            is_right: self.pieces.get(idx + 1).is_some_and(|piece| piece.is_glued),
        }
    }

    /// Matches `pieces[idx..]` from `at` on; gives where the last one ends.
    fn match_right(
        &self,
        scene: &Scene<'_>,
        idx: usize,
        at: usize,
        slots: &mut Vec<usize>,
    ) -> Option<usize> {
        let Some(piece) = self.pieces.get(idx) else {
            return Some(at);
        };
        if piece.element == Element::Gap {
            return gap_ends(scene.text, at)
                .into_iter()
                .find_map(|at| self.match_right(scene, idx + 1, at, slots));
        }
        let glue = self.glue(idx);
        for from in starts_right(scene.text, at, piece.is_glued) {
            for (to, slot) in piece.element.ends(scene, from, glue) {
                slots.extend(slot);
                if let Some(end) = self.match_right(scene, idx + 1, to, slots) {
                    return Some(end);
                }
                slots.truncate(slots.len() - usize::from(slot.is_some()));
            }
        }
        None
    }

    /// Matches `pieces[..idx]` backwards from `at`; gives where the first one begins.
    fn match_left(
        &self,
        scene: &Scene<'_>,
        idx: usize,
        at: usize,
        slots: &mut Vec<usize>,
    ) -> Option<usize> {
        let Some(piece) = idx.checked_sub(1).and_then(|idx| self.pieces.get(idx)) else {
            return Some(at);
        };
        if piece.element == Element::Gap {
            return gap_starts(scene.text, at)
                .into_iter()
                .find_map(|at| self.match_left(scene, idx - 1, at, slots));
        }
        let glue = self.glue(idx - 1);
        for to in ends_left(scene.text, at, glue.is_right) {
            for (from, slot) in piece.element.starts(scene, to, glue) {
                slots.extend(slot);
                if let Some(start) = self.match_left(scene, idx - 1, from, slots) {
                    return Some(start);
                }
                slots.truncate(slots.len() - usize::from(slot.is_some()));
            }
        }
        None
    }
}

/// Splits a token at its slots and adds its pieces; joins plain words to the words before.
fn parse_token(token: &str, pieces: &mut Vec<Piece>) {
    let mut rest = token;
    let mut is_first = true;
    while !rest.is_empty() {
        let slot = [("{S}", Element::Service), ("{N}", Element::Number)]
            .into_iter()
            .filter_map(|(mark, element)| Some((rest.find(mark)?, mark.len(), element)))
            .min_by_key(|(at, ..)| *at);
        let (literal, tail) = match &slot {
            Some((at, len, _)) => (rest.get(..*at), rest.get(at + len..)),
            None => (Some(rest), None),
        };
        push_words(literal.unwrap_or_default(), !is_first, pieces);
        is_first &= literal.unwrap_or_default().trim_matches('#').is_empty();
        if let Some((_, _, element)) = slot {
            pieces.push(Piece {
                element,
                is_glued: !is_first,
            });
            is_first = false;
        }
        rest = tail.unwrap_or_default();
    }
}

fn push_words(literal: &str, is_glued: bool, pieces: &mut Vec<Piece>) {
    // Hashtags arrive split into words, so their sign never stands in the text.
    let literal = literal.trim_start_matches('#');
    let is_left_open = literal.starts_with('~');
    let is_right_open = literal.ends_with('~') && literal.len() > 1;
    let folded = fold(literal.trim_matches('~'));
    let folded = folded.trim();
    if folded.is_empty() {
        return;
    }
    if !is_glued
        && !is_left_open
        && let Some(Piece {
            element:
                Element::Words {
                    text,
                    is_right_open: open @ false,
                    ..
                },
            ..
        }) = pieces.last_mut()
    {
        text.push(' ');
        text.push_str(folded);
        *open = is_right_open;
        return;
    }
    pieces.push(Piece {
        element: Element::Words {
            text: folded.to_owned(),
            is_left_open,
            is_right_open,
        },
        is_glued,
    });
}

mod steps;

#[cfg(test)]
mod tests;
