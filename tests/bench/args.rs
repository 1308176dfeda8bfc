//! What the command takes.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures the webhook (cold, warm, what a POST takes, and against the same job on Node and Python), the sender (the rate it
/// reaches within Meta's limits, what a message takes, what it costs) and the sync of many templates.
#[derive(Parser)]
#[command(name = "cargo bench -p tests --")]
pub(crate) struct Args {
    /// Which parts; all that measure where none is named
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Few repetitions: to see that everything works
    #[arg(long)]
    pub(crate) quick: bool,
    /// Writes the report as Markdown to this file of the workspace
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Cargo profile of the functions; only `release` is what ships
    #[arg(long, default_value = "release")]
    pub(crate) profile: String,
    /// Be a function of the benchmark's own instead
    #[arg(long, hide = true, value_enum)]
    pub(crate) harness: Option<Harness>,
    /// A root that the harness trusts beside Amazon's
    #[arg(long, hide = true)]
    pub(crate) root: Option<PathBuf>,
    /// What the harness parses
    #[arg(long, hide = true)]
    pub(crate) event: Option<PathBuf>,
    /// What it is signed with
    #[arg(long, hide = true)]
    pub(crate) secret: Option<String>,
    /// How often
    #[arg(long, hide = true, default_value_t = 1)]
    pub(crate) times: usize,
    /// Cargo passes it
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Spawn to first poll, first invocation (P1)
    Cold,
    /// TLS and secrets in init (P2)
    Tls,
    /// Warm invocations (P3)
    Warm,
    /// Requests, units and bytes of a POST (P5)
    Counts,
    /// Instructions, where valgrind is there (P4)
    Instructions,
    /// Sending: rate, refusals, requests, units, CPU and dollars a message (P6, P8, R8)
    Outbound,
    /// A sync of 6,000 templates: calls, units, seconds, CPU and memory (P7)
    Listing,
    /// Not a measurement: the whole kill matrix, of which a test run has a third (R1)
    Kills,
    /// Not a measurement: 100,000 cases of every property (R1)
    Histories,
    /// Not a measurement: a million mutations of every fuzz target (S6)
    Fuzz,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Harness {
    /// The webhook over clients that trust one more root
    Webhook,
    /// A POST decoded, verified, parsed and mapped, and nothing sent
    Parse,
    /// The same without the signature
    ParseUnverified,
}

impl Args {
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.names(part)
    }

    pub(crate) fn names(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Whether something is named, and nothing but these.
    pub(crate) fn names_only(&self, parts: &[Part]) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|part| parts.contains(part))
    }
}
