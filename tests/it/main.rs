//! The end-to-end suite.
#![allow(clippy::unwrap_used)]

mod binaries;
mod bulk;
mod consent;
mod conversation;
mod environment;
mod erasure;
mod events;
mod forgery;
mod fuzz;
mod generated;
mod handshake;
mod inbound;
mod items;
mod judged;
mod lambda;
mod media;
mod odd;
mod outage;
mod outbound_media;
mod outbound_types;
mod people;
mod quarantine;
mod reading;
mod replay;
mod rotation;
mod sends;
mod statuses;
mod sync;
mod system;
mod template;
mod told;
mod unsupported;
mod webhooks;
mod workspace;
