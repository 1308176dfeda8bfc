//! The Graph API that a system calls, for what passes `/v1` by.

use clap::Args;
use graph::{Client, Timeouts};

use super::{LOCAL_META, System};
use crate::error::Error;

/// Meta's own, and the version where a stack does not say.
const GRAPH: &str = "https://graph.facebook.com";
const VERSION: &str = "v24.0";

/// Which Meta is asked.
#[derive(Args)]
pub(crate) struct MetaArgs {
    /// Base of the Graph API. Default: the stack's, else Meta's own; of a system on this machine, the fake Meta of `waypost
    /// local`.
    #[arg(long, value_name = "URL", env = "WAYPOST_GRAPH_URL", help_heading = "Which system")]
    graph_url: Option<String>,
}

impl System {
    /// A client of it.
    pub(crate) fn graph(&self, args: &MetaArgs) -> Result<Client, Error> {
        let output = |name: &str| self.outputs.as_ref().and_then(|outputs| outputs.find(name));
        let default = if self.is_local() { LOCAL_META } else { GRAPH };
        let base = args.graph_url.as_deref().or_else(|| output("GraphBaseUrl")).unwrap_or(default);
        Client::new(base, output("GraphVersion").unwrap_or(VERSION), Timeouts::default())
            .map_err(|error| Error::Usage(format!("--graph-url cannot be used: {}", error.title())))
    }
}

/// Meta's refusal, for a person: what, and what to do.
pub(crate) fn refused(what: &str, error: &graph::Error) -> Error {
    let details = error.meta().and_then(|meta| meta.details.as_ref().or(meta.message.as_ref()));
    let says = details.map(|details| format!(". Meta says: {details}")).unwrap_or_default();
    let code = error.code().map(|code| format!(" (code {code})")).unwrap_or_default();
    let why = format!("{what}: {}{code}{says}", error.title());
    if error.code().is_none() && error.status().is_none() {
        return Error::Unreachable { what: why, remedy: error.remedy().to_owned() };
    }
    Error::Failed(format!("{why}\n  remedy: {}", error.remedy()))
}
