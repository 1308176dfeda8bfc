//! The examples that `--help` shows, each run as it stands there against a system on this machine; and completions.

use std::process::Command;

use crate::scene::{Scene, path};
use crate::{run, stderr, stdout};

/// They run until they are stopped, or until somebody at Meta does something; others walk them (running.rs, doctor.rs,
/// templates.rs).
const WAITING: [&str; 5] = [
    "waypost local",
    "waypost local --data-dir data",
    "waypost local --port 0 --meta-port 0 --aws-port 0 --json",
    "waypost doctor --wait-inbound 5m",
    "waypost templates status --watch --timeout 3600",
];
/// They ask before they do it, and nobody is there to be asked.
const ASKING: [&str; 5] = [
    "waypost channel remove support",
    "waypost channel remove support --data erase",
    "waypost contacts erase +15550101",
    "waypost number deregister support",
    "waypost uninstall --stack waypost --disconnect",
];

#[test]
fn every_example_does_what_it_says() {
    let mut executed = 0;
    for name in commands(&[]) {
        let examples = examples(&[&name]);
        let scene = Scene::set();
        match name.as_str() {
            "message" => scene.wait_for_the_file(),
            "number" => scene.unregister(),
            _ => {}
        }
        for example in examples {
            if WAITING.contains(&example.as_str()) {
                continue;
            }
            scene.tidy();
            let output = scene.run(&example);
            let code = output.status.code();
            if ASKING.contains(&example.as_str()) {
                assert!(code == Some(64) && stderr(&output).contains("--yes"), "{example}: {}", stderr(&output));
            } else {
                assert_eq!(code, Some(0), "{example}\n{}{}", stdout(&output), stderr(&output));
            }
            executed += 1;
        }
    }
    assert!(executed > 80, "{executed}");
}

/// What is below a command, by its help.
fn commands(path: &[&str]) -> Vec<String> {
    let help = stdout(&run(&[path, &["--help"]].concat()));
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        // What does not fit goes on further right.
        let name = line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?;
        name.split_whitespace().next().map(str::to_owned)
    });
    names.filter(|name| name != "help").collect()
}

/// Those of a command and of all below it; the ends of things last.
fn examples(path: &[&str]) -> Vec<String> {
    let help = stdout(&run(&[path, &["--help"]].concat()));
    let (_, shown) = help.split_once("Examples:\n").unwrap_or_default();
    let mut all: Vec<String> = shown.lines().map_while(|line| line.strip_prefix("  ")).map(str::to_owned).collect();
    let below = commands(path);
    if !below.is_empty() {
        // A group only repeats some of what stands below it.
        all.clear();
    }
    for name in below {
        all.extend(examples(&[path, &[&name]].concat()));
    }
    all.sort_by_key(|example| ["deregister", "remove", "erase"].iter().any(|end| example.contains(end)));
    all
}

/// What bash offers once it has loaded the script: commands below a command, options, and their values.
#[test]
fn bash_completes() {
    if Command::new("bash").arg("--version").output().is_err() {
        eprintln!("skipped: completion in bash: no bash");
        return;
    }
    for (line, offered, not) in [
        ("templates p", &["preview", "pull", "plan"][..], &["lint", "inbox"][..]),
        ("co", &["connect", "contacts", "completions"], &["doctor"]),
        ("send --fall", &["--fallback-template"], &["--file"]),
        ("send --on-uncertain r", &["resend"], &["fail"]),
    ] {
        let words: Vec<&str> = std::iter::once("waypost").chain(line.split(' ')).collect();
        let (last, before) = (words.len() - 1, words[words.len() - 2]);
        let script = format!(
            "source <(waypost completions bash) && COMP_WORDS=({}) COMP_CWORD={last} && _waypost waypost '{}' '{before}' && \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words[last],
        );
        let output = Command::new("bash").args(["--norc", "-c", &script]).env("PATH", path()).output().unwrap();
        assert!(output.status.success(), "{line}: {}", stderr(&output));
        let told = stdout(&output);
        let told: Vec<&str> = told.lines().collect();
        assert!(offered.iter().all(|word| told.contains(word)), "{line}: {told:?}");
        assert!(not.iter().all(|word| !told.contains(word)), "{line}: {told:?}");
    }
}

#[test]
fn other_shells_have_theirs() {
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success() && stdout(&output).contains("templates"), "{shell}");
    }
    assert_eq!(run(&["completions", "cmd"]).status.code(), Some(64));
}
