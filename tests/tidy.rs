//! The house as it stands: sizes, words, and that its documents tell the truth about paths.

use crate::layers::{crates, sources};
use crate::util::root;

const FILE_LINES: usize = 400;
/// With the tests at its bottom.
const FILE_LINES_WITH_TESTS: usize = 600;
const LIB_LINES: usize = 120;
const ARCHITECTURE_LINES: usize = 250;

/// Files that are longer for a reason; an entry that is no longer needed fails.
const LONG_FILES: [(&str, &str); 0] = [];

#[test]
fn files_are_no_longer_than_a_person_reads() {
    let mut long = Vec::new();
    for name in crates() {
        for (path, text) in sources(name) {
            let n_lines = text.lines().count();
            let n_code = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or(&text)
                .lines()
                .count();
            let is_test = path.contains("test");
            let limit = if path.ends_with("lib.rs") {
                LIB_LINES
            } else {
                FILE_LINES
            };
            if (n_code > limit && !is_test) || n_lines > FILE_LINES_WITH_TESTS {
                let relative = path.split("/crates/").nth(1).unwrap_or(&path).to_owned();
                long.push(format!("{relative}: {n_lines}"));
            }
        }
    }
    long.retain(|file| !LONG_FILES.iter().any(|(known, _)| file.starts_with(known)));
    assert!(
        long.is_empty(),
        "split these, or give a reason in LONG_FILES: {long:#?}"
    );
}

#[test]
fn architecture_names_every_crate_and_stays_short() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(text.lines().count() <= ARCHITECTURE_LINES);
    for name in crates() {
        assert!(
            text.contains(&format!("`{name}`")),
            "ARCHITECTURE.md does not name {name}"
        );
    }
}

#[test]
fn every_path_in_the_documents_exists() {
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "data/README.md",
    ] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        let quoted = text.split('`').skip(1).step_by(2);
        for path in quoted.filter(|word| is_path(word)) {
            assert!(
                root().join(path).exists(),
                "{document} names {path}, which is not there"
            );
        }
    }
}

/// A word in code quotes that looks like a path of this repository.
fn is_path(word: &str) -> bool {
    ["crates/", "config/", "data/", "tests/", ".ci/"]
        .iter()
        .any(|top| word.starts_with(top))
        && !word.contains(['<', '*', ' ', '…'])
}

#[test]
fn unfinished_work_does_not_reach_main() {
    for name in crates() {
        for (path, text) in sources(name) {
            for word in ["FIXME", "TODO:", "TODO(", "unimplemented!(", "todo!("] {
                assert!(!text.contains(word), "{path}: {word}");
            }
        }
    }
}

#[test]
fn every_crate_says_what_it_never_does() {
    for name in crates().filter(|name| *name != "buio") {
        let text =
            std::fs::read_to_string(root().join(format!("crates/{name}/src/lib.rs"))).unwrap();
        assert!(text.contains("//! Invariants:"), "{name}");
    }
}
