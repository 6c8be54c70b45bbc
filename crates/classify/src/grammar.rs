//! Function words and the letters that hang on names, from `data/grammar.tsv`.

use std::collections::BTreeSet;

use buio_normalize::fold;

/// Small closed classes of words, folded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grammar {
    /// Join the names of a list.
    pub(crate) conjunctions: BTreeSet<String>,
    /// Begin a clause that says something else.
    pub(crate) contrasts: BTreeSet<String>,
    /// Stand before a network or a place.
    pub(crate) locatives: BTreeSet<String>,
    /// Of the locatives, those that say where from.
    pub(crate) origins: BTreeSet<String>,
    /// Words of everyday talk that are also names of services.
    pub(crate) common: BTreeSet<String>,
    /// Say of a part that it is missing or does not do.
    pub(crate) negators: BTreeSet<String>,
    /// Hang on a name's end.
    pub(crate) suffixes: BTreeSet<String>,
    /// Hang on a name's beginning.
    pub(crate) prefixes: BTreeSet<String>,
}

impl Grammar {
    /// The rows that were in `data/` when this was compiled.
    pub(crate) fn builtin() -> Grammar {
        Grammar::parse(include_str!("../../../data/grammar.tsv"))
    }

    /// Rows of an unknown kind are left out; a test proves that the built-in file has none.
    fn parse(rows: &str) -> Grammar {
        let mut grammar = Grammar::default();
        for (kind, text) in rows.lines().filter_map(|row| row.split_once('\t')) {
            if let Some(class) = grammar.class_mut(kind) {
                class.insert(fold(text.trim()).into_owned());
            }
        }
        grammar
    }

    fn class_mut(&mut self, kind: &str) -> Option<&mut BTreeSet<String>> {
        match kind {
            "conjunction" => Some(&mut self.conjunctions),
            "contrast" => Some(&mut self.contrasts),
            "locative" => Some(&mut self.locatives),
            "origin" => Some(&mut self.origins),
            "common" => Some(&mut self.common),
            "negator" => Some(&mut self.negators),
            "suffix" => Some(&mut self.suffixes),
            "prefix" => Some(&mut self.prefixes),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_known_kind_and_each_class_has_words() {
        let rows = include_str!("../../../data/grammar.tsv");
        for row in rows.lines().skip(1).filter(|row| !row.starts_with('#')) {
            let kind = row.split('\t').next().unwrap();
            assert!(Grammar::default().class_mut(kind).is_some(), "{row}");
        }
        let grammar = Grammar::builtin();
        for class in [
            &grammar.conjunctions,
            &grammar.contrasts,
            &grammar.locatives,
            &grammar.origins,
            &grammar.common,
            &grammar.negators,
            &grammar.suffixes,
            &grammar.prefixes,
        ] {
            assert!(class.len() >= 20);
        }
    }
}
