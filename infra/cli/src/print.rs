//! Results on stdout: tables for people, one JSON value for programs.

use std::io::{self, IsTerminal, Write};

use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use serde_json::Value;

use crate::error::Error;

/// Below it a table would have columns of a letter or two.
const NARROWEST: usize = 40;

/// What a word stands out by, on a terminal.
#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Red,
    Yellow,
    Green,
}

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

    /// A word, in its colour where somebody sees it.
    pub(crate) fn coloured(self, word: &str, colour: Option<Colour>) -> String {
        let code = match colour {
            _ if !self.terminal || no_escapes() => return word.to_owned(),
            None => return word.to_owned(),
            Some(Colour::Red) => "31",
            Some(Colour::Yellow) => "33",
            Some(Colour::Green) => "32",
        };
        format!("\u{1b}[{code}m{word}\u{1b}[0m")
    }

    /// A sentence in lines as wide as the terminal, each after the first so far from the left; a line of its own for a
    /// program. No word is broken: a URL stays one.
    pub(crate) fn wrapped(self, text: &str, indent: usize) -> String {
        let text = plain(text);
        match self.width().and_then(|width| width.checked_sub(indent)).filter(|width| *width > 0) {
            Some(width) => within(&text, width).join(&format!("\n{}", " ".repeat(indent))),
            None => text,
        }
    }

    /// How many letters fit beside one another. A terminal that does not know its size says none.
    fn width(self) -> Option<usize> {
        let width = if self.terminal { Table::new().width() } else { None };
        width.map(usize::from).filter(|width| *width >= NARROWEST)
    }

    fn plain_table(self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        if self.width().is_some() {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        if !self.terminal || no_escapes() {
            table.force_no_tty();
        }
        table
    }
}

/// `NO_COLOR` is for whoever wants no escapes at all (no-color.org).
fn no_escapes() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Lines of at most so many letters, but for words that are longer.
fn within(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
    }
    lines.push(line);
    lines
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
    fn no_word_is_broken_and_no_line_too_wide() {
        assert_eq!(within("one two  three", 7), ["one two", "three"]);
        assert_eq!(within("see https://example.com/a now", 5), ["see", "https://example.com/a", "now"]);
        assert_eq!(within("", 5), [""]);
        let piped = Printer { json: false, terminal: false };
        assert_eq!(piped.wrapped("as it \u{1b}is", 2), "as it \u{fffd}is");
        assert_eq!(piped.coloured("ERROR", Some(Colour::Red)), "ERROR");
    }

    #[test]
    fn nothing_in_a_name_steers_the_terminal() {
        let printer = Printer { json: false, terminal: false };
        let rows = vec![vec![String::from("\u{1b}[2Jgone"), String::from("x")]];
        let table = printer.table(&["NAME", "B"], rows, "nothing");
        assert!(!table.contains('\u{1b}'), "{table:?}");
        assert_eq!(printer.table(&["NAME"], vec![], "nothing"), "nothing");
    }
}
