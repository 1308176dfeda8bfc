//! The stub of the end-to-end suite, around binaries of the release build.
#![expect(dead_code, reason = "the tests use more of it")]

#[path = "../it/lambda/function.rs"]
mod function;
#[path = "../it/lambda/output.rs"]
mod output;
#[path = "../it/lambda/runtime_api.rs"]
mod runtime_api;

pub(crate) use crate::binary;
pub(crate) use function::Function;
pub(crate) use output::Output;
pub(crate) use runtime_api::Outcome;
