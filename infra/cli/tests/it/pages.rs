//! infra/docs/connect.md and doctor.md, every command as it stands there, on this machine.

use std::process::Command;

use crate::stderr;
use crate::world::World;

#[track_caller]
fn walk(page: &str, expected: usize) {
    let world = World::start();
    let at = |name| world.running.at(name).to_owned();
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_waypost"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let blocks: Vec<&str> = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), expected);
    let folder = tempfile::tempdir().unwrap();
    for block in blocks {
        // Only the ports are another's.
        let block = format!("waypost() {{ command waypost \"$@\" --aws-endpoint {}; }}\n{block}", at("aws"));
        let output = Command::new("sh")
            .args(["-e", "-c", &block])
            .env("PATH", &path)
            .env("WAYPOST_API", at("api"))
            .env("WAYPOST_GRAPH_URL", at("meta"))
            .env("APP_SECRET", "local-app-secret")
            .env("ACCESS_TOKEN", "local-access-token")
            .stdin(std::process::Stdio::null())
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{block}\n{}{}", crate::stdout(&output), stderr(&output));
    }
}

#[test]
fn connect_works_as_written() {
    walk(include_str!("../../../docs/connect.md"), 5);
}

#[test]
fn doctor_works_as_written() {
    walk(include_str!("../../../docs/doctor.md"), 2);
}
