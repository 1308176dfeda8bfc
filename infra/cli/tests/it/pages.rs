//! infra/docs: every command as it stands there, and every link.

mod cost;
mod links;

use std::path::{Path, PathBuf};

use crate::scene::Scene;
use crate::{stderr, stdout};

/// What runs on this machine and what does not, by page: a block that is added has to be counted here.
const BLOCKS: [(&str, usize, usize); 13] = [
    ("connect.md", 5, 0),
    ("cost.md", 0, 0),
    ("deploy.md", 0, 2),
    ("doctor.md", 2, 0),
    ("first-message.md", 3, 7),
    ("meta.md", 2, 0),
    ("operate.md", 17, 3),
    // As below.
    ("profile.md", 0, 3),
    ("receive.md", 6, 1),
    ("send.md", 6, 0),
    // Its own test has files of its own.
    ("templates.md", 0, 5),
    ("uninstall.md", 3, 1),
    ("upgrade.md", 1, 2),
];

/// What begins a block that needs AWS, a deployment or Meta's own pages, and so runs nowhere but there.
const ELSEWHERE: [&str; 7] = ["aws ", "sam ", "git ", "output", "python3 ", "rm ", "waypost() "];

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn read(page: &str) -> String {
    std::fs::read_to_string(docs().join(page)).unwrap()
}

/// Every block of shell, without what indents it.
fn blocks(page: &str) -> Vec<String> {
    let text = read(page);
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| block.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")).collect()
}

fn is_elsewhere(block: &str) -> bool {
    ELSEWHERE.iter().any(|start| block.starts_with(start))
}

#[test]
fn every_block_is_run_or_known_to_run_elsewhere() {
    let mut pages: Vec<String> = std::fs::read_dir(docs())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "md") && !blocks(name).is_empty())
        .collect();
    pages.sort();
    let counted: Vec<&str> = BLOCKS.iter().map(|(page, ..)| *page).filter(|page| !blocks(page).is_empty()).collect();
    assert_eq!(pages, counted);
}

#[track_caller]
fn walk(page: &str) {
    let (_, expected, others) = *BLOCKS.iter().find(|(name, ..)| *name == page).unwrap();
    let blocks = blocks(page);
    let (elsewhere, here): (Vec<&String>, Vec<&String>) = blocks.iter().partition(|block| is_elsewhere(block));
    assert_eq!((here.len(), elsewhere.len()), (expected, others), "{page}: {elsewhere:?}");
    let scene = Scene::set();
    scene.wait_for_the_file();
    for block in here {
        let output = scene.run(block);
        assert!(output.status.success(), "{page}: {block}\n{}{}", stdout(&output), stderr(&output));
    }
}

#[test]
fn connect_works_as_written() {
    walk("connect.md");
}

#[test]
fn doctor_works_as_written() {
    walk("doctor.md");
}

#[test]
fn the_first_message_works_as_written() {
    walk("first-message.md");
}

#[test]
fn metas_side_works_as_written() {
    walk("meta.md");
}

#[test]
fn operate_works_as_written() {
    walk("operate.md");
}

#[test]
fn receive_works_as_written() {
    walk("receive.md");
}

#[test]
fn send_works_as_written() {
    walk("send.md");
}

#[test]
fn uninstall_works_as_written() {
    walk("uninstall.md");
}

#[test]
fn upgrade_works_as_written() {
    walk("upgrade.md");
}
