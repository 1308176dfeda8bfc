//! Queues: envelopes, publishing, FIFO groups and partial batch failures.
//!
//! Bodies are versioned envelopes, decoded per record. Jobs carry ids, events carry data. Nothing else in the workspace
//! spells a queue, a message group, a deduplication id or a batch failure.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod batch;
pub mod envelope;
pub mod error;
mod group;
mod publish;
mod text;

pub use batch::{Handled, Record, run_fifo, run_standard};
pub use envelope::{MediaJob, MediaWork, OutboundEnvelope, SyncJob, Undecodable, UploadJob};
pub use error::Error;
pub use group::person_group;
pub use publish::Queues;
