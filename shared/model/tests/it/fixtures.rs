//! One element of `messages[]` per file, one file per shape of contract §3.6; one value of another field per file. All
//! people in them are invented.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// By file name without extension.
pub(crate) fn inbound() -> BTreeMap<String, String> {
    of("inbound")
}

/// Values of the fields of contract §3.8, by `<field>` or `<field>.<which>`.
pub(crate) fn fields() -> BTreeMap<String, String> {
    of("field")
}

fn of(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
    };
    fs::read_dir(folder).unwrap().map(read).collect()
}
