//! Single steps of a verification: one element forwards or backwards, and the gaps between.

use buio_normalize::is_unspaced;

use super::{Element, Scene};
use crate::cursor;

const GAP_WORDS: usize = 3;
/// A gap in scripts without blanks, in characters.
const GAP_CHARS: usize = 6;
/// Case particles between a name and its verb in scripts without blanks (は, って, が).
const PARTICLE_CHARS: usize = 3;

/// Sides on which a piece touches its neighbour, so that no boundary is asked for there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glue {
    pub(super) is_left: bool,
    pub(super) is_right: bool,
}

/// Checks the word boundaries of a literal found at `start..end` and widens its open sides.
pub(super) fn bounded(
    element: &Element,
    text: &str,
    (start, end): (usize, usize),
    glue: Glue,
) -> Option<(usize, usize)> {
    let Element::Words {
        is_left_open,
        is_right_open,
        ..
    } = element
    else {
        return None;
    };
    let begins = || {
        glue.is_left
            || cursor::is_boundary(cursor::before(text, start), cursor::after(text, start))
            || is_number_edge(text, start)
            || has_conjunction_prefix(text, start)
    };
    let ends = || {
        glue.is_right || cursor::is_boundary(cursor::after(text, end), cursor::before(text, end))
    };
    let start = if *is_left_open {
        cursor::word_start(text, start)
    } else {
        begins().then_some(start)?
    };
    let end = if !is_right_open {
        ends().then_some(end)?
    } else if cursor::after(text, end).is_some_and(is_unspaced) {
        end
    } else {
        cursor::word_end(text, end)
    };
    Some((start, end))
}

/// "And" is written as one letter before the word in Arabic (و, ف) and Hebrew (ו, ש, ה).
fn has_conjunction_prefix(text: &str, start: usize) -> bool {
    let Some(prefix) = cursor::before(text, start) else {
        return false;
    };
    matches!(prefix, 'و' | 'ف' | 'ו' | 'ש' | 'ה')
        && cursor::is_boundary(
            cursor::before(text, start - prefix.len_utf8()),
            Some(prefix),
        )
}

/// One place where an element ends or starts, and the name that its slot holds.
pub(super) type Step = (usize, Option<usize>);

impl Element {
    /// Where the element may end when it begins at `from`.
    pub(super) fn ends(&self, scene: &Scene<'_>, from: usize, glue: Glue) -> Vec<Step> {
        match self {
            Element::Words { .. } => self.words_end(scene.text, from, glue).into_iter().collect(),
            Element::Service => {
                let Some(idx) = scene.names.iter().position(|name| name.start == from) else {
                    return Vec::new();
                };
                let name = scene.names.get(idx);
                let ends = name.map(|name| (name.end, name.bare_end));
                let mut steps: Vec<Step> =
                    ends.map(|(end, _)| (end, Some(idx))).into_iter().collect();
                // "{S}nya": the ending belongs to the phrase.
                steps.extend(
                    ends.filter(|(end, bare_end)| end != bare_end)
                        .map(|(_, bare_end)| (bare_end, Some(idx))),
                );
                steps
            }
            Element::Number => number_end(scene.text, from)
                .map(|end| (end, None))
                .into_iter()
                .collect(),
            Element::Gap => Vec::new(),
        }
    }

    /// Where the element may begin when it ends at `to`.
    pub(super) fn starts(&self, scene: &Scene<'_>, to: usize, glue: Glue) -> Vec<Step> {
        match self {
            Element::Words { .. } => self.words_start(scene.text, to, glue).into_iter().collect(),
            Element::Service => scene
                .names
                .iter()
                .position(|name| name.end == to || name.bare_end == to)
                .and_then(|idx| Some((scene.names.get(idx)?.start, Some(idx))))
                .into_iter()
                .collect(),
            Element::Number => number_start(scene.text, to)
                .map(|start| (start, None))
                .into_iter()
                .collect(),
            Element::Gap => Vec::new(),
        }
    }

    fn words_end(&self, text: &str, from: usize, glue: Glue) -> Option<Step> {
        let Element::Words {
            text: words,
            is_left_open,
            ..
        } = self
        else {
            return None;
        };
        let found = if *is_left_open {
            let word = text.get(from..cursor::word_end(text, from))?;
            from + word.find(words.as_str())?
        } else {
            text.get(from..)?
                .starts_with(words.as_str())
                .then_some(from)?
        };
        let (_, end) = bounded(self, text, (found, found + words.len()), glue)?;
        Some((end, None))
    }

    fn words_start(&self, text: &str, to: usize, glue: Glue) -> Option<Step> {
        let Element::Words {
            text: words,
            is_right_open,
            ..
        } = self
        else {
            return None;
        };
        let found = if *is_right_open {
            let word_start = cursor::word_start(text, to);
            let last_start = first_word_start(text, word_start, words);
            last_start + text.get(last_start..to)?.rfind(words.as_str())?
        } else {
            let start = to.checked_sub(words.len())?;
            (text.get(start..to)? == words).then_some(start)?
        };
        let (start, _) = bounded(self, text, (found, found + words.len()), glue)?;
        Some((start, None))
    }
}

/// Several words may precede the open last one: step back as many words as the literal has.
fn first_word_start(text: &str, mut start: usize, literal: &str) -> usize {
    for _ in 0..literal.split(' ').count().saturating_sub(1) {
        start = cursor::word_start(text, cursor::skip_left(text, start));
    }
    start
}

fn number_end(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let len = rest
        .char_indices()
        .find(|&(n, c)| !(c.is_numeric() || n > 0 && matches!(c, '.' | ',' | ':' | '/')))
        .map_or(rest.len(), |(n, _)| n);
    rest.chars().next()?.is_numeric().then_some(from + len)
}

fn number_start(text: &str, to: usize) -> Option<usize> {
    let head = text.get(..to)?;
    let start = head
        .char_indices()
        .rev()
        .find(|&(_, c)| !(c.is_numeric() || matches!(c, '.' | ',' | ':' | '/')))
        .map_or(0, |(n, c)| n + c.len_utf8());
    text.get(start..to)?
        .chars()
        .any(char::is_numeric)
        .then_some(start)
}

/// Where the next piece may begin after a piece that ends at `at`.
pub(super) fn starts_right(text: &str, at: usize, is_glued: bool) -> Vec<usize> {
    let mut starts = Vec::with_capacity(2);
    let skipped = cursor::skip_right(text, at);
    if is_glued {
        starts.push(at);
        if skipped != at {
            starts.push(skipped);
        }
        return starts;
    }
    if skipped != at || is_number_edge(text, at) || is_script_edge(text, at) {
        starts.push(skipped);
    }
    // A sign may be a literal of its own: "5 %".
    let rest = text.get(at..).unwrap_or_default();
    let unblanked = at + (rest.len() - rest.trim_start().len());
    if unblanked != skipped {
        starts.push(unblanked);
    }
    // Scripts without blanks: directly, or after a particle.
    let mut position = skipped;
    for n in 0..=PARTICLE_CHARS {
        let Some(c) = cursor::after(text, position) else {
            break;
        };
        if !(is_unspaced(c) || n == 0 && cursor::before(text, position).is_some_and(is_unspaced)) {
            break;
        }
        if !starts.contains(&position) {
            starts.push(position);
        }
        position += c.len_utf8();
    }
    starts
}

/// Where the piece before may end when the next one begins at `at`.
pub(super) fn ends_left(text: &str, at: usize, is_glued: bool) -> Vec<usize> {
    let mut ends = Vec::with_capacity(2);
    let skipped = cursor::skip_left(text, at);
    if is_glued {
        ends.push(at);
        if skipped != at {
            ends.push(skipped);
        }
        return ends;
    }
    if skipped != at || is_number_edge(text, at) || is_script_edge(text, at) {
        ends.push(skipped);
    }
    if cursor::after(text, at).is_some_and(is_unspaced)
        || cursor::before(text, skipped).is_some_and(is_unspaced)
    {
        let mut position = skipped;
        for _ in 0..=PARTICLE_CHARS {
            if !ends.contains(&position) {
                ends.push(position);
            }
            match cursor::before(text, position) {
                Some(c) if is_unspaced(c) => position -= c.len_utf8(),
                _ => break,
            }
        }
    }
    ends
}

/// Letters on both sides, of which only one is Latin: "카톡down" needs no blank.
fn is_script_edge(text: &str, at: usize) -> bool {
    let (before, after) = (cursor::before(text, at), cursor::after(text, at));
    before.is_some()
        && after.is_some_and(char::is_alphanumeric)
        && cursor::is_boundary(before, after)
}

/// A digit on exactly one side: "3h" needs no blank between number and unit.
fn is_number_edge(text: &str, at: usize) -> bool {
    let numeric = |c: Option<char>| c.is_some_and(char::is_numeric);
    numeric(cursor::before(text, at)) != numeric(cursor::after(text, at))
}

/// Ends of a gap that begins at `at`, shortest first.
pub(super) fn gap_ends(text: &str, at: usize) -> Vec<usize> {
    let mut ends = vec![at];
    let mut position = at;
    for _ in 0..GAP_WORDS {
        let start = cursor::skip_right(text, position);
        let end = cursor::gap_word_end(text, start);
        if end == start {
            break;
        }
        ends.push(end);
        position = end;
    }
    let mut position = at;
    for _ in 0..GAP_CHARS {
        match cursor::after(text, position) {
            Some(c) if is_unspaced(c) => position += c.len_utf8(),
            _ => break,
        }
        ends.push(position);
    }
    ends
}

/// Starts of a gap that ends at `at`, shortest first.
pub(super) fn gap_starts(text: &str, at: usize) -> Vec<usize> {
    let mut starts = vec![at];
    let mut position = at;
    for _ in 0..GAP_WORDS {
        let end = cursor::skip_left(text, position);
        let start = cursor::gap_word_start(text, end);
        if start == end {
            break;
        }
        starts.push(start);
        position = start;
    }
    let mut position = at;
    for _ in 0..GAP_CHARS {
        match cursor::before(text, position) {
            Some(c) if is_unspaced(c) => position -= c.len_utf8(),
            _ => break,
        }
        starts.push(position);
    }
    starts
}
