//! A file on its way to a person: whether Meta takes it as what it is to be sent as, by its true type and size (M-01 to
//! M-05).

mod kind;
mod link;
mod mime;
pub mod name;

pub use kind::FileKind;
pub use link::LinkToken;
pub use mime::{bare, by_name, extension};

use crate::limits::media::{MEDIA_TYPES, MediaType, media_bytes};

/// What is known of a file before anybody is asked to take it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    /// By its first bytes, where they are those of a known type. Bare.
    pub sniffed: Option<&'a str>,
    /// As whoever brought it said; parameters and case do not count.
    pub declared: Option<&'a str>,
    /// The name it goes by, which tells a type where nothing else does.
    pub name: Option<&'a str>,
    /// Whether its first bytes are text.
    pub text: bool,
    /// Of WebP: whether it moves.
    pub animated: bool,
    /// Its true size.
    pub bytes: u64,
}

/// Why Meta would not take a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Its type is none that can be sent as this kind.
    Unsupported { kind: FileKind, given: String },
    /// It has more bytes than this kind may have.
    TooLarge { kind: FileKind, limit: u64, given: u64 },
    /// It has none.
    Empty,
}

impl Misfit {
    /// For programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "unsupported_media",
            Self::TooLarge { .. } => "media_too_large",
            Self::Empty => "media_empty",
        }
    }

    /// In words: the limit, and what was given.
    pub fn detail(&self) -> String {
        match self {
            Self::Unsupported { kind, given } => match accepted(*kind) {
                types if types.is_empty() => format!("Of the file's bytes nothing tells a type (given: {given})."),
                types => format!("As {kind} Meta takes {} (given: {given}).", types.join(", ")),
            },
            Self::TooLarge { kind, limit, given } => {
                format!("As {kind} Meta takes at most {limit} bytes (given: {given}).")
            }
            Self::Empty => String::from("The file has no bytes."),
        }
    }
}

/// The type to upload a file under, or why Meta would not take it.
pub fn fit(kind: FileKind, seen: &Seen<'_>) -> Result<String, Misfit> {
    if seen.bytes == 0 {
        return Err(Misfit::Empty);
    }
    let mime = match kind {
        FileKind::Document => document(seen)?,
        _ => listed(kind, seen)?.to_owned(),
    };
    let limit = media_bytes(kind, seen.animated);
    if seen.bytes > limit {
        return Err(Misfit::TooLarge { kind, limit, given: seen.bytes });
    }
    Ok(mime)
}

/// What the file is, as far as anything tells.
pub fn true_type(seen: &Seen<'_>) -> String {
    best(seen).unwrap_or_else(|| String::from("application/octet-stream"))
}

fn listed(kind: FileKind, seen: &Seen<'_>) -> Result<&'static str, Misfit> {
    let unsupported = || Misfit::Unsupported { kind, given: true_type(seen) };
    let found = match seen.sniffed {
        Some(sniffed) => find(kind, mime::as_kind(kind, sniffed)),
        None => declared(seen).as_deref().and_then(|declared| find(kind, declared)).filter(|found| !found.signed),
    };
    let found = found.ok_or_else(unsupported)?;
    Ok(found.upload_as.unwrap_or(found.mime))
}

fn find(kind: FileKind, mime: &str) -> Option<&'static MediaType> {
    MEDIA_TYPES.iter().find(|listed| listed.kind == kind && listed.mime == mime)
}

/// Meta takes other types than its list as documents too (contract §5.12, confidence C), so the list decides nothing here;
/// what has no type at all it refuses.
fn document(seen: &Seen<'_>) -> Result<String, Misfit> {
    best(seen)
        .ok_or_else(|| Misfit::Unsupported { kind: FileKind::Document, given: "application/octet-stream".to_owned() })
}

/// The bytes' word counts for more than the sender's, and a container's name for less than that of what is in it.
fn best(seen: &Seen<'_>) -> Option<String> {
    let told = declared(seen).or_else(|| seen.name.and_then(by_name).map(str::to_owned));
    match (seen.sniffed, told) {
        (Some(sniffed), Some(told)) if mime::is_within(&told, sniffed) => Some(told),
        (Some(sniffed), _) => Some(mime::usual(sniffed).to_owned()),
        (None, Some(told)) => Some(told),
        (None, None) => seen.text.then(|| String::from("text/plain")),
    }
}

fn declared(seen: &Seen<'_>) -> Option<String> {
    seen.declared.map(bare).filter(|mime| !mime.is_empty() && mime.contains('/') && !mime::says_nothing(mime))
}

fn accepted(kind: FileKind) -> Vec<&'static str> {
    let listed = MEDIA_TYPES.iter().filter(|listed| listed.kind == kind);
    listed.map(|listed| listed.upload_as.unwrap_or(listed.mime)).collect()
}

#[cfg(test)]
mod tests;
