//! What a file is by its first bytes, beside what Meta says it is. Neither is ever trusted to run anything: the bucket
//! hands files out as attachments.

/// The signatures of all known types lie within this.
pub(crate) const HEAD: usize = 8 * 1024;

/// What first bytes show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) sniffed: Option<&'static str>,
    /// Whether they are text, as far as they go.
    pub(crate) text: bool,
    /// Of WebP: whether it moves.
    pub(crate) animated: bool,
}

pub(crate) fn look(head: &[u8]) -> Look {
    let head = head.get(..HEAD).unwrap_or(head);
    Look { sniffed: sniff(head), text: is_text(head), animated: is_animated(head) }
}

/// UTF-8 without what no text holds; the last letter may be cut.
fn is_text(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() == HEAD,
    };
    whole && !head.iter().any(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
}

/// The animation flag of an extended WebP (RFC 9649, 2.7).
fn is_animated(head: &[u8]) -> bool {
    head.get(8..16) == Some(b"WEBPVP8X") && head.get(20).is_some_and(|flags| flags & 0b10 != 0)
}

/// The type of these first bytes, where they are those of a known one. Text and many others have no signature.
pub(crate) fn sniff(head: &[u8]) -> Option<&'static str> {
    // It begins as a script does, and is taken for one.
    if head.starts_with(b"#!AMR") {
        return Some("audio/amr");
    }
    // The brand of a phone's video, which is no MP4 to Meta.
    if head.get(4..10) == Some(b"ftyp3g") {
        return Some("video/3gpp");
    }
    infer::get(head.get(..HEAD).unwrap_or(head)).map(|kind| kind.mime_type())
}

/// Whether bytes of this type are something other than what was declared. Where a type has several names, or is carried in
/// another's container, it is the same.
pub(crate) fn differs(declared: &str, sniffed: &str) -> bool {
    let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if declared.is_empty() || declared == "application/octet-stream" || declared == sniffed {
        return false;
    }
    let both = |names: &[&str]| names.contains(&declared.as_str()) && names.contains(&sniffed);
    let office = |family: &str| declared.starts_with(family);
    let contained = match sniffed {
        "application/zip" => {
            office("application/vnd.openxmlformats-officedocument.")
                || office("application/vnd.oasis.opendocument.")
                || office("application/vnd.android.package-archive")
                || office("application/epub+zip")
                || office("application/x-zip")
        }
        "application/x-ole-storage" => office("application/msword") || office("application/vnd.ms-"),
        "text/xml" => declared.ends_with("+xml") || declared == "application/xml",
        _ => false,
    };
    !contained && !SAME.iter().any(|names| both(names))
}

#[rustfmt::skip]
const SAME: &[&[&str]] = &[
    &["audio/mp4", "audio/m4a", "audio/x-m4a", "audio/aac", "audio/mp4a-latm", "video/mp4", "video/x-m4v", "video/3gpp", "video/quicktime"],
    &["audio/ogg", "audio/opus", "video/ogg", "application/ogg"],
    &["audio/mpeg", "audio/mp3", "audio/mpeg3", "video/mpeg"],
    &["audio/wav", "audio/wave", "audio/vnd.wave", "audio/x-wav"],
    &["audio/flac", "audio/x-flac"],
    &["image/jpeg", "image/jpg"],
    &["image/heic", "image/heif"],
    &["image/bmp", "image/x-ms-bmp"],
    &["application/gzip", "application/x-gzip"],
    &["application/vnd.rar", "application/x-rar-compressed", "application/x-rar"],
    &["text/html", "application/xhtml+xml"],
    &["application/vnd.microsoft.portable-executable", "application/x-msdownload", "application/x-msdos-program"],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_its_first_bytes() {
        for (head, kind) in [
            (b"\xff\xd8\xff\xe0\x00\x10JFIF".as_slice(), Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n", Some("image/png")),
            (b"RIFF\x10\x00\x00\x00WEBPVP8 ", Some("image/webp")),
            (b"%PDF-1.7", Some("application/pdf")),
            (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", Some("video/mp4")),
            (b"#!AMR\n", Some("audio/amr")),
            (b"\x00\x00\x00\x14ftyp3gp4\x00\x00\x00\x00", Some("video/3gpp")),
            (b"MZ\x90\x00", Some("application/vnd.microsoft.portable-executable")),
            (b"<!DOCTYPE html><script>", Some("text/html")),
            (b"#!/bin/sh\n", Some("text/x-shellscript")),
            (b"PK\x03\x04", Some("application/zip")),
            (b"just text", None),
            (b"", None),
        ] {
            assert_eq!(sniff(head), kind, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn text_and_motion_are_seen() {
        assert!(look("Grüße,\r\n\tAna".as_bytes()).text && look(b"").text);
        assert!(!look(b"a\0b").text && !look(b"\xff\xfe").text && !look(b"cut \xc3").text);
        let mut long = vec![b'a'; HEAD - 1];
        long.extend("ü".as_bytes());
        assert!(look(&long).text, "a letter cut by the end of what is looked at");
        let webp = |flags: u8| [b"RIFF\x10\0\0\0WEBPVP8X\x0a\0\0\0".as_slice(), &[flags]].concat();
        assert_eq!((look(&webp(0b10)).animated, look(&webp(0b1000)).animated), (true, false));
        assert!(!look(b"RIFF\x10\0\0\0WEBPVP8 \x0a\0\0\0\xff").animated);
    }

    /// A picture that is a program is told apart; a voice note in its container is none.
    #[test]
    fn only_another_type_is_another() {
        for (declared, sniffed, other) in [
            ("image/jpeg", "application/vnd.microsoft.portable-executable", true),
            ("image/jpeg", "text/html", true),
            ("application/pdf", "application/zip", true),
            ("image/png", "image/jpeg", true),
            ("image/jpeg", "image/jpeg", false),
            ("IMAGE/JPEG", "image/jpeg", false),
            ("audio/ogg; codecs=opus", "audio/opus", false),
            ("audio/mp4", "audio/m4a", false),
            ("audio/mp4", "video/mp4", false),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip", false),
            ("application/msword", "application/x-ole-storage", false),
            ("application/octet-stream", "application/zip", false),
            ("", "image/png", false),
        ] {
            assert_eq!(differs(declared, sniffed), other, "{declared} {sniffed}");
        }
    }

    /// The bytes are a stranger's.
    #[test]
    fn no_bytes_can_stop_it() {
        let starts: [&[u8]; 8] = [
            b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff[Content_Types].xml",
            b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00_rels/.rels",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"\x00\x00\x00\x18ftyp",
            b"\xff\xff\xff\xffftypheic",
            b"RIFF\xff\xff\xff\xff",
            b"II*\x00\xff\xff\xff\xff",
            b"\x1aE\xdf\xa3",
        ];
        let mut state = 7_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        for length in (0..600).chain([HEAD, HEAD + 1]) {
            for start in starts.iter().chain([&b"".as_slice()]) {
                let bytes: Vec<u8> =
                    start.iter().copied().chain(std::iter::repeat_with(&mut noise)).take(length).collect();
                sniff(&bytes);
            }
        }
    }
}
