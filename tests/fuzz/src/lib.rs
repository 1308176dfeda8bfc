//! What is fuzzed (quality.md F1–F4, F9): one function a target, each of which panics where a promise is broken. Every one
//! has an oracle of its own that shares no code with what it judges.
#![allow(unreachable_pub, reason = "a crate for cargo-fuzz, a module for the stable runner")]
#![allow(clippy::unwrap_used)]

mod body;
mod handshake;
mod http_event;
mod item;
mod scan;
mod signature;
mod stub;
mod world;

pub use body::body;
pub use handshake::handshake;
pub use http_event::http_event;
pub use item::item;
pub use signature::signature;

pub type Target = fn(&[u8]);

/// Name and function of each: the name of its folder in the corpus too.
pub const TARGETS: [(&str, Target); 5] =
    [("http_event", http_event), ("signature", signature), ("body", body), ("handshake", handshake), ("item", item)];
