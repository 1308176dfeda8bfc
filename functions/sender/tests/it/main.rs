//! The sender against a fake AWS and a fake Meta, seen from outside: the table, the queues, what Meta received.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod blocks;
mod delivering;
mod doubt;
mod envelopes;
mod following;
mod held;
mod limits;
mod quota;
mod scheduled;
mod spelling;
mod templates;
mod ticking;
mod tokens;
mod verdicts;
mod world;
