//! Ingest against the embedded AWS, through the real SDK clients.
#![allow(clippy::unwrap_used)]

mod changing;
mod linking;
mod merging;
mod order;
mod said;
mod unmet;
mod window;
mod world;
