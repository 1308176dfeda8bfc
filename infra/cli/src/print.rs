//! Results on stdout: tables for people, one JSON value for programs.

use std::io::{self, IsTerminal, Write};

use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use serde_json::Value;

use crate::error::Error;

/// How to print.
#[derive(Clone, Copy)]
pub(crate) struct Printer {
    json: bool,
    terminal: bool,
}

impl Printer {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, terminal: io::stdout().is_terminal() }
    }

    /// Whether a program reads it.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints `value` for a program, what `text` makes for a person.
    pub(crate) fn either(self, value: &Value, text: impl FnOnce(Self) -> String) -> Result<(), Error> {
        let out = if self.json { value.to_string() } else { text(self) };
        line(&out)
    }

    /// A table with a heading; a sentence where it would be empty.
    pub(crate) fn table(self, heading: &[&str], rows: Vec<Vec<String>>, empty: &str) -> String {
        if rows.is_empty() {
            return empty.to_owned();
        }
        let mut table = self.plain_table();
        table.set_header(heading.iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
        for row in rows {
            table.add_row(row.iter().map(|cell| plain(cell)));
        }
        trimmed(table)
    }

    /// Names and what they are, one a line; what is empty is left out.
    pub(crate) fn facts(self, facts: &[(&str, String)]) -> String {
        let mut table = self.plain_table();
        for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
            table.add_row([Cell::new(name).add_attribute(Attribute::Bold), Cell::new(plain(fact))]);
        }
        trimmed(table)
    }

    fn plain_table(self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        if self.terminal {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        // NO_COLOR is for whoever wants no escapes at all (no-color.org).
        if !self.terminal || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            table.force_no_tty();
        }
        table
    }
}

/// One line, or several, on stdout.
pub(crate) fn line(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    // In one piece: a reader may leave as soon as it has seen what it wants.
    out.write_all(format!("{text}\n").as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Bytes on stdout, as they are.
pub(crate) fn raw(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Names and messages are strangers' text: nothing in them may steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { '\u{fffd}' } else { letter }).collect()
}

fn trimmed(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_steers_the_terminal() {
        let printer = Printer { json: false, terminal: false };
        let rows = vec![vec![String::from("\u{1b}[2Jgone"), String::from("x")]];
        let table = printer.table(&["NAME", "B"], rows, "nothing");
        assert!(!table.contains('\u{1b}'), "{table:?}");
        assert_eq!(printer.table(&["NAME"], vec![], "nothing"), "nothing");
    }
}
