//! The floors of ARCHITECTURE.md: a crate imports only from strictly lower ones, and below the
//! line nothing touches the world outside.

use std::collections::BTreeMap;

use crate::util::root;

/// Each crate's floor.
const FLOORS: [(&str, u32); 14] = [
    ("types", 0),
    ("normalize", 1),
    ("catalog", 1),
    ("detect", 1),
    ("classify", 2),
    ("incident", 2),
    ("pipeline", 3),
    ("summary", 3),
    ("outbound", 4),
    ("ingest", 5),
    ("store", 5),
    ("ingest-feed", 6),
    ("ingest-mastodon", 6),
    ("buio", 7),
];

/// Floors up to here are pure.
const PURE_UP_TO: u32 = 3;

/// What a pure crate may not depend on, and may not name in its code.
const BANNED_CRATES: [&str; 12] = [
    "tokio",
    "reqwest",
    "rusqlite",
    "rand",
    "getrandom",
    "tracing",
    "log",
    "futures-util",
    "hyper",
    "rustls",
    "tempfile",
    "url",
];
const BANNED_PATHS: [&str; 8] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "async fn",
];

fn manifests() -> BTreeMap<String, toml::Table> {
    let mut manifests = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        manifests.insert(name, text.parse().unwrap());
    }
    manifests
}

fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let table = manifest.get("dependencies").and_then(toml::Value::as_table);
    table
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

#[test]
fn every_crate_has_a_floor_and_every_floor_a_crate() {
    let found: Vec<String> = manifests().into_keys().collect();
    let mut listed: Vec<&str> = FLOORS.iter().map(|(name, _)| *name).collect();
    listed.sort_unstable();
    assert_eq!(found, listed);
}

#[test]
fn crates_import_only_from_lower_floors() {
    let floors: BTreeMap<&str, u32> = FLOORS.into_iter().collect();
    for (name, manifest) in manifests() {
        for dependency in dependencies(&manifest) {
            let Some(own) = dependency.strip_prefix("buio-") else {
                continue;
            };
            assert!(
                floors[own] < floors[name.as_str()],
                "{name} (floor {}) imports {own} (floor {})",
                floors[name.as_str()],
                floors[own]
            );
        }
    }
}

#[test]
fn below_the_line_nothing_touches_the_world() {
    let manifests = manifests();
    for (name, _) in FLOORS.iter().filter(|(_, floor)| *floor <= PURE_UP_TO) {
        for dependency in dependencies(&manifests[*name]) {
            assert!(
                !BANNED_CRATES.contains(&dependency.as_str()),
                "{name} uses {dependency}"
            );
        }
        for (path, text) in sources(name) {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for line in code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
            {
                for banned in BANNED_PATHS {
                    assert!(!line.contains(banned), "{path}: {banned}");
                }
            }
        }
    }
}

#[test]
fn only_one_file_reads_the_clock_and_one_the_environment() {
    for (name, _) in FLOORS {
        for (path, text) in sources(name) {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let reads = |words: &str| {
                code.lines()
                    .any(|l| l.contains(words) && !l.trim_start().starts_with("//"))
            };
            assert!(
                !reads("SystemTime::now") || path.ends_with("buio/src/clock.rs"),
                "{path}"
            );
            assert!(
                !reads("env::var") || path.ends_with("buio/src/config/paths.rs"),
                "{path}"
            );
        }
    }
}

/// Every source file of a crate with its path.
pub(crate) fn sources(name: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("crates").join(name).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    files
}

/// Names of all crates.
pub(crate) fn crates() -> impl Iterator<Item = &'static str> {
    FLOORS.into_iter().map(|(name, _)| name)
}
