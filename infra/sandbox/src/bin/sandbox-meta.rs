//! The fake Meta as a process, for what is not written in Rust: `sandbox-meta [PORT]`.
//!
//! Prints one line, `{"url": …}`, when it listens. SIGTERM and SIGINT end it.

use std::io::Write;
use std::process::ExitCode;

use sandbox::meta::{Meta, MetaConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(std::env::args().nth(1).as_deref()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is no one to tell where stderr is closed.
            let _ = writeln!(std::io::stderr(), "sandbox-meta: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(port: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
    let port = port.map(str::parse).transpose()?.unwrap_or(0);
    let meta = Meta::start(MetaConfig { port, ..MetaConfig::local() }).await?;
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::json!({ "url": meta.url() }))?;
        out.flush()?;
    }
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        () = async { drop(tokio::signal::ctrl_c().await) } => {}
        _ = terminated.recv() => {}
    }
    meta.shutdown().await;
    Ok(())
}
