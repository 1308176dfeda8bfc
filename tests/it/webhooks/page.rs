//! The tables of infra/docs/webhooks.md.

use std::collections::BTreeMap;

const PAGE: &str = include_str!("../../../infra/docs/webhooks.md");

/// The rows of the table under this heading: the first cell, without its quotes, and the others.
pub(super) fn table(heading: &str) -> BTreeMap<String, Vec<String>> {
    let (_, rest) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no heading {heading}"));
    let section = rest.split("\n## ").next().unwrap_or_default();
    let mut rows = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
        let name = cells.next().unwrap().trim_matches('`').to_owned();
        assert!(rows.insert(name, cells.collect()).is_none(), "twice: {line}");
    }
    assert!(!rows.is_empty(), "no table under {heading}");
    rows
}
