//! `kill -9` at random moments, then the same command again: the same incidents.

use std::process::Stdio;
use std::time::Duration;

use crate::util::{TestApp, night};

const KILLS: u32 = 50;
/// At this speed the night takes long enough for a kill to fall into it anywhere.
const SPEED: &str = "100000";

/// What must not differ: incidents, their history, their evidence, counts and drops.
const TABLES: [&str; 4] = [
    "SELECT * FROM v1_incident_updates ORDER BY incident, revision",
    "SELECT * FROM v1_incidents ORDER BY id",
    "SELECT * FROM v1_evidence ORDER BY incident, source, id",
    "SELECT * FROM v1_counts ORDER BY service, country, minute",
];

fn dump(app: &TestApp, db: &str) -> String {
    TABLES
        .iter()
        .map(|sql| {
            app.run(&["query", sql, "--db", db, "--output", "ndjson"])
                .ok()
                .to_owned()
        })
        .collect()
}

/// A small generator of its own (Marsaglia's xorshift), so that every run kills at other places
/// of the same sequence.
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

#[test]
fn killed_at_fifty_random_points_it_ends_with_the_same_incidents() {
    let app = TestApp::new();
    let night = night();
    let night = night.to_str().unwrap();
    app.run(&["replay", night, "--db", "whole.db"]).ok();
    let whole = dump(&app, "whole.db");
    assert!(whole.contains("whatsapp"));

    let mut seed = 0x2017_0503_2013_u64;
    let (mut n_kills, mut n_finished) = (0, 0);
    while n_kills < KILLS {
        let db = format!("killed-{n_finished}.db");
        loop {
            let mut child = app
                .command(&["replay", night, "--db", &db, "--speed", SPEED])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(next(&mut seed) % 700));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            n_kills += 1;
            if n_kills == KILLS {
                app.run(&["replay", night, "--db", &db]).ok();
                break;
            }
        }
        assert_eq!(dump(&app, &db), whole, "after {n_kills} kills");
        n_finished += 1;
    }
}
