//! Words that stand beside a service's name and tell that it is one.

use std::collections::BTreeMap;

use buio_catalog::Service;
use buio_normalize::fold;

use crate::cursor;
use crate::words::holds_word;

/// A word that more rows than this list as a companion ("app", "login", "network") tells that some
/// service is meant, not which.
const MOST_OWNERS: usize = 10;

/// The companion words of each service, folded: those of its own, and those that many share.
#[derive(Debug)]
pub(crate) struct Companions(Vec<Words>);

#[derive(Debug, Default)]
struct Words {
    own: Vec<String>,
    shared: Vec<String>,
}

impl Companions {
    pub(crate) fn new(services: &[Service]) -> Companions {
        let folded: Vec<Vec<String>> = services
            .iter()
            .map(|service| {
                let mut words: Vec<String> = service
                    .companions
                    .iter()
                    .map(|word| fold(word).into_owned())
                    .collect();
                words.sort();
                words.dedup();
                words
            })
            .collect();
        let mut n_owners: BTreeMap<String, usize> = BTreeMap::new();
        for word in folded.iter().flatten() {
            *n_owners.entry(word.clone()).or_default() += 1;
        }
        let is_own = |word: &String| n_owners.get(word).is_none_or(|n| *n <= MOST_OWNERS);
        let split = |words: Vec<String>| {
            let (own, shared) = words.into_iter().partition(is_own);
            Words { own, shared }
        };
        Companions(folded.into_iter().map(split).collect())
    }

    /// Does a word of the service's own stand in the text, outside of `name`?
    pub(crate) fn has_own(&self, service_idx: usize, text: &str, name: (usize, usize)) -> bool {
        self.0
            .get(service_idx)
            .is_some_and(|words| words.own.iter().any(|word| holds_word(text, word, name)))
    }

    /// Does a word that many services share stand in the text, outside of `name`?
    pub(crate) fn has_shared(&self, service_idx: usize, text: &str, name: (usize, usize)) -> bool {
        self.0
            .get(service_idx)
            .is_some_and(|words| words.shared.iter().any(|word| holds_word(text, word, name)))
    }

    /// Does a word of the service's own stand right beside the name ("fidelity trading")?
    pub(crate) fn touches_own(&self, service_idx: usize, text: &str, name: (usize, usize)) -> bool {
        self.0
            .get(service_idx)
            .is_some_and(|words| touches(&words.own, text, name))
    }

    /// Does a word that many services share stand right beside the name ("chase app", "rete tim")?
    pub(crate) fn touches_shared(
        &self,
        service_idx: usize,
        text: &str,
        name: (usize, usize),
    ) -> bool {
        self.0
            .get(service_idx)
            .is_some_and(|words| touches(&words.shared, text, name))
    }
}

fn touches(words: &[String], text: &str, name: (usize, usize)) -> bool {
    words
        .iter()
        .any(|word| follows(word, text, name) || precedes(word, text, name))
}

fn follows(word: &str, text: &str, (_, name_end): (usize, usize)) -> bool {
    let start = cursor::skip_right(text, name_end);
    let rest = text.get(start..).unwrap_or_default();
    rest.starts_with(word) && cursor::is_apart(text, start, start + word.len())
}

fn precedes(word: &str, text: &str, (name_start, _): (usize, usize)) -> bool {
    let end = cursor::skip_left(text, name_start);
    let before = text.get(..end).unwrap_or_default();
    before.ends_with(word) && cursor::is_apart(text, end - word.len(), end)
}
