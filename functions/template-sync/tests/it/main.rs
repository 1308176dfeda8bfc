//! The function as Lambda calls it: real events in, the table read afterwards, Meta and AWS on loopback.
#![allow(clippy::unwrap_used)]

mod calls;
mod demand;
mod graph;
mod sync;
mod world;
