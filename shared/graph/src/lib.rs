//! The only crate that talks to Meta: the Graph API's calls, its errors, and what an error means.
//!
//! Every call takes its token as an argument, because one process serves many WABAs. An [`Error`] answers the only
//! question a caller has, "what now?", by [`Error::verdict`]; nobody else looks at Meta's codes.
//! See `WhatsApp Cloud API/Reference` and `Graph API/Overview` in Meta's documentation.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod address;
pub mod apps;
mod body;
mod call;
pub mod client;
pub mod codes;
pub mod debug_token;
pub mod download;
pub mod error;
mod listing;
pub mod media;
mod names;
pub mod phone_numbers;
mod profile;
pub mod registration;
pub mod resumable;
pub mod send;
pub mod subscribed_apps;
pub mod templates;
pub mod token;
pub mod upload;
pub mod usage;
pub mod verdict;
pub mod wabas;

pub use client::{Client, Timeouts};
pub use error::{Error, Kind};
pub use token::Token;
pub use usage::{Meter, Usage};
pub use verdict::{Cause, Reason, Verdict};
