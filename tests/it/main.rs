//! The end-to-end suite.
#![allow(clippy::unwrap_used)]

mod binaries;
mod bulk;
mod conversation;
mod environment;
mod events;
mod forgery;
mod handshake;
mod inbound;
mod items;
mod lambda;
mod media;
mod odd;
mod outage;
mod quarantine;
mod replay;
mod rotation;
mod sends;
mod statuses;
mod sync;
mod system;
mod template;
mod told;
mod webhooks;
mod workspace;
