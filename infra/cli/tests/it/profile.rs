//! The business profile from Meta into a file and back (journey P): the real command against the whole system, and what the
//! fake Meta has in the end.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::world::{NUMBER, World};
use crate::{stderr, stdout, waypost};

/// A system, and a folder for the file.
struct Desk {
    world: World,
    folder: tempfile::TempDir,
}

/// A PNG's beginning, which is all that tells its size.
fn png(side: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(side.to_be_bytes());
    png.extend(side.to_be_bytes());
    png.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    png
}

impl Desk {
    fn new() -> Self {
        Self { world: World::start(), folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> String {
        self.folder.path().join("profile.yaml").to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// `waypost profile`, where nobody is there to be asked.
    fn run(&self, args: &[&str]) -> Output {
        let mut command = waypost();
        command.arg("profile").args(args).args(["--api", self.world.running.at("api")]);
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// What it prints for a program, and its exit code.
    #[track_caller]
    fn ask(&self, verb: &str, more: &[&str]) -> (Value, i32) {
        let output = self.run(&[&[verb, &self.file(), "--json"], more].concat());
        let printed = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        (printed, output.status.code().unwrap())
    }

    /// Its exit code, and what it tells a person.
    fn say(&self, verb: &str, more: &[&str]) -> (i32, String) {
        let output = self.run(&[&[verb, self.file().as_str()], more].concat());
        (output.status.code().unwrap(), format!("{}{}", stdout(&output), stderr(&output)))
    }

    /// Somebody else changes it, in the app or in WhatsApp Manager.
    fn at_meta(&self, profile: &Value) {
        self.world.at_meta(&format!("numbers/{NUMBER}"), &json!({ "profile": profile }));
    }

    /// How often Meta was asked to change it.
    fn changes(&self) -> usize {
        let line = format!("POST /{NUMBER}/whatsapp_business_profile");
        let versionless = |call: &String| call.replacen("/v24.0", "", 1) == line;
        self.world.writes().iter().filter(|call| versionless(call)).count()
    }
}

/// P-01, P-02: read into a file, changed there, planned, and brought to Meta once.
#[test]
fn a_profile_goes_into_a_file_and_back() {
    let desk = Desk::new();
    let never = desk.run(&["show"]);
    assert!(never.status.code() == Some(1) && stderr(&never).contains("profile/sync"), "{}", stderr(&never));
    let (pulled, _) = desk.ask("pull", &[]);
    assert_eq!((&pulled["written"], &pulled["changes"]), (&json!(true), &json!([])));
    let text = std::fs::read_to_string(desk.file()).unwrap();
    assert!(text.contains("vertical: Shopping and Retail\n"), "{text}");
    assert_eq!(desk.ask("plan", &[]).0["outcome"], "unchanged");
    assert_eq!(desk.ask("pull", &[]).0["written"], false);

    desk.write(
        "profile.yaml",
        text.replace("address: ''", "address: 1 Demo St").replace("Shopping and Retail", "Education"),
    );
    let (code, told) = desk.say("plan", &[]);
    assert!(
        code == 0 && told.contains("1 Demo St") && told.contains("Shopping and Retail") && told.contains("Education"),
        "{told}"
    );
    assert!(!told.contains("about"), "{told}");
    // Nobody is there to be asked, and nothing is done.
    let (code, told) = desk.say("apply", &[]);
    assert_eq!((code, desk.changes()), (64, 0), "{told}");
    let (code, told) = desk.say("apply", &["--yes"]);
    assert!(code == 0 && told.ends_with("Changed: address, vertical.\n"), "{told}");
    let (code, told) = desk.say("apply", &["--yes"]);
    assert!(code == 0 && told == "Nothing is to be done.\n", "{told}");
    assert_eq!(desk.changes(), 1);
    let shown = stdout(&desk.run(&["show"]));
    assert!(shown.contains("Education") && shown.contains("1 Demo St"), "{shown}");
}

/// P-02: a change that somebody else made meanwhile.
#[test]
fn a_change_made_elsewhere_is_told_and_kept() {
    let desk = Desk::new();
    desk.ask("pull", &[]);
    desk.write("profile.yaml", "address: 1 Demo St\n");
    desk.at_meta(&json!({"address": "2 Other St"}));
    for verb in [&["plan"][..], &["apply", "--yes"]] {
        let (code, told) = desk.say(verb[0], &verb[1..]);
        assert!(code == 1 && told.contains("somebody else") && told.contains("2 Other St"), "{told}");
    }
    let (planned, code) = desk.ask("plan", &[]);
    assert_eq!((code, &planned["drift"][0]["to"]), (1, &json!("2 Other St")));
    assert_eq!(desk.ask("plan", &["--overwrite"]).1, 0);
    assert_eq!(desk.changes(), 0);
    let (done, code) = desk.ask("apply", &["--yes", "--overwrite"]);
    assert_eq!((code, &done["outcome"], &done["profile"]["address"]), (0, &json!("changed"), &json!("1 Demo St")));
    // Once it was read, it is known.
    desk.at_meta(&json!({"address": "3 Third St"}));
    let (pulled, _) = desk.ask("pull", &[]);
    assert_eq!(pulled["changes"][0]["to"], "3 Third St");
    desk.write("profile.yaml", "address: 1 Demo St\n");
    assert_eq!(desk.ask("apply", &["--yes"]).0["outcome"], "changed");
}

/// P-03 to P-10: what would be refused, before anything is sent; and what Meta refuses, with its code.
#[test]
fn what_breaks_a_rule_is_told() {
    let desk = Desk::new();
    desk.ask("pull", &[]);
    desk.write("small.png", png(100));
    desk.write("logo.gif", "GIF89a\u{1}\u{2}\u{3}\u{4} canary");
    for (text, told) in [
        (format!("address: {}", "x".repeat(257)), "at most 256 characters (given: 257)"),
        (String::from("email: nobody"), "is no e-mail address"),
        (String::from("vertical: ''"), "cannot be set back to empty"),
        (String::from("websites: [shop.example]"), "websites[0]"),
        (String::from("display_name: Shop"), "waypost number reregister"),
        (String::from("photo: small.png"), "192x192 pixels or more (given: 100x100)"),
        (String::from("photo: logo.gif"), "must be a JPEG or PNG"),
    ] {
        desk.write("profile.yaml", &text);
        for verb in ["plan", "apply"] {
            let (code, said) = desk.say(verb, &[]);
            assert!(code == 1 && said.contains(told), "{text}: {said}");
        }
    }
    desk.write("profile.yaml", "photo: none.png\n");
    assert_eq!(desk.say("plan", &[]).0, 64);
    assert_eq!(desk.changes(), 0);
    desk.write("profile.yaml", format!("description: {}\n", "x".repeat(300)));
    let (planned, code) = desk.ask("plan", &[]);
    assert_eq!((code, &planned["findings"][0]["id"]), (0, &json!("description_long")));
    let fault = json!({"error": {"code": 100, "subcode": 2_388_042, "details": "description is too long"}});
    let matching = json!({"path": "whatsapp_business_profile", "method": "POST"});
    desk.world.at_meta("faults", &json!({"match": matching, "times": 1, "fault": fault}));
    let (code, told) = desk.say("apply", &["--yes"]);
    assert!(code == 1 && told.contains("description is too long"), "{told}");
    assert!(told.contains("Meta's code: 100/2388042"), "{told}");
}

/// P-03: from a file beside, by resumable upload, and only once.
#[test]
fn a_photo_is_sent_once() {
    let desk = Desk::new();
    desk.write("logo.png", png(512));
    desk.write("profile.yaml", "photo: logo.png\n");
    let (planned, _) = desk.ask("plan", &[]);
    assert_eq!(
        (&planned["changes"][0]["field"], &planned["findings"][0]["id"]),
        (&json!("photo"), &json!("photo_recommended"))
    );
    let (done, code) = desk.ask("apply", &["--yes"]);
    assert_eq!((code, &done["outcome"]), (0, &json!("changed")), "{done}");
    assert!(done["profile"]["profile_picture_url"].is_string(), "{done}");
    assert_eq!(desk.ask("apply", &["--yes"]).0["outcome"], "unchanged");
    assert_eq!(desk.changes(), 1);
    desk.write("logo.png", png(640));
    assert_eq!(desk.ask("apply", &["--yes"]).0["outcome"], "changed");
    desk.at_meta(&json!({"profile_picture_url": "https://pps.example/v/other_n.jpg?oe=1"}));
    let (told, code) = desk.ask("plan", &[]);
    assert_eq!((code, &told["drift"][0]["field"], &told["changes"][0]["field"]), (1, &json!("photo"), &json!("photo")));
}

/// infra/docs/profile.md, executed as it is written.
#[test]
fn the_page_works_as_written() {
    const PAGE: &str = include_str!("../../../docs/profile.md");
    let desk = Desk::new();
    let api = desk.world.running.at("api");
    let binary = Path::new(env!("CARGO_BIN_EXE_waypost"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let blocks: Vec<&str> = PAGE.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 3);
    for (n, block) in blocks.iter().enumerate() {
        let script = block.replace("http://127.0.0.1:8787", api).replace("cargo run --", "waypost");
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &script]).current_dir(desk.folder.path()).stdin(Stdio::null());
        let output = shell.env("PATH", &path).env("WAYPOST_API", api).output().unwrap();
        assert!(output.status.success(), "{block}\n{}{}", stdout(&output), stderr(&output));
        if n == 0 {
            // The file that the page shows is the file that is written.
            let shown = PAGE.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
            assert_eq!(std::fs::read_to_string(desk.file()).unwrap(), shown);
        }
    }
    assert_eq!(desk.changes(), 1);
    for (word, label) in model::limits::profile::VERTICALS {
        assert!(PAGE.contains(&format!("| {label} | `{word}` |")), "{label}");
    }
}
