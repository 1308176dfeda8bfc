//! The fake Meta over HTTP: every refusal and every fault, present and absent.
#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)]

mod accounts;
mod callback;
mod faults;
mod harness;
mod limits;
mod media;
mod numbers;
mod rates;
mod sends;
mod templates;
mod webhooks;
