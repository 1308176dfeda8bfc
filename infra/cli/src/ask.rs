//! Asking a person on a terminal, and taking answers from flags, environment and stdin where nobody is there.

use std::collections::BTreeMap;
use std::io::{ErrorKind, IsTerminal, Read, stderr, stdin};

use clap::Args;
use dialoguer::{Confirm, Input};
use runtime::Text;

use crate::error::Error;
use crate::print::Printer;
use crate::terminal::{hidden_line, restored_when_stopped, show_cursor};

/// What is wrong with an answer; where somebody is there, they are asked again.
pub(crate) type Check = fn(&str) -> Result<(), String>;

/// Where secrets come from. None is ever an argument: others on the machine can read those.
#[derive(Args)]
pub(crate) struct SecretArgs {
    /// Read secrets from stdin, one `NAME=value` a line: WAYPOST_APP_SECRET, WAYPOST_ACCESS_TOKEN, WAYPOST_PIN. Else they
    /// are taken from the environment, by the same names, and asked for on a terminal.
    #[arg(long)]
    secrets_stdin: bool,
}

impl SecretArgs {
    /// For a command that needs none.
    pub(crate) fn none() -> Self {
        Self { secrets_stdin: false }
    }
}

/// Whoever answers.
pub(crate) struct Asker {
    given: BTreeMap<String, Text>,
    is_person: bool,
}

impl Asker {
    pub(crate) fn new(printer: Printer, args: &SecretArgs) -> Result<Self, Error> {
        let given = if args.secrets_stdin { read_all()? } else { BTreeMap::new() };
        let is_person = !printer.is_json() && !args.secrets_stdin && stdin().is_terminal() && stderr().is_terminal();
        if is_person {
            restored_when_stopped();
        }
        Ok(Self { given, is_person })
    }

    /// Whether somebody can be asked.
    pub(crate) fn is_person(&self) -> bool {
        self.is_person
    }

    /// A secret that was given, without asking.
    pub(crate) fn given(&self, name: &str) -> Option<Text> {
        let from_environment = || std::env::var(name).ok().map(|value| value.trim().to_owned());
        let value = self.given.get(name).map(|text| text.reveal().to_owned()).or_else(from_environment);
        value.filter(|value| !value.is_empty()).map(Text::new)
    }

    /// A secret: as given, else asked for without showing it.
    pub(crate) fn secret(&self, name: &str, what: &str, check: Check) -> Result<Text, Error> {
        if let Some(given) = self.given(name) {
            check(given.reveal()).map_err(|wrong| Error::Usage(format!("{name} {wrong}")))?;
            return Ok(given);
        }
        if !self.is_person {
            return Err(Error::Usage(format!(
                "{what} is needed: set {name} in the environment, or write {name}=… to stdin with --secrets-stdin"
            )));
        }
        loop {
            let typed = hidden_line(&format!("{what} (not shown)")).map_err(|error| unasked(error.into()))?;
            let typed = typed.trim();
            match check(typed) {
                _ if typed.is_empty() => eprintln!("It is needed; Ctrl-C stops."),
                Err(wrong) => eprintln!("It {wrong}."),
                Ok(()) => return Ok(Text::new(typed)),
            }
        }
    }

    /// A word; `flag` says how to give it where nobody is there.
    pub(crate) fn text(&self, what: &str, default: Option<String>, flag: &str, check: Check) -> Result<String, Error> {
        if !self.is_person {
            return default.ok_or_else(|| Error::Usage(format!("{what} is needed: {flag}")));
        }
        let mut input = Input::<String>::new().with_prompt(what);
        if let Some(default) = default {
            input = input.default(default);
        }
        let input =
            input.validate_with(move |typed: &String| check(typed.trim()).map_err(|wrong| format!("it {wrong}")));
        Ok(input.interact_text().map_err(unasked)?.trim().to_owned())
    }

    /// Yes or no; where nobody is there to be asked, neither.
    pub(crate) fn agrees(&self, question: &str) -> Result<bool, Error> {
        if !self.is_person {
            return Err(Error::Usage(String::from("nobody is there to be asked; --yes goes on without asking")));
        }
        Confirm::new().with_prompt(question).default(false).interact().map_err(unasked)
    }

    /// Whether somebody types a word again, for what cannot be undone.
    pub(crate) fn types_again(&self, question: &str, word: &str) -> Result<bool, Error> {
        if !self.is_person {
            return Err(Error::Usage(String::from("nobody is there to be asked; --yes goes on without asking")));
        }
        let typed = Input::<String>::new().with_prompt(question).allow_empty(true).interact_text();
        Ok(typed.map_err(unasked)?.trim() == word)
    }

    /// One of several, by its number; the only one is taken unasked.
    pub(crate) fn choose(&self, what: &str, choices: &[String], flag: &str) -> Result<usize, Error> {
        match choices {
            [] => return Err(Error::Failed(format!("there is no {what} to choose"))),
            [_] => return Ok(0),
            _ if !self.is_person => {
                return Err(Error::Usage(format!(
                    "there are several, so say which {what}: {flag}\n{}",
                    numbered(choices)
                )));
            }
            _ => {}
        }
        eprintln!("{}", numbered(choices));
        let prompt = format!("Which {what}? 1 to {}", choices.len());
        let within = 1..=choices.len();
        let valid = move |number: &usize| if within.contains(number) { Ok(()) } else { Err("there is no such number") };
        let number = Input::<usize>::new().with_prompt(prompt).default(1).validate_with(valid).interact_text();
        Ok(number.map_err(unasked)? - 1)
    }
}

/// Anything is right.
#[expect(clippy::unnecessary_wraps, reason = "it is one of several checks")]
pub(crate) fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

/// The code that a number gets, and its PIN.
pub(crate) fn six_digits(text: &str) -> Result<(), String> {
    // A code is shown as 123-456.
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let others = text.chars().any(|letter| !letter.is_ascii_digit() && letter != '-' && letter != ' ');
    if digits == 6 && !others { Ok(()) } else { Err(String::from("must be six digits")) }
}

fn numbered(choices: &[String]) -> String {
    let line = |(at, choice): (usize, &String)| format!("  {}. {}", at + 1, crate::print::plain(choice));
    choices.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

fn read_all() -> Result<BTreeMap<String, Text>, Error> {
    let mut text = String::new();
    stdin().read_to_string(&mut text)?;
    Ok(text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), Text::new(value.trim())))
        .collect())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unasked(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(io) = &error;
    show_cursor();
    if io.kind() == ErrorKind::Interrupted {
        return Error::Stopped;
    }
    Error::Failed(format!("nobody answered: {error}"))
}
