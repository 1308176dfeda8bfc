//! The whole system on this machine: the real handlers, played as AWS plays them, around a fake AWS and a fake Meta.
//!
//! Nothing here knows a queue, a timeout or a route: they are read from infra/template.yaml, so that the laptop runs
//! what is deployed. What the template asks for and a laptop cannot play is refused at the start.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod error;
mod function;
mod gateway;
mod local;
mod mapping;
mod options;
mod provision;
mod ready;
mod schedule;
mod stack;
mod template;
mod worker;

pub use error::Error;
pub use local::Local;
pub use options::{Account, Options, Pace};
pub use ready::{Queues, Ready};
