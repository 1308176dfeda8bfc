//! Tables on the terminal, and the same as Markdown.

use std::fmt::Write as _;

use crate::args::Args;

/// What one part found.
pub(crate) struct Section {
    pub(crate) title: String,
    /// Printed as a note below the table.
    pub(crate) notes: Vec<String>,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    goals: Vec<Goal>,
}

struct Goal {
    id: &'static str,
    what: String,
    limit: String,
    measured: String,
    met: bool,
}

impl Section {
    pub(crate) fn new(title: &str, header: &[&str]) -> Self {
        let header = header.iter().map(|&name| name.to_owned()).collect();
        Self { title: title.to_owned(), notes: Vec::new(), header, rows: Vec::new(), goals: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// A goal that is met at or below `limit`.
    pub(crate) fn at_most(&mut self, id: &'static str, what: &str, limit: f64, measured: f64, unit: &str) {
        self.goal(id, what, ["≤", &short(limit), unit], measured, measured <= limit);
    }

    /// A goal that is met at or above `limit`.
    pub(crate) fn at_least(&mut self, id: &'static str, what: &str, limit: f64, measured: f64, unit: &str) {
        self.goal(id, what, ["≥", &short(limit), unit], measured, measured >= limit);
    }

    fn goal(&mut self, id: &'static str, what: &str, limit: [&str; 3], measured: f64, met: bool) {
        let measured = [&short(measured), limit[2]].join(" ").trim_end().to_owned();
        self.goals.push(Goal {
            id,
            what: what.to_owned(),
            limit: limit.join(" ").trim_end().to_owned(),
            measured,
            met,
        });
    }

    pub(crate) fn print(&self) {
        println!("\n{}\n", self.title);
        print!("{}", aligned(&self.header, &self.rows));
        for note in &self.notes {
            println!("  {note}");
        }
        for goal in &self.goals {
            println!("  {} {} {}: {}, {}", goal.id, goal.what, goal.limit, goal.measured, verdict(goal.met));
        }
    }

    fn markdown(&self, out: &mut String) {
        write!(out, "\n## {}\n\n{}", self.title, piped(&self.header, &self.rows)).unwrap();
        for note in &self.notes {
            write!(out, "\n{note}\n").unwrap();
        }
    }
}

/// How to read the tables.
const INTRODUCTION: &str = "\
# Benchmark report

Written by `cargo bench -p tests -- --report tests/bench/REPORT.md`.

Everything ran on loopback on one machine: a Lambda Runtime API that takes the time from an event's last byte out to its
answer's last byte in, and a null backend that answers each AWS request with fixed bytes at once. So the numbers are what the
programs themselves cost; the network of a region comes on top, for all alike. The function had a core of its own, the
ends the other. Variants took turns, so that a disturbance meets all.

Each program first had to store and publish every message of POSTs of all sizes in the sandbox, from new and from known
people, and to refuse a forged one. The peers (`tests/bench/peers`) do the same with the same requests: verify, parse every
change, read who is known, store messages, people and aliases in batches of 25 statements, publish in batches of ten. They do
less than Waypost beside that: no statuses, no files, no quarantine, nothing kept raw. Where a choice was open it went in their
favour: Node is bundled and minified, runs under a loop shorter than Lambda's own, and does not check SQS's digests.
";

/// The whole report, goals first.
pub(crate) fn markdown(machine: &[(&str, String)], sections: &[Section], args: &Args) -> String {
    let mut out = String::from(INTRODUCTION);
    out.push_str("\n## Machine\n\n");
    for (name, value) in machine {
        writeln!(out, "- {name}: {value}").unwrap();
    }
    let few = if args.quick { ", few repetitions (`--quick`)" } else { "" };
    writeln!(out, "- cargo profile of the functions: {}{few}", args.profile).unwrap();
    let goals: Vec<Vec<String>> = sections
        .iter()
        .flat_map(|section| &section.goals)
        .map(|goal| {
            vec![
                goal.id.to_owned(),
                goal.what.clone(),
                goal.limit.clone(),
                goal.measured.clone(),
                verdict(goal.met).to_owned(),
            ]
        })
        .collect();
    if !goals.is_empty() {
        let header = ["", "goal", "limit", "measured", ""].map(str::to_owned);
        write!(out, "\n## Goals\n\n{}", piped(&header, &goals)).unwrap();
    }
    for section in sections {
        section.markdown(&mut out);
    }
    out
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

/// Three figures are enough.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 1.0 => format!("{value:.2}"),
        size if size < 100.0 => {
            let text = format!("{value:.1}");
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
        _ => grouped(value),
    }
}

/// `12,345`
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn piped(header: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule: Vec<String> =
        (0..header.len()).map(|column| if column == 0 { "---" } else { "---:" }.to_owned()).collect();
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("{}{}{rows}", line(header), line(&rule))
}

fn aligned(header: &[String], rows: &[Vec<String>]) -> String {
    let all = || std::iter::once(header).chain(rows.iter().map(Vec::as_slice));
    let width =
        |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let mut out = String::new();
    for row in all() {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let written = if column == 0 { write!(out, "{cell:<width$}") } else { write!(out, "  {cell:>width$}") };
            written.unwrap();
        }
        out.push('\n');
    }
    out
}
