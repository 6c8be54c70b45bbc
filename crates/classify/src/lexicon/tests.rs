use std::sync::Arc;

use buio_catalog::Catalog;
use buio_types::{CountryCode, Post};

use crate::Classifier;

/// Does the text hold the phrase of that position in the catalogue?
fn holds(classifier: &Classifier, phrase_idx: usize, text: &str) -> bool {
    classifier.phrases_in(text).contains(&phrase_idx)
}

#[test]
fn every_phrase_stands_in_its_yes_text_and_not_in_its_no_text() {
    let catalog = Arc::new(Catalog::builtin());
    let classifier = Classifier::new(Arc::clone(&catalog));
    let mut faults = Vec::new();
    for (idx, phrase) in catalog.phrases().iter().enumerate() {
        let row = format!(
            "{}.tsv {} {:?}",
            phrase.lang,
            phrase.kind.as_str(),
            phrase.text
        );
        if !holds(&classifier, idx, &phrase.yes) {
            faults.push(format!(
                "{row} is not found in its yes text {:?}",
                phrase.yes
            ));
        }
        if let Some(no) = phrase
            .no
            .as_deref()
            .filter(|no| holds(&classifier, idx, no))
        {
            faults.push(format!("{row} is found in its no text {no:?}"));
        }
    }
    assert!(
        faults.is_empty(),
        "{} rows:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_service_is_read_from_its_yes_texts_and_not_from_its_no_texts() {
    let catalog = Arc::new(Catalog::builtin());
    let classifier = Classifier::new(Arc::clone(&catalog));
    let names = |text: &str, country: Option<CountryCode>| -> Vec<String> {
        let post = Post {
            text: text.to_owned(),
            country,
            ..Post::default()
        };
        let signals = classifier.classify(&post).signals;
        signals
            .iter()
            .filter_map(|s| s.service.as_ref())
            .map(ToString::to_string)
            .collect()
    };
    let mut faults = Vec::new();
    for service in catalog.services() {
        // Brands that run networks in several countries are told apart by the post's country.
        let is_shared = service
            .aliases
            .iter()
            .any(|alias| catalog.services_with_alias(alias).len() > 1);
        let country = service.countries.first().copied().filter(|_| is_shared);
        for yes in &service.yes {
            let found = names(yes, country);
            if !found.iter().any(|id| id == service.id.as_str()) {
                faults.push(format!(
                    "{} is not read from {yes:?}: {found:?}",
                    service.id
                ));
            }
        }
        for no in &service.no {
            if names(no, None).iter().any(|id| id == service.id.as_str()) {
                faults.push(format!("{} is read from {no:?}", service.id));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} texts:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
