//! Events as a public contract (design §5): infra/docs/events.md and its JSON Schema, held to what is published, and the
//! consumers beside them, run on it.

mod consumers;
mod document;
mod filter;
mod large;
mod planted;
mod published;
pub(crate) mod schema;
