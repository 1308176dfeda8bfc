//! Why the system does not start here.

use std::io;

use crate::template::Unplayable;

/// Says what to change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is taken, or may not be used.
    #[error("cannot listen on 127.0.0.1:{port} ({source}); another port, or 0 for any free one, can be given")]
    Listen {
        /// Which.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The fake AWS does not start.
    #[error("the fake AWS: {0}")]
    Aws(#[from] sandbox::aws::Error),
    /// The fake Meta does not start.
    #[error("the fake Meta: {0}")]
    Meta(#[from] sandbox::meta::Error),
    /// A proxy in front of the fake AWS does not start.
    #[error("a recording proxy: {0}")]
    Proxy(#[from] sandbox::proxy::Error),
    /// The template asks for something that is not played here.
    #[error("infra/template.yaml, {at}: {source}")]
    #[expect(private_interfaces, reason = "it is only printed")]
    Template {
        /// The resource, or the template as a whole.
        at: String,
        /// What cannot be played.
        source: Unplayable,
    },
    /// An endpoint that is not on this machine: a function would call the real AWS.
    #[error("{name} is not an address of this machine; nothing local may call the real AWS")]
    NotLoopback {
        /// The variable.
        name: String,
    },
    /// A resource could not be made.
    #[error("{what} could not be made: {reason}")]
    Provision {
        /// The resource.
        what: String,
        /// The fake AWS's answer.
        reason: String,
    },
    /// The template names code that is not linked here.
    #[error("there is no function {0} to run")]
    UnknownFunction(String),
    /// A function refuses its environment.
    #[error("the function {function} does not start: {reason}")]
    Start {
        /// Which.
        function: String,
        /// Its own words.
        reason: String,
    },
    /// A function that was called failed.
    #[error("the function {function} failed: {reason}")]
    Function {
        /// Which.
        function: String,
        /// Its own words, or that it ran out of time.
        reason: String,
    },
    /// The table refused the channel that is there from the start.
    #[error("the first channel could not be added: {0}")]
    Channel(#[from] store::Error),
}
