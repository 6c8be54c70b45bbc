//! Posts a second through normalising and classifying on one core:
//! `cargo run --release -p buio-classify --example throughput [FILE [UNTIL]]`.
//!
//! `FILE` holds posts as lines of JSON, of which those before `UNTIL` (as the file writes times)
//! are read once and classified again and again; without a file a few invented posts are.
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
/// Posts classified for each figure.
const N_CLASSIFIED: usize = 300_000;

fn main() {
    let started_at = Instant::now();
    let catalog = Arc::new(Catalog::builtin());
    println!("catalogue: {:.0?}", started_at.elapsed());
    let started_at = Instant::now();
    let classifier = Classifier::new(catalog);
    println!("classifier: {:.0?}", started_at.elapsed());
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next() else {
        measure(&classifier, "chatter", &posts(&CHATTER));
        measure(&classifier, "posts that name a service", &posts(&REPORTS));
        return;
    };
    let until = arguments.next();
    let (quiet, told): (Vec<Post>, Vec<Post>) = read(&file, until.as_deref())
        .into_iter()
        .partition(|post| classifier.classify(post).signals.is_empty());
    measure(&classifier, "without a signal", &quiet);
    measure(&classifier, "with a signal", &told);
    measure(&classifier, "all", &[quiet, told].concat());
}

fn posts(texts: &[&str]) -> Vec<Post> {
    let post = |text: &&str| Post {
        text: (*text).to_owned(),
        ..Post::default()
    };
    texts.iter().map(post).collect()
}

fn read(file: &str, until: Option<&str>) -> Vec<Post> {
    let lines = std::fs::read_to_string(file).expect("the file can be read");
    let time = |line: &str| {
        let (_, time) = line.split_once("\"posted_at\":\"")?;
        Some(time.split('"').next()?.to_owned())
    };
    lines
        .lines()
        .filter(|line| until.is_none_or(|until| time(line).is_some_and(|at| *at < *until)))
        .map(|line| Post::from_json(line.as_bytes()).expect("each line is a post"))
        .collect()
}

fn measure(classifier: &Classifier, name: &str, posts: &[Post]) {
    let started_at = Instant::now();
    let n_rounds = N_CLASSIFIED / posts.len().max(1);
    for post in (0..n_rounds).flat_map(|_| posts) {
        black_box(classifier.classify(post));
    }
    let n_posts = (n_rounds * posts.len()).max(1) as f64;
    let seconds = started_at.elapsed().as_secs_f64();
    println!(
        "{name}: {} posts, {:.0} posts/s, {:.2} µs each",
        posts.len(),
        n_posts / seconds,
        seconds / n_posts * 1e6
    );
}
