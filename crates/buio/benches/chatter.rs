//! Posts a second that `buio replay` reads, on ordinary chatter: the quiet hours of the shipped
//! scenario, told again and again by other people at later times, through the real program.
//!
//! `cargo bench -p buio` prints the figure for the database in memory and in a file, and beside
//! them how fast the same machine merely counts the file's lines, since machines differ.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![expect(clippy::print_stdout, reason = "the figure is the output")]

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use buio_types::Timestamp;
use serde_json::Value;

const POSTS: usize = 500_000;
/// Posts of the scenario before people begin to complain.
const QUIET_UNTIL: &str = "2017-05-03T19:30:00Z";

fn main() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let posts = folder.path().join("chatter.ndjson");
    write_chatter(&posts);

    let started = Instant::now();
    let file = BufReader::new(std::fs::File::open(&posts).expect("the posts"));
    let n_lines = file.split(b'\n').count();
    let counting = started.elapsed().as_secs_f64();
    println!("{n_lines} posts; counting their lines takes {counting:.2} s");

    let db = folder.path().join("chatter.db");
    let db = db.to_str().expect("a path that is text");
    for (name, more) in [("in memory", vec![]), ("in a file", vec!["--db", db])] {
        let started = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_buio"))
            .arg("replay")
            .arg(&posts)
            .args(more)
            .status()
            .expect("the program runs");
        assert!(status.success());
        let secs = started.elapsed().as_secs_f64();
        println!(
            "database {name}: {:.0} posts/s ({secs:.2} s, {:.0} times as long as counting lines)",
            POSTS as f64 / secs,
            secs / counting,
        );
    }
}

fn write_chatter(path: &Path) {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../data/scenarios/whatsapp-2017-05-03.ndjson");
    let text = std::fs::read_to_string(scenario).expect("the shipped scenario");
    let quiet: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .filter(|post: &Value| {
            post["posted_at"]
                .as_str()
                .is_some_and(|at| at < QUIET_UNTIL)
        })
        .collect();
    let mut out = BufWriter::new(std::fs::File::create(path).expect("a scratch file"));
    let start = Timestamp::from_secs(1_700_000_000);
    for n in 0..POSTS {
        let mut post = quiet[n % quiet.len()].clone();
        post["id"] = n.to_string().into();
        post["author"] = format!("author-{}", n % 100_003).into();
        // Twenty posts a second: seven hours of a large network's hashtags.
        post["posted_at"] = start.plus_secs(n as i64 / 20).to_string().into();
        serde_json::to_writer(&mut out, &post).expect("writing a post");
        out.write_all(b"\n").expect("writing a line");
    }
    out.flush().expect("writing the posts");
}
