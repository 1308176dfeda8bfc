//! Fake AWS and fake Meta over real HTTP on loopback, and a recording proxy to put in front of either.
//!
//! It knows the two platforms by their documentation alone and depends on nothing of ours, so that what it refuses
//! is a finding and not an echo. The real SDK clients talk to it: set their endpoint to [`Aws::url`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod aws;
mod call;
mod clock;
pub mod meta;
pub mod proxy;
mod server;

pub use aws::{Aws, AwsConfig};
pub use call::{Call, Service};
pub use clock::Clock;
pub use proxy::{Proxy, ProxyOptions};
