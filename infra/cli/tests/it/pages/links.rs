//! Links between pages lead to a file that is there, and to a heading that is in it; and no page is out of reach.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("ARCHITECTURE.md"), root().join("CHANGELOG.md")];
    let docs = std::fs::read_dir(root().join("infra/docs")).unwrap().map(|entry| entry.unwrap().path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|end| end == "md")));
    pages
}

/// The text without blocks of code, in which brackets are no links.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// What stands in `](…)`, but for other hosts.
fn links(page: &Path) -> Vec<String> {
    let text = prose(&std::fs::read_to_string(page).unwrap());
    let found = text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link.to_owned()));
    found.filter(|link| !link.contains("://") && !link.contains(' ')).collect()
}

/// A heading's anchor, as GitHub makes it: lower case, words joined by dashes, without what is no word.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|letter| letter.is_alphanumeric() || ['-', '_'].contains(letter)).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    for page in pages() {
        for link in links(&page) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link}: there is no such file", page.display());
            if !anchor.is_empty() {
                let anchors = anchors(&target);
                assert!(anchors.contains(anchor), "{}: {link}: there is no such heading", page.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed}");
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let mut reached = BTreeSet::new();
    let mut open = vec![root().join("README.md")];
    while let Some(page) = open.pop() {
        if !reached.insert(page.clone()) {
            continue;
        }
        for link in links(&page) {
            let file = link.split('#').next().unwrap_or_default();
            let target = page.parent().unwrap().join(file);
            if Path::new(file).extension().is_some_and(|end| end == "md") {
                open.push(target.canonicalize().unwrap());
            }
        }
    }
    let lost: Vec<PathBuf> = pages().into_iter().filter(|page| !reached.contains(page)).collect();
    let changelog = root().join("CHANGELOG.md");
    assert!(lost.iter().all(|page| *page == changelog), "{lost:?}");
}
