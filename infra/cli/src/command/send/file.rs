//! `waypost send --file`: the file into the bucket, by the upload that the API gives.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::stream::{self, Stream};
use indicatif::{ProgressBar, ProgressDrawTarget};
use model::file::{FileKind, by_name};
use reqwest::header::CONTENT_LENGTH;
use serde_json::{Value, json};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use url::Url;

use crate::api::{Call, is_loopback};
use crate::choose::{Channel, text};
use crate::error::Error;
use crate::reach::System;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const PIECE: usize = 64 * 1024;

/// As what a file of this name is sent, where nobody says.
pub(super) fn kind(name: &str) -> FileKind {
    match by_name(name) {
        Some("image/jpeg" | "image/png") => FileKind::Image,
        Some("image/webp") => FileKind::Sticker,
        Some(mime) if mime.starts_with("audio/") => FileKind::Audio,
        Some("video/mp4" | "video/3gpp") => FileKind::Video,
        _ => FileKind::Document,
    }
}

/// Uploads it; its key in the bucket.
pub(crate) async fn upload(system: &System, channel: &Channel, path: &Path, name: &str) -> Result<String, Error> {
    let unreadable = |error: &io::Error| Error::Usage(format!("{}: {error}", path.display()));
    let file = File::open(path).await.map_err(|error| unreadable(&error))?;
    let bytes = file.metadata().await.map_err(|error| unreadable(&error))?.len();
    if bytes == 0 {
        return Err(Error::Usage(format!("{}: it is empty", path.display())));
    }
    let asked = json!({"filename": name, "bytes": bytes});
    let upload = system.api.call(Call::post(["v1", "channels", &channel.phone_number_id, "media"], asked)).await?;
    put(&upload, file, bytes).await?;
    Ok(text(&upload, "/key"))
}

async fn put(upload: &Value, file: File, bytes: u64) -> Result<(), Error> {
    let url = Url::parse(&text(upload, "/url")).map_err(|_| Error::Failed(String::from("the API's link is no URL")))?;
    let mut builder =
        reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(reqwest::redirect::Policy::none());
    if is_loopback(&url) {
        builder = builder.no_proxy();
    }
    let http = builder.build().map_err(|error| Error::Failed(format!("no HTTP client can be made: {error}")))?;
    let progress = ProgressBar::hidden();
    progress.set_length(bytes);
    let body = reqwest::Body::wrap_stream(pieces(file, progress.clone()));
    // S3 takes nothing whose length it is not told.
    let mut request = http.put(url).header(CONTENT_LENGTH, bytes).body(body);
    for (name, value) in upload["headers"].as_object().into_iter().flatten() {
        request = request.header(name, value.as_str().unwrap_or_default());
    }
    let response = request.send().await.map_err(|_| Error::Unreachable {
        what: String::from("the bucket cannot be reached, or the upload broke off"),
        remedy: String::from("check the network, then try again"),
    })?;
    progress.finish_and_clear();
    if response.status().is_success() {
        return Ok(());
    }
    Err(Error::failed(format!("the bucket answered {}", response.status()), "run it again: each run gets a new upload"))
}

/// The file as it is read; shown where it takes longer, and on a terminal only.
fn pieces(file: File, progress: ProgressBar) -> impl Stream<Item = Result<Vec<u8>, io::Error>> {
    let started = Instant::now();
    stream::try_unfold((file, progress, false), move |(mut file, progress, mut shown)| async move {
        let mut piece = vec![0; PIECE];
        let count = file.read(&mut piece).await?;
        piece.truncate(count);
        progress.inc(count as u64);
        if !shown && started.elapsed() > Duration::from_secs(1) {
            progress.set_draw_target(ProgressDrawTarget::stderr());
            shown = true;
        }
        Ok((count > 0).then_some((piece, (file, progress, shown))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_sent_as_what_its_name_says() {
        for (name, expected) in [
            ("cat.JPG", FileKind::Image),
            ("note.ogg", FileKind::Audio),
            ("clip.mp4", FileKind::Video),
            ("hi.webp", FileKind::Sticker),
            ("invoice.pdf", FileKind::Document),
            ("cat.gif", FileKind::Document),
            ("noname", FileKind::Document),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
    }
}
