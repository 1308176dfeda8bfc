//! The API over a real table and real queues on loopback.
#![allow(clippy::unwrap_used)]

mod cancelling;
mod channels;
mod consent;
mod contacts;
mod contract;
mod health;
mod idempotency;
mod lambda;
mod media;
mod messages;
mod openapi;
mod problems;
mod profile;
mod quarantine;
mod reading;
mod replay;
mod scheduled;
mod seed;
mod sends;
mod template_changes;
mod template_sends;
mod templates;
mod world;
