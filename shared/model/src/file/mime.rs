//! Types by their names. One type has several, a container carries another's file, and some names say nothing.

use super::FileKind;

/// A type without its parameters, in small letters: `audio/ogg; codecs=opus` is `audio/ogg`.
pub fn bare(mime: &str) -> String {
    mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The type that a file's name ends in.
pub fn by_name(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, mime)| *mime)
}

/// What the name of a file of this type ends in, where that is known.
pub fn extension(mime: &str) -> Option<&'static str> {
    let bare = bare(mime);
    ENDINGS.iter().find(|(_, known)| *known == bare).map(|(ending, _)| *ending)
}

/// Whether a name tells no more than that there is a file.
pub(super) fn says_nothing(mime: &str) -> bool {
    matches!(mime, "application/octet-stream" | "binary/octet-stream" | "application/x-unknown")
}

/// The name that Meta's table has for what was sniffed, where the file is to be of this kind. An MP4 container tells by its
/// brand, not by what is in it: one that is to be heard is taken to have sound only.
pub(super) fn as_kind(kind: FileKind, sniffed: &str) -> &str {
    match (kind, sniffed) {
        (FileKind::Audio, "video/mp4" | "audio/m4a") => "audio/mp4",
        (FileKind::Video, "video/x-m4v") => "video/mp4",
        // What is sniffed as Ogg alone has something else in it.
        (FileKind::Audio, "audio/opus") => "audio/ogg",
        (FileKind::Audio, "audio/ogg") => "audio/ogg+other",
        _ => sniffed,
    }
}

/// The usual name.
pub(super) fn usual(sniffed: &str) -> &str {
    match sniffed {
        "audio/opus" => "audio/ogg; codecs=opus",
        "audio/m4a" => "audio/mp4",
        "application/x-ole-storage" => "application/msword",
        other => other,
    }
}

/// Whether a file of type `told` begins as one of type `sniffed` does.
pub(super) fn is_within(told: &str, sniffed: &str) -> bool {
    match sniffed {
        "application/zip" => {
            told.starts_with("application/vnd.openxmlformats-officedocument.")
                || told.starts_with("application/vnd.oasis.opendocument.")
                || told == "application/epub+zip"
        }
        "application/x-ole-storage" => told == "application/msword" || told.starts_with("application/vnd.ms-"),
        "text/xml" => told.ends_with("+xml") || told == "application/xml",
        "text/html" => told == "application/xhtml+xml",
        _ => told == sniffed,
    }
}

#[rustfmt::skip]
const ENDINGS: &[(&str, &str)] = &[
    ("aac", "audio/aac"), ("amr", "audio/amr"), ("mp3", "audio/mpeg"), ("m4a", "audio/mp4"), ("ogg", "audio/ogg"), ("opus", "audio/ogg"),
    ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("png", "image/png"), ("webp", "image/webp"), ("gif", "image/gif"), ("heic", "image/heic"),
    ("mp4", "video/mp4"), ("3gp", "video/3gpp"), ("mov", "video/quicktime"), ("webm", "video/webm"),
    ("txt", "text/plain"), ("csv", "text/csv"), ("pdf", "application/pdf"), ("zip", "application/zip"),
    ("doc", "application/msword"), ("xls", "application/vnd.ms-excel"), ("ppt", "application/vnd.ms-powerpoint"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
];
