//! Laws of the rows in `data/`.

use std::collections::BTreeSet;

use buio_catalog::Catalog;
use buio_normalize::fold;
use serde_json::Value;

use crate::util::night;

/// The different texts of the night's posts that are labelled as failures, folded, and their
/// languages. (`label` is a field beside the contract's; readers of posts ignore it.)
fn outage_texts() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut texts, mut langs) = (BTreeSet::new(), BTreeSet::new());
    for line in std::fs::read_to_string(night()).unwrap().lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        if value["label"] == "down" {
            texts.insert(fold(value["text"].as_str().unwrap()).into_owned());
            if let Some(lang) = value["lang"].as_str() {
                langs.insert(lang.split('-').next().unwrap().to_owned());
            }
        }
    }
    (texts, langs)
}

#[test]
fn the_night_is_told_in_many_words_and_languages() {
    let (texts, langs) = outage_texts();
    assert!(texts.len() >= 400, "{} texts", texts.len());
    assert!(langs.len() >= 20, "{langs:?}");
}

#[test]
fn few_of_its_texts_contain_a_phrase_row_word_for_word() {
    let phrases: Vec<String> = Catalog::builtin()
        .phrases()
        .iter()
        .map(|phrase| {
            let words = phrase
                .text
                .split_whitespace()
                .filter(|word| !matches!(*word, "*" | "{S}"));
            fold(&words.collect::<Vec<_>>().join(" ").replace('~', "")).into_owned()
        })
        // A single short word is a word of the language, not a phrase of ours.
        .filter(|phrase| phrase.contains(' ') || phrase.chars().count() >= 5)
        .collect();
    let (texts, _) = outage_texts();
    let n_verbatim = texts
        .iter()
        .filter(|text| phrases.iter().any(|p| contains_words(text, p)))
        .count();
    let share = n_verbatim as f64 / texts.len() as f64;
    assert!(share <= 0.2, "{n_verbatim} of {} texts", texts.len());
}

/// Whether `phrase` stands in `text` with no letter on either side.
fn contains_words(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(idx, _)| {
        let before = text.get(..idx).and_then(|head| head.chars().next_back());
        let after = text
            .get(idx + phrase.len()..)
            .and_then(|tail| tail.chars().next());
        let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        is_edge(before) && is_edge(after)
    })
}

#[test]
fn the_floors_of_the_catalogue_hold() {
    let catalog = Catalog::builtin();
    assert!(catalog.services().len() >= 150);
    let telecom: BTreeSet<_> = catalog
        .services()
        .iter()
        .filter(|service| service.category == "telecom")
        .flat_map(|service| &service.countries)
        .collect();
    assert!(telecom.len() >= 30, "{}", telecom.len());
    let langs: BTreeSet<&str> = catalog
        .phrases()
        .iter()
        .map(|phrase| phrase.lang.as_str())
        .collect();
    assert!(langs.len() >= 25, "{langs:?}");
    assert!(catalog.places().len() > 4000);
}
