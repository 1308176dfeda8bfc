//! The README's section on sending, executed as it is written.

mod screens;

use std::process::Command;

use crate::running::Running;
use crate::{json, stderr};

const README: &str = include_str!("../../../../README.md");

#[test]
fn the_section_on_sending_works_as_written() {
    let local = Running::start(&[]);
    let (_, section) = README.split_once("\n## Send\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let blocks = section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_waypost"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut executed = 0;
    for block in blocks {
        // Only the ports are another's, and the build is done.
        let script = block
            .replace("http://127.0.0.1:8787", local.at("api"))
            .replace("http://127.0.0.1:8788", local.at("meta"))
            .replace("cargo run --", "waypost");
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &script]).env("PATH", &path).env("WAYPOST_API", local.at("api"));
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{block}\n{}{}", crate::stdout(&output), stderr(&output));
        executed += 1;
    }
    assert_eq!(executed, 4);
    let shown = json(&["contacts", "show", "+15550101", "--json", "--api", local.at("api")]);
    let kinds: Vec<_> =
        shown["messages"].as_array().unwrap().iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["template", "interactive", "text", "text"]);
    let sends = shown["messages"].as_array().unwrap().iter().filter(|message| message["direction"] == "outbound");
    for send in sends {
        assert_ne!(send["state"], "failed", "{send}");
    }
}
