//! `waypost message media`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget};
use reqwest::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;
use url::Url;

use crate::api::{Call, is_loopback};
use crate::choose::text;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest silence; a large file may take as long as it takes.
const SILENCE: Duration = Duration::from_secs(30);

/// Prints a link to the file that a message brought, or saves the file.
pub(super) async fn run(system: &System, printer: Printer, id: &str, output: Option<&Path>) -> Result<(), Error> {
    let link = system.api.call(Call::get(["v1", "messages", id, "media"])).await?;
    let Some(output) = output else {
        return printer.either(&link, |printer| facts(printer, &link, "URL", &text(&link, "/url")));
    };
    save(&link, output).await?;
    let mut saved = link;
    if let Some(members) = saved.as_object_mut() {
        members.retain(|name, _| name != "url" && name != "expires_at");
        members.insert(String::from("file"), json!(output.to_string_lossy()));
    }
    printer.either(&saved, |printer| facts(printer, &saved, "FILE", &text(&saved, "/file")))
}

fn facts(printer: Printer, link: &Value, name: &str, place: &str) -> String {
    let sniffed = if link["type_mismatch"] == true { text(link, "/sniffed_type") } else { String::new() };
    let mut facts = printer.facts(&[
        (name, place.to_owned()),
        ("EXPIRES", Some(text(link, "/expires_at")).filter(|at| !at.is_empty()).map_or(String::new(), |at| short(&at))),
        ("TYPE", text(link, "/mime_type")),
        ("BY ITS BYTES", sniffed.clone()),
        ("BYTES", text(link, "/bytes")),
        ("SHA-256", text(link, "/sha256")),
    ]);
    if !sniffed.is_empty() {
        facts.push_str("\n\nwarning: the file is of another type than it says; do not open it unchecked");
    }
    facts
}

/// Under another name until it is whole and has its checksum.
async fn save(link: &Value, output: &Path) -> Result<(), Error> {
    let mut part = output.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let outcome = match download(link, &part).await {
        Ok(()) => fs::rename(&part, output).await.map_err(|error| unwritable(output, &error)),
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        // It may never have been there.
        drop(fs::remove_file(&part).await);
    }
    outcome
}

async fn download(link: &Value, part: &Path) -> Result<(), Error> {
    let mut response = open(&text(link, "/url")).await?;
    let mut file = File::create(part).await.map_err(|error| unwritable(part, &error))?;
    let mut hash = Sha256::new();
    let (progress, started) = (ProgressBar::hidden(), Instant::now());
    progress.set_length(response.content_length().unwrap_or_default());
    let mut shown = false;
    while let Some(chunk) = response.chunk().await.map_err(|_| unreachable("the file's download broke off"))? {
        hash.update(&chunk);
        progress.inc(chunk.len() as u64);
        // For what takes longer, and on a terminal only.
        if !shown && started.elapsed() > Duration::from_secs(1) {
            progress.set_draw_target(ProgressDrawTarget::stderr());
            shown = true;
        }
        file.write_all(&chunk).await.map_err(|error| unwritable(part, &error))?;
    }
    progress.finish_and_clear();
    file.flush().await.map_err(|error| unwritable(part, &error))?;
    if hex::encode(hash.finalize()) != text(link, "/sha256") {
        let what = "what was downloaded does not have the checksum that was recorded";
        return Err(Error::failed(what, "run it again: a download that broke off looks like this too"));
    }
    Ok(())
}

async fn open(url: &str) -> Result<Response, Error> {
    let url = Url::parse(url).map_err(|_| Error::Failed(String::from("the API's link is no URL")))?;
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE)
        .redirect(reqwest::redirect::Policy::none());
    if is_loopback(&url) {
        builder = builder.no_proxy();
    }
    let http = builder.build().map_err(|error| Error::Failed(format!("no HTTP client can be made: {error}")))?;
    let response = http.get(url).send().await.map_err(|_| unreachable("the bucket cannot be reached"))?;
    if !response.status().is_success() {
        let what = format!("the bucket answered {}", response.status());
        return Err(Error::failed(what, "run it again: each run gets a new link, good for a quarter of an hour"));
    }
    Ok(response)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::Failed(format!("{} cannot be written: {error}", path.display()))
}

fn unreachable(what: &str) -> Error {
    Error::Unreachable { what: what.to_owned(), remedy: String::from("check the network, then try again") }
}
