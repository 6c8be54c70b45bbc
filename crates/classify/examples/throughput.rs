//! Posts a second through normalising and classifying on one core:
//! `cargo run --release -p buio-classify --example throughput`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and prints"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use buio_catalog::Catalog;
use buio_classify::Classifier;
use buio_types::Post;

const CHATTER: [&str; 10] = [
    "what a match last night, could not sleep after that goal",
    "buongiorno a tutti, oggi finalmente il sole!",
    "Je cherche un bon resto pour samedi soir, des idées ?",
    "heute mal wieder viel zu viel Kuchen gegessen",
    "no puedo creer que ya sea viernes, vamos!!",
    "今日のお昼はカレーにしました",
    "сегодня гуляли в парке с собакой, погода отличная",
    "bugün hava çok güzel, sahile indik",
    "الحمد لله على كل حال",
    "new blog post: ten books that I read this summer https://example.org/books",
];
const REPORTS: [&str; 4] = [
    "whatsapp is down again, anyone else?",
    "Instagram e Facebook non funzionano da stamattina",
    "@AskPayPal can't log in to my account",
    "vodafone kein netz in Berlin seit heute morgen",
];

fn main() {
    let classifier = Classifier::new(Arc::new(Catalog::builtin()));
    for (name, texts, n_rounds) in [
        ("chatter", CHATTER.as_slice(), 20_000),
        ("posts that name a service", REPORTS.as_slice(), 5_000),
    ] {
        let posts: Vec<Post> = texts
            .iter()
            .map(|text| Post {
                text: (*text).to_owned(),
                ..Post::default()
            })
            .collect();
        let started_at = Instant::now();
        for _ in 0..n_rounds {
            for post in &posts {
                black_box(classifier.classify(post));
            }
        }
        let n_posts = f64::from(n_rounds) * posts.len() as f64;
        println!(
            "{name}: {:.0} posts/s",
            n_posts / started_at.elapsed().as_secs_f64()
        );
    }
}
