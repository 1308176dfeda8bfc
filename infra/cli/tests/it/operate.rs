//! infra/docs/operate.md, executed: every block of `waypost` commands, against a system that has something to show.

use std::process::Command;

use crate::running::Running;
use crate::{run, stderr};

const PAGE: &str = include_str!("../../../docs/operate.md");

#[test]
fn the_commands_that_mend_work_as_written() {
    let local = Running::start(&[]);
    let written = ["trigger", "message", "Hello", "--meta", local.at("meta"), "--api", local.at("api")];
    assert!(run(&written).status.success());
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_waypost"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let blocks = PAGE.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let (ours, others): (Vec<&str>, Vec<&str>) = blocks.partition(|block| block.starts_with("waypost "));
    for block in &ours {
        assert!(block.lines().all(|line| line.starts_with("waypost ")), "of two kinds: {block}");
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", block]).env("PATH", &path).env("WAYPOST_API", local.at("api"));
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{block}\n{}{}", crate::stdout(&output), stderr(&output));
    }
    // What a laptop has not: AWS's own command line, and a deployment.
    assert!(others.iter().all(|block| ["aws ", "git pull"].iter().any(|start| block.starts_with(start))), "{others:?}");
    assert!(ours.len() >= 12, "{}", ours.len());
}
