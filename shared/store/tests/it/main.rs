//! The store against the embedded DynamoDB, through the real SDK client.
#![allow(clippy::unwrap_used)]

mod channels;
mod consent;
mod contacts;
mod convergence;
mod files;
mod history;
mod kept;
mod limiter;
mod quota;
mod range;
mod sends;
mod table;
mod templates;
mod told;
