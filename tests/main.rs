//! Tests of the whole, in one binary.
//!
//! - `util`: runs the program in a scratch folder; every replay's totals are checked to add up
//! - `cli`: each command on its real output, exit codes, help
//! - `replay`: resuming, merging, bad input, determinism
//! - `kill`: `kill -9` in the middle of a replay changes nothing
//! - `night`: the made-up night of 3 May 2017, from posts to summary
//! - `daemon`: `buio run` against servers on loopback
//! - `data`: laws of the rows in `data/`
//! - `layers`: which crate may import which
//! - `tidy`: sizes, words and paths of the house

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cli;
mod daemon;
mod data;
mod kill;
mod layers;
mod night;
mod replay;
mod tidy;
mod util;
