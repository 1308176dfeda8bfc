//! The client against real sockets on loopback: what an outsider sees of each outcome.
#![allow(clippy::unwrap_used)]

mod bypasses;
mod codes;
mod connecting;
mod documented;
mod download;
mod reads;
mod secrecy;
mod server;
mod templates;
mod upload;
mod wire;
