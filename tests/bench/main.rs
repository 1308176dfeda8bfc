//! The benchmark: `cargo bench -p tests`.
//!
//! Rows come from the release build of the real binaries, under a Lambda Runtime API on loopback, against the sandbox.
//! Each is checked for a correct result before its time counts. Times depend on the machine, and here the sandbox shares
//! it; requests and units do not.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers that prints a table")]

mod lambda;
mod post;

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// A function's binary, as it ships: built here, never a leftover.
pub(crate) fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec().unwrap();
        eprintln!("building the release binaries (some minutes the first time)");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--quiet", "-p", "webhook"])
            .current_dir(&metadata.workspace_root)
            .status()
            .unwrap();
        assert!(built.success(), "the release binaries do not build");
        metadata.target_directory.join("release").into_std_path_buf()
    });
    folder.join(name)
}

#[tokio::main]
async fn main() {
    println!(
        "{:<34} {:>8} {:>8} {:>9} {:>11} {:>11} {:>9}",
        "POST", "min ms", "med ms", "requests", "read units", "write units", "events"
    );
    for post in post::POSTS {
        post::measure(post).await;
    }
    println!(
        "\nrequests and units are those of one POST: of the first for new people, of a later one for known people."
    );
}
