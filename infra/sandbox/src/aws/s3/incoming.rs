//! A body on its way into a file.

use std::path::Path;

use axum::body::Body;
use futures::StreamExt;
use http::HeaderMap;
use tokio::{
    fs::File,
    io::{AsyncWriteExt, BufWriter},
};

use super::{
    checksum::{Digested, Digests},
    chunked::Decoder,
    error::S3Error,
};

/// What was written.
pub(super) struct Written {
    pub(super) size: u64,
    pub(super) digested: Digested,
}

/// Writes the body into `file`, decoding and checking on the way. On an error the file is removed again and the rest
/// of the body read, so that the client gets to read the answer.
pub(super) async fn write(headers: &HeaderMap, body: Body, file: &Path) -> Result<Written, S3Error> {
    let mut pieces = body.into_data_stream();
    let written = drain(headers, &mut pieces, file).await;
    if written.is_err() {
        while let Some(Ok(_)) = pieces.next().await {}
        if let Err(error) = tokio::fs::remove_file(file).await {
            tracing::debug!(%error, "no file of a failed upload to remove");
        }
    }
    written
}

async fn drain(headers: &HeaderMap, pieces: &mut axum::body::BodyDataStream, file: &Path) -> Result<Written, S3Error> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut digests = Digests::wanted(headers)?;
    let chunked = text("x-amz-content-sha256").is_some_and(|value| value.starts_with("STREAMING-"));
    let mut decoder = chunked.then(Decoder::default);
    let mut out = BufWriter::with_capacity(1024 * 1024, File::create(file).await?);
    let mut size = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| incomplete())?;
        let content = match &mut decoder {
            Some(decoder) => decoder.decode(&piece)?,
            None => vec![piece],
        };
        for bytes in content {
            digests.update(&bytes);
            out.write_all(&bytes).await?;
            size += bytes.len() as u64;
        }
    }
    out.flush().await?;
    let declared = text(if chunked { "x-amz-decoded-content-length" } else { "content-length" });
    let cut = decoder.as_ref().is_some_and(|decoder| !decoder.is_complete());
    if cut || declared.and_then(|length| length.parse().ok()).is_some_and(|length: u64| length != size) {
        return Err(incomplete());
    }
    let trailers = decoder.map(|decoder| decoder.trailers).unwrap_or_default();
    Ok(Written { size, digested: digests.finish(&trailers)? })
}

fn incomplete() -> S3Error {
    S3Error::bad(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}
