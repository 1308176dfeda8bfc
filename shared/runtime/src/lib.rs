//! What a function needs from its surroundings: environment, AWS clients, secrets, logs.
//!
//! Nothing else in the workspace reads the environment or a secret (design invariant 6).
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod aws;
pub mod env;
pub mod logs;
mod metric;
pub mod secrets;
pub mod tokens;

pub use aws::Aws;
pub use env::{Env, EnvError};
pub use secrets::{CachedSecret, SecretError, Text, WebhookSecret};
pub use tokens::{AccessToken, NoToken, TokensSecret};
