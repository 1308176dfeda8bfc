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
        let mut build = Command::new(env!("CARGO"));
        // With `--examples`, of which there are none, cargo takes in what development dependencies ask of other crates, as it
        // does for tests: so nothing that the tests were built of is compiled a second time.
        build.args(["build", "--workspace", "--bins", "--examples", "--quiet"]).current_dir(&metadata.workspace_root);
        // What cargo tells a test of its package: a build script that looks at it would begin anew, and all that needs it.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of| name.starts_with(of)))
            {
                build.env_remove(name);
            }
        }
        let built = build.status().expect("cargo build");
        assert!(built.success(), "the binaries do not build");
        metadata.target_directory.join("debug").into_std_path_buf()
    });
    folder.join(name)
}
