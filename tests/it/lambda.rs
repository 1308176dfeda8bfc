//! The real binaries under a Lambda Runtime API of our own.

mod binaries;
mod runtime_api;

pub(crate) use binaries::binary;
pub(crate) use runtime_api::{Function, Outcome};
