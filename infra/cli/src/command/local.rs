//! `waypost local`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use local::{Account, Local, Options, Ready};
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::api::is_loopback;
use crate::error::Error;
use crate::print::line;

/// `SIGTERM` and `SIGINT` end it within 5 s.
const GRACE: Duration = Duration::from_secs(4);
/// Who writes in, in what is printed to try.
const PERSON: &str = "15550101";

#[derive(Args)]
#[command(
    after_help = "In the environment: WAYPOST_LOCAL_PHONE_NUMBER_ID, _WABA_ID, _APP_ID, _APP_SECRET, _VERIFY_TOKEN,
_ACCESS_TOKEN, _EVENT_TYPES, _UNCERTAIN_AFTER_S and LOG_LEVEL (error, warn, info, debug).

Examples:
  waypost local
  waypost local --data-dir data
  waypost local --port 0 --meta-port 0 --aws-port 0 --json"
)]
pub(crate) struct LocalArgs {
    /// Port of the API and the webhook; 0 for any free one.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Port of the fake Meta.
    #[arg(long, default_value_t = 8788)]
    meta_port: u16,
    /// Port of the fake AWS.
    #[arg(long, default_value_t = 8789)]
    aws_port: u16,
    /// Use this Graph API, and run no fake Meta.
    #[arg(long, value_name = "URL")]
    graph_url: Option<String>,
    /// Keep the table and the files in this folder.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

pub(crate) async fn run(args: LocalArgs, json: bool) -> Result<(), Error> {
    start_logs();
    let options = options(args)?;
    let phone_number_id = options.account.phone_number_id.clone();
    let fake_meta = options.graph_url.is_none();
    let told = until_told()?;
    tokio::pin!(told);
    let local = tokio::select! {
        started = Local::start(options) => started?,
        () = &mut told => return Ok(()),
    };
    let ready = if json {
        serde_json::to_string(local.ready()).map_err(|error| Error::Failed(error.to_string()))?
    } else {
        welcome(local.ready(), &phone_number_id, fake_meta)
    };
    match line(&ready) {
        // It runs on for whoever talks to it, though nobody reads what it prints.
        Err(error) if error.is_closed_pipe() => tracing::warn!("nobody reads where it listens"),
        printed => printed?,
    }
    told.await;
    tracing::info!("stopping");
    if tokio::time::timeout(GRACE, local.shutdown()).await.is_err() {
        tracing::warn!("what still ran was cut off");
    }
    Ok(())
}

/// The account that the local system is connected to.
pub(crate) fn account() -> Account {
    let default = Account::default();
    Account {
        phone_number_id: overridden("PHONE_NUMBER_ID").unwrap_or(default.phone_number_id),
        waba_id: overridden("WABA_ID").unwrap_or(default.waba_id),
        app_id: overridden("APP_ID").unwrap_or(default.app_id),
        app_secret: overridden("APP_SECRET").unwrap_or(default.app_secret),
        verify_token: overridden("VERIFY_TOKEN").unwrap_or(default.verify_token),
        access_token: overridden("ACCESS_TOKEN").unwrap_or(default.access_token),
    }
}

fn options(args: LocalArgs) -> Result<Options, Error> {
    let mut options = Options {
        port: args.port,
        meta_port: args.meta_port,
        aws_port: args.aws_port,
        graph_url: args.graph_url.map(|url| graph_url(&url)).transpose()?,
        data_dir: args.data_dir,
        account: account(),
        ..Options::default()
    };
    if let Some(types) = overridden("EVENT_TYPES") {
        options.event_types = types;
    }
    if let Some(seconds) = overridden("UNCERTAIN_AFTER_S") {
        options.uncertain_after_s = seconds
            .parse()
            .map_err(|_| Error::Usage(String::from("WAYPOST_LOCAL_UNCERTAIN_AFTER_S must be a number of seconds")))?;
    }
    Ok(options)
}

/// Access tokens go there: over TLS, or nowhere beyond this machine.
fn graph_url(url: &str) -> Result<String, Error> {
    match Url::parse(url) {
        Ok(parsed) if parsed.scheme() == "https" || parsed.scheme() == "http" && is_loopback(&parsed) => {
            Ok(url.trim_end_matches('/').to_owned())
        }
        _ => Err(Error::Usage(String::from("--graph-url must be an https URL, or an address of this machine"))),
    }
}

fn overridden(name: &str) -> Option<String> {
    std::env::var(format!("WAYPOST_LOCAL_{name}")).ok().filter(|value| !value.is_empty())
}

/// Ours as `LOG_LEVEL` says, everything else only when it warns: the SDK's own lines would print bodies.
fn start_logs() {
    let level = std::env::var("LOG_LEVEL").unwrap_or_default().to_ascii_lowercase();
    let level = match level.as_str() {
        "error" | "warn" | "debug" | "trace" => level.as_str(),
        _ => "info",
    };
    let ours = [
        "webhook",
        "sender",
        "template_sync",
        "api",
        "media",
        "graph",
        "store",
        "queue",
        "runtime",
        "local",
        "sandbox",
        "waypost",
    ];
    let filter = ours.iter().fold(String::from("warn"), |filter, ours| format!("{filter},{ours}={level}"));
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
}

/// Ends at the first `SIGINT` or `SIGTERM`; listens from now on.
#[cfg(unix)]
fn until_told() -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends at the first Ctrl-C.
#[cfg(not(unix))]
fn until_told() -> Result<impl Future<Output = ()>, Error> {
    Ok(async {
        // Where nothing can be listened for, closing the window ends it.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn welcome(ready: &Ready, phone_number_id: &str, fake_meta: bool) -> String {
    let Ready { api, webhook, meta, aws, .. } = ready;
    let waypost = if std::env::var_os("CARGO").is_some() { "cargo run --" } else { "waypost" };
    let at = if api == "http://127.0.0.1:8787" { String::new() } else { format!(" --api {api}") };
    let meta_is = if fake_meta { "a fake one" } else { "yours" };
    // The fake Meta has to know that somebody wrote, or it refuses the answer as the real one would.
    let by = if fake_meta { format!(" --meta {meta}") } else { String::new() };
    format!(
        "Waypost runs on this machine. Ctrl-C stops it.

  API      {api}/v1
  Webhook  {webhook}
  Meta     {meta}  ({meta_is})
  AWS      {aws}  (a fake one: any credentials, us-east-1)
  Channel  local  (phone_number_id {phone_number_id})

Try it in another terminal:

  1. A person writes in:
     {waypost} trigger message 'Is anybody there?' --from {PERSON}{by}{at}
  2. You answer:
     {waypost} send +{PERSON} 'Yes. How can I help?' --wait{at}
  3. You see that it was delivered:
     {waypost} inbox{at}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_no_stranger_in_the_clear() {
        assert!(graph_url("http://graph.example").is_err());
        assert_eq!(graph_url("http://127.0.0.1:9/").unwrap(), "http://127.0.0.1:9");
        assert!(graph_url("https://graph.facebook.com").is_ok());
    }
}
