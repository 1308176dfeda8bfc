//! The rules a send is judged by. Everything below is pure: no HTTP, no clock, no lock.

pub(crate) mod account;
pub(crate) mod content;
pub(crate) mod definition;
pub(crate) mod envelope;
mod interactive;
pub(crate) mod rates;
pub(crate) mod shape;
pub(crate) mod template;
pub(crate) mod variables;
