//! The real binaries under a Lambda Runtime API of our own.

mod binaries;
mod function;
mod output;
mod runtime_api;

pub(crate) use binaries::binary;
pub(crate) use function::{Function, Killer};
pub(crate) use output::Output;
pub(crate) use runtime_api::Outcome;
