//! The end-to-end suite.
#![allow(clippy::unwrap_used)]

mod lambda;
mod template;
mod workspace;
