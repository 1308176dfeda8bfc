use super::*;

fn seen<'a>(sniffed: Option<&'a str>, declared: Option<&'a str>, bytes: u64) -> Seen<'a> {
    Seen { sniffed, declared, bytes, ..Seen::default() }
}

const MIB: u64 = 1024 * 1024;

/// M-01 to M-04: the last byte that fits, and the first that does not.
#[test]
fn each_kind_has_its_boundary() {
    for (kind, mime, animated, limit) in [
        (FileKind::Audio, "audio/mpeg", false, 16 * MIB),
        (FileKind::Video, "video/mp4", false, 16 * MIB),
        (FileKind::Document, "application/pdf", false, 100 * MIB),
        (FileKind::Image, "image/jpeg", false, 5 * MIB),
        (FileKind::Sticker, "image/webp", false, 100 * 1024),
        (FileKind::Sticker, "image/webp", true, 500 * 1024),
    ] {
        let of = |bytes| fit(kind, &Seen { animated, ..seen(Some(mime), None, bytes) });
        assert_eq!(of(limit), Ok(mime.to_owned()));
        let over = of(limit + 1).unwrap_err();
        assert_eq!(over, Misfit::TooLarge { kind, limit, given: limit + 1 });
        assert_eq!(over.code(), "media_too_large");
        assert!(over.detail().contains(&limit.to_string()) && over.detail().contains(&(limit + 1).to_string()));
        assert_eq!(of(0).unwrap_err().code(), "media_empty");
    }
}

/// Contract §5.12, row by row, with the combinations that Meta refuses.
#[test]
fn what_meta_takes_it_takes_by_its_bytes() {
    use FileKind::{Audio, Document, Image, Sticker, Video};
    for (kind, sniffed, declared, upload_as) in [
        (Audio, Some("audio/aac"), None, Some("audio/aac")),
        (Audio, None, Some("audio/aac"), Some("audio/aac")),
        (Audio, None, Some("audio/mpeg"), Some("audio/mpeg")),
        (Audio, Some("audio/amr"), Some("audio/amr"), Some("audio/amr")),
        (Audio, None, Some("audio/amr"), None),
        (Audio, Some("audio/m4a"), None, Some("audio/mp4")),
        (Audio, Some("video/mp4"), Some("audio/mp4"), Some("audio/mp4")),
        (Audio, Some("audio/opus"), Some("audio/ogg"), Some("audio/ogg; codecs=opus")),
        (Audio, Some("audio/opus"), Some("audio/opus"), Some("audio/ogg; codecs=opus")),
        (Audio, Some("audio/ogg"), Some("audio/ogg; codecs=opus"), None),
        (Audio, None, Some("audio/ogg; codecs=opus"), None),
        (Audio, None, Some("audio/opus"), None),
        (Audio, Some("video/webm"), Some("audio/webm"), None),
        (Audio, Some("audio/x-wav"), Some("audio/wav"), None),
        (Image, Some("image/jpeg"), Some("image/png"), Some("image/jpeg")),
        (Image, Some("image/png"), Some("IMAGE/JPEG; q=1"), Some("image/png")),
        (Image, Some("image/webp"), Some("image/jpeg"), None),
        (Image, Some("image/gif"), None, None),
        (Image, Some("image/heif"), Some("image/heic"), None),
        (Image, None, Some("image/jpeg"), None),
        (Image, Some("text/html"), Some("image/jpeg"), None),
        (Sticker, Some("image/webp"), None, Some("image/webp")),
        (Sticker, Some("image/png"), None, None),
        (Video, Some("video/mp4"), None, Some("video/mp4")),
        (Video, Some("video/x-m4v"), None, Some("video/mp4")),
        (Video, Some("video/3gpp"), Some("video/3gpp"), Some("video/3gpp")),
        (Video, Some("video/quicktime"), Some("video/mp4"), None),
        (Video, Some("video/webm"), None, None),
        (Document, Some("application/pdf"), None, Some("application/pdf")),
        (Document, Some("application/pdf"), Some("text/plain"), Some("application/pdf")),
        (Document, None, Some("Text/Plain; charset=utf-8"), Some("text/plain")),
        (Document, Some("application/zip"), Some("application/zip"), Some("application/zip")),
        (Document, Some("image/gif"), None, Some("image/gif")),
        (
            Document,
            Some("application/x-ole-storage"),
            Some("application/vnd.ms-excel"),
            Some("application/vnd.ms-excel"),
        ),
        (Document, None, Some("application/octet-stream"), None),
        (Document, None, Some("nonsense"), None),
        (Document, None, None, None),
    ] {
        let given = seen(sniffed, declared, 1);
        assert_eq!(fit(kind, &given).ok().as_deref(), upload_as, "{kind} {sniffed:?} {declared:?}");
    }
}

#[test]
fn a_name_tells_what_the_bytes_do_not() {
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let named = |name, sniffed, text| Seen { name: Some(name), sniffed, text, bytes: 1, ..Seen::default() };
    let document = |seen| fit(FileKind::Document, &seen).ok();
    assert_eq!(document(named("Offer.DOCX", Some("application/zip"), false)).as_deref(), Some(docx));
    assert_eq!(document(named("a.pdf", Some("application/zip"), false)).as_deref(), Some("application/zip"));
    assert_eq!(document(named("a.csv", None, true)).as_deref(), Some("text/csv"));
    assert_eq!(document(named("notes", None, true)).as_deref(), Some("text/plain"));
    assert_eq!(document(named("blob.xyz", None, false)), None);
    assert_eq!((extension("image/jpeg"), extension("audio/ogg; codecs=opus")), (Some("jpg"), Some("ogg")));
}

#[test]
fn a_misfit_says_what_would_fit() {
    let gif = fit(FileKind::Image, &seen(Some("image/gif"), None, 1)).unwrap_err();
    assert_eq!(gif.code(), "unsupported_media");
    assert_eq!(gif.detail(), "As image Meta takes image/jpeg, image/png (given: image/gif).");
    let voice = fit(FileKind::Audio, &seen(Some("audio/ogg"), None, 1)).unwrap_err();
    assert!(voice.detail().contains("audio/ogg; codecs=opus (given: audio/ogg)"), "{}", voice.detail());
}

#[test]
fn kinds_are_spelled_as_meta_spells_types() {
    for kind in FileKind::ALL {
        assert_eq!(FileKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(FileKind::parse("text"), None);
}
