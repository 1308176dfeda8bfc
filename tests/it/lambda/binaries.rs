//! The binaries under test: built by the suite itself, once, so that a leftover is never what is tested.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use cargo_metadata::MetadataCommand;

/// The path of a function's binary, or of the sandbox's or the command line's.
pub(crate) fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--workspace", "--bins", "--quiet"])
            .current_dir(&metadata.workspace_root)
            .status()
            .expect("cargo build");
        assert!(built.success(), "the binaries do not build");
        metadata.target_directory.join("debug").into_std_path_buf()
    });
    folder.join(name)
}
