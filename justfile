# What CI runs: formatting, lints, tests, docs.
default: fmt-check lint test doc

fmt-check:
    cargo fmt --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings

test:
    cargo test --workspace

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

fix:
    cargo fmt
    cargo clippy --workspace --all-targets --fix --allow-dirty

# The night of 3 May 2017.
replay:
    cargo run --release -- replay data/scenarios/whatsapp-2017-05-03.ndjson

# Accepts changed snapshots after they were read.
bless:
    INSTA_UPDATE=always cargo test --workspace
