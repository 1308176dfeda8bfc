//! The command line as a whole, and the examples in its help.

use std::process::Command as Process;

use clap::{Command, CommandFactory, Parser};

use super::Cli;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

/// `waypost` in a shell writes what it is given down, a line each, instead of running.
const RECORD: &str = r#"waypost() { printf '%s\n' waypost "$@" '' >> "$RECORD"; }"#;

#[test]
fn every_command_shows_examples_of_itself_that_parse() {
    let folder = tempfile::tempdir().unwrap();
    let mut commands = Vec::new();
    walk(&Cli::command(), &mut commands);
    for (path, command) in &commands {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = examples(&help);
        assert!(!examples.is_empty(), "`{path} --help` has no example");
        for example in examples {
            assert!(example.contains(path.as_str()), "`{path} --help` shows another command: {example}");
            for given in as_a_shell_gives(folder.path(), example) {
                if let Err(error) = Cli::try_parse_from(&given) {
                    panic!("`{path} --help` shows {example:?}, which is refused: {error}");
                }
            }
        }
    }
    assert!(commands.len() >= 40, "{}", commands.len());
}

fn walk(command: &Command, into: &mut Vec<(String, Command)>) {
    fn below(prefix: &str, command: &Command, into: &mut Vec<(String, Command)>) {
        let path = format!("{prefix}{}", command.get_name());
        into.push((path.clone(), command.clone()));
        for sub in command.get_subcommands() {
            below(&format!("{path} "), sub, into);
        }
    }
    below("", command, into);
}

/// What stands below `Examples:`, a line each.
fn examples(help: &str) -> Vec<&str> {
    let (_, examples) = help.split_once("Examples:\n").unwrap_or_default();
    examples.lines().map_while(|line| line.strip_prefix("  ")).collect()
}

fn as_a_shell_gives(folder: &std::path::Path, example: &str) -> Vec<Vec<String>> {
    let record = folder.join("record");
    for place in [".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"] {
        std::fs::create_dir_all(folder.join(place)).unwrap();
    }
    std::fs::write(&record, "").unwrap();
    let script = format!("{RECORD}\n{example}");
    let mut shell = Process::new("sh");
    shell.args(["-e", "-c", &script]).env("RECORD", &record).env("HOME", folder).current_dir(folder);
    let ran = shell.status().unwrap();
    assert!(ran.success(), "{example}");
    let text = std::fs::read_to_string(&record).unwrap();
    let given: Vec<Vec<String>> =
        text.split("\n\n").filter(|one| !one.is_empty()).map(|one| one.lines().map(str::to_owned).collect()).collect();
    assert!(!given.is_empty(), "{example}");
    given
}
