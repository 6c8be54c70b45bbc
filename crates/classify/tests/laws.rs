//! What holds for every post, whatever its text.

use std::sync::{Arc, LazyLock};

use buio_catalog::Catalog;
use buio_classify::Classifier;
use buio_types::{DropReason, Post, Role};
use proptest::prelude::*;

static CLASSIFIER: LazyLock<Classifier> =
    LazyLock::new(|| Classifier::new(Arc::new(Catalog::builtin())));

/// Texts that hit many rows: their pieces are names and words of failure.
fn talk() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("whatsapp"),
        Just("#InstagramDown"),
        Just("@AskO2"),
        Just("vodafone"),
        Just("is down"),
        Just("non va"),
        Just("ne marche pas"),
        Just("障害"),
        Just("واتساب"),
        Just("since 3 days"),
        Just("?!"),
        Just(", and"),
        Just("in Milano"),
        Just("🇮🇹"),
        Just("yesterday"),
        Just("back"),
    ];
    prop::collection::vec(
        prop_oneof![3 => word.prop_map(str::to_owned), 1 => "\\PC{0,8}"],
        0..12,
    )
    .prop_map(|words| words.join(" "))
}

fn post() -> impl Strategy<Value = Post> {
    let role = prop_oneof![
        Just(Role::User),
        Just(Role::Official),
        Just(Role::Monitor),
        Just(Role::News)
    ];
    let lang = prop::option::of("[a-z]{2}(-[A-Z]{2})?");
    let hints = prop::collection::vec("[@#]?[a-zA-Z0-9 -]{0,12}", 0..3);
    let text = prop_oneof![talk(), any::<String>()];
    (
        text,
        role,
        lang,
        hints,
        any::<bool>(),
        prop::option::of("\\PC{0,20}"),
    )
        .prop_map(|(text, role, lang, services, is_repost, place)| Post {
            text,
            role,
            lang,
            services,
            is_repost,
            place,
            ..Post::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_post_is_read_alike_twice_and_its_numbers_are_sound(post in post()) {
        let classified = CLASSIFIER.classify(&post);
        prop_assert_eq!(&classified, &CLASSIFIER.classify(&post));
        if post.text.trim().is_empty() {
            prop_assert_eq!(classified.dropped, Some(DropReason::Empty));
        }
        for signal in &classified.signals {
            prop_assert!((0.0..=1.0).contains(&signal.likelihood.get()));
            let sum: f32 = signal.cues.iter().map(|cue| cue.weight).sum();
            let log_odds = (signal.likelihood.get() / (1.0 - signal.likelihood.get())).ln();
            if log_odds.is_finite() && log_odds.abs() < 8.0 {
                prop_assert!((sum - log_odds).abs() < 0.05, "{} {}", sum, log_odds);
            }
            let weights: f32 = signal.countries.iter().map(|(_, weight)| weight).sum();
            prop_assert!(weights <= 1.0001);
            prop_assert!(signal.countries.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            if post.role != Role::User {
                prop_assert!(signal.likelihood.get() < 0.5);
            }
        }
        let services: Vec<_> = classified.signals.iter().map(|s| &s.service).collect();
        let mut distinct = services.clone();
        distinct.sort();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), services.len());
    }
}
