//! Makes a new or changed phrase file rebuild this crate.

fn main() {
    // include_dir! on a stable compiler does not tell Cargo which files it read, and nothing can
    // tell it of a file that was not there yet. include_str! tells for itself.
    println!("cargo:rerun-if-changed=../../data/phrases");
    println!("cargo:rerun-if-changed=build.rs");
}
