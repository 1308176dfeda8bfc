//! What the crate promises to others, through its public names only.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod examples;
mod fields;
mod fixtures;
mod inbound;
mod mutations;
mod orders;
mod property;
