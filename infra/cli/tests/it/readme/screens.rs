//! What the README shows of the main commands: a real run against `waypost local`. Times and ids differ from run to run;
//! the rest has to be what the command prints today. `WAYPOST_WRITE_SCREENS=1` writes what it prints into the README.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::scene::Scene;
use crate::world::WABA;
use crate::{stderr, stdout};

const FENCE: &str = "```console\n";

fn readme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")
}

/// Ana asked and was answered; templates were read; and somebody at Meta subscribed another app in place of ours.
fn scene() -> Scene {
    let scene = Scene::start();
    scene.write_in("15550101", &json!({"name": "Ana", "text": "Where is my order?"}));
    for command in ["waypost send +15550101 'On its way!' --wait read", "waypost templates sync --wait"] {
        let output = scene.run(command);
        assert!(output.status.success(), "{command}: {}", stderr(&output));
    }
    scene.world.at_meta(&format!("wabas/{WABA}"), &json!({"subscribed": [{"app_id": "300000000000009"}]}));
    scene
}

/// As on a terminal: each command, and what it prints.
fn screen(scene: &Scene, block: &str) -> String {
    let shown = |command: &str| {
        let output = scene.run(command);
        format!("$ {command}\n{}{}", stdout(&output), stderr(&output))
    };
    block.lines().filter_map(|line| line.strip_prefix("$ ")).map(shown).collect()
}

/// What is another one each time is all the same here: times, ids, cursors.
fn normalised(text: &str) -> String {
    let word = |word: &str| {
        let is_time = word.len() >= 9 && word.chars().all(|letter| letter.is_ascii_digit() || "-:.TZ".contains(letter));
        let is_date = word.len() == 10 && word.chars().all(|letter| letter.is_ascii_digit() || letter == '-');
        match word {
            _ if is_date => String::from("DATE"),
            _ if is_time && word.contains(':') => String::from("TIME"),
            _ if word.starts_with("snd_") => String::from("SEND_ID"),
            _ if word.starts_with("wamid.") => String::from("WAMID"),
            _ if word.trim_start_matches("user:").starts_with("US.") => String::from("USER_ID"),
            _ => word.to_owned(),
        }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_screens_are_what_the_commands_print() {
    let text = std::fs::read_to_string(readme()).unwrap();
    let scene = scene();
    let mut parts = text.split(FENCE);
    let mut written = parts.next().unwrap().to_owned();
    let mut screens = 0;
    let writes = std::env::var_os("WAYPOST_WRITE_SCREENS").is_some();
    for part in parts {
        let (block, rest) = part.split_once("```").unwrap();
        let printed = screen(&scene, block);
        if !writes {
            assert_eq!(normalised(block), normalised(&printed), "\nWAYPOST_WRITE_SCREENS=1 writes what is printed now");
        }
        written.extend([FENCE, printed.as_str(), "```", rest]);
        screens += 1;
    }
    assert!(screens >= 3, "{screens}");
    if writes {
        std::fs::write(readme(), written).unwrap();
    }
}

#[test]
fn what_differs_each_time_is_left_out_of_it_and_nothing_else() {
    let one = "Ana  wa:1  you: Hi  delivered  2026-11-29 10:16:06Z  open until 2026-11-30 10:16:05Z";
    let other = "Ana  wa:1  you: Hi  delivered  2027-01-02 03:04:05Z  open until 2027-01-03 03:04:04Z";
    assert_eq!(normalised(one), normalised(other));
    assert_ne!(normalised(one), normalised(&other.replace("delivered", "failed")));
    assert_eq!(normalised("ID snd_a wamid.b US.1"), normalised("ID snd_c wamid.d US.2"));
    assert_ne!(normalised("10 listed"), normalised("11 listed"));
}
