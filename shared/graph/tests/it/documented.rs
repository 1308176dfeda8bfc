//! infra/docs/errors.md is the table of codes, so that it stays true.

use std::fmt::Write as _;
use std::path::Path;

use graph::codes::documented;

const HEAD: &str = "# Meta's error codes\n\nWhat went wrong, and what to do: as `errors` of a message, `sending` of a channel and a \
refused read show it, with Meta's own error object in `raw`. Written from the table in `shared/graph/src/codes.rs` by a test. \
Codes that are not here are told in Meta's words.\n\n| code | what went wrong | what to do |\n|---|---|---|\n";

/// `UPDATE_DOCS=1 cargo test -p graph` writes the page anew.
#[test]
fn the_page_says_what_the_table_says() {
    let page = documented().fold(HEAD.to_owned(), |mut page, row| {
        let code = match (row.subcode, row.first == row.last) {
            (Some(subcode), _) => format!("{}/{subcode}", row.first),
            (None, true) => row.first.to_string(),
            (None, false) => format!("{}-{}", row.first, row.last),
        };
        writeln!(page, "| {code} | {} | {} |", row.title, row.remedy).unwrap();
        page
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/docs/errors.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "infra/docs/errors.md is old: run UPDATE_DOCS=1 cargo test -p graph");
}
