//! The header of an interactive message: a text or a file.

use super::super::Invalid;
use super::super::media::Media;
use super::super::place::{Object, Place};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderKind {
    Text,
    Image,
    Video,
    Document,
}

#[derive(Clone, Copy)]
pub(super) enum HeaderRule {
    None,
    Any,
    Text,
    TextRequired,
}

pub(super) fn read(interactive: &Object<'_>, rule: HeaderRule) -> Result<Option<HeaderKind>, Invalid> {
    let Some(place) = interactive.optional("header") else {
        return match rule {
            HeaderRule::TextRequired => Err(interactive.invalid("header", "is required")),
            _ => Ok(None),
        };
    };
    if matches!(rule, HeaderRule::None) {
        return Err(place.invalid("is not allowed in this kind of interactive message"));
    }
    let kind = header(&place)?;
    if matches!(rule, HeaderRule::Text | HeaderRule::TextRequired) && kind != HeaderKind::Text {
        return Err(place.invalid("must be of type text in this kind of interactive message"));
    }
    Ok(Some(kind))
}

/// Also the header of a carousel's card.
pub(super) fn header(place: &Place<'_>) -> Result<HeaderKind, Invalid> {
    let header = place.object()?;
    let kind = header.required("type")?.filled_text()?;
    let media = || Media::read(&header.required(&kind)?.object()?);
    match kind.as_str() {
        "text" => header.required("text")?.filled_text().map(|_| HeaderKind::Text),
        "image" => media().map(|_| HeaderKind::Image),
        "video" => media().map(|_| HeaderKind::Video),
        "document" => media().map(|_| HeaderKind::Document),
        _ => Err(header.invalid("type", "must be text, image, video or document")),
    }
}
