//! What files Meta takes, and how large (contract §5.12). Meta's megabytes are those of its own clients: 1,024 times 1,024.

use std::time::Duration;

use crate::file::FileKind;

const KB: u64 = 1024;
const MB: u64 = 1024 * KB;

/// A type that Meta takes as one kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType {
    pub kind: FileKind,
    /// Bare, without parameters.
    pub mime: &'static str,
    /// As Meta wants it said, where that is more than the bare type.
    pub upload_as: Option<&'static str>,
    /// Whether every such file begins with bytes that tell its type: then one that does not is something else.
    pub signed: bool,
}

#[rustfmt::skip]
pub const MEDIA_TYPES: &[MediaType] = &[
    MediaType { kind: FileKind::Audio, mime: "audio/aac", upload_as: None, signed: false },
    MediaType { kind: FileKind::Audio, mime: "audio/amr", upload_as: None, signed: true },
    MediaType { kind: FileKind::Audio, mime: "audio/mpeg", upload_as: None, signed: false },
    MediaType { kind: FileKind::Audio, mime: "audio/mp4", upload_as: None, signed: true },
    // Ogg with anything but Opus in it is refused, and so is Opus outside of Ogg.
    MediaType { kind: FileKind::Audio, mime: "audio/ogg", upload_as: Some("audio/ogg; codecs=opus"), signed: true },
    MediaType { kind: FileKind::Image, mime: "image/jpeg", upload_as: None, signed: true },
    MediaType { kind: FileKind::Image, mime: "image/png", upload_as: None, signed: true },
    MediaType { kind: FileKind::Sticker, mime: "image/webp", upload_as: None, signed: true },
    MediaType { kind: FileKind::Video, mime: "video/mp4", upload_as: None, signed: true },
    MediaType { kind: FileKind::Video, mime: "video/3gpp", upload_as: None, signed: true },
];

/// The most bytes of one kind.
pub fn media_bytes(kind: FileKind, animated: bool) -> u64 {
    match kind {
        FileKind::Audio | FileKind::Video => 16 * MB,
        FileKind::Document => 100 * MB,
        FileKind::Image => 5 * MB,
        FileKind::Sticker if animated => 500 * KB,
        FileKind::Sticker => 100 * KB,
    }
}

/// How long an uploaded file is sent by its id again. Meta keeps it for 30 days (contract §1.3); the last one is left for
/// sends that wait.
pub const UPLOAD_REUSED: Duration = Duration::from_hours(29 * 24);
