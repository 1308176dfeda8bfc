//! The function as Lambda calls it: SQS events in, bucket, table and events read afterwards, Meta and AWS on loopback.
#![allow(clippy::unwrap_used)]

mod fetch;
mod host;
mod patience;
mod world;
