//! The programs that are compared, and how each is started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::{machine, peers};

/// One program.
#[derive(Clone)]
pub(crate) struct Variant {
    /// In a file's name.
    pub(crate) key: &'static str,
    /// In a table.
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(String, String)>,
    /// Bytes of what is deployed.
    pub(crate) size: u64,
}

/// Everything that takes part, built and installed.
pub(crate) struct Field {
    pub(crate) floor: Variant,
    pub(crate) ours: Variant,
    pub(crate) peers: Vec<Variant>,
}

impl Variant {
    /// A binary that [`machine::build`] has built.
    pub(crate) fn built(args: &Args, key: &'static str, name: &'static str) -> Self {
        let program = machine::built(&args.profile, key);
        let size = std::fs::metadata(&program).unwrap().len();
        Self { key, name, program, arguments: Vec::new(), environment: Vec::new(), size }
    }
}

impl Field {
    pub(crate) fn prepare(args: &Args) -> Self {
        Self {
            floor: Variant::built(args, "floor", "floor: lambda_runtime alone"),
            ours: Variant::built(args, "webhook", "Waypost webhook"),
            peers: peers::install(),
        }
    }

    /// Ours, then the peers.
    pub(crate) fn at_the_job(&self) -> impl Iterator<Item = &Variant> {
        std::iter::once(&self.ours).chain(&self.peers)
    }
}

/// Bytes of all files in a folder.
pub(crate) fn folder_size(folder: &Path) -> u64 {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() { folder_size(&entry.path()) } else { entry.metadata().unwrap().len() }
        })
        .sum()
}
