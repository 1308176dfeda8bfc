//! The header of an interactive message: a text or a file.

use super::super::Invalid;
use super::super::media::Media;
use super::super::place::{Object, Place};
use crate::limits;

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
    Image,
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
    match rule {
        HeaderRule::Text | HeaderRule::TextRequired if kind != HeaderKind::Text => {
            Err(place.invalid("must be of type text in this kind of interactive message"))
        }
        HeaderRule::Image if kind != HeaderKind::Image => {
            Err(place.invalid("must be of type image in this kind of interactive message"))
        }
        _ => Ok(Some(kind)),
    }
}

/// The header of a carousel's card: a picture or a film.
pub(super) fn of_card(place: &Place<'_>) -> Result<(), Invalid> {
    match header(place)? {
        HeaderKind::Image | HeaderKind::Video => Ok(()),
        _ => Err(place.invalid("must be of type image or video in a card")),
    }
}

fn header(place: &Place<'_>) -> Result<HeaderKind, Invalid> {
    let header = place.object()?;
    let kind = header.required("type")?.filled_text()?;
    let media = || Media::read(&kind, &header.required(&kind)?.object()?);
    match kind.as_str() {
        "text" => header.required("text")?.filled_within(&limits::HEADER_TEXT).map(|_| HeaderKind::Text),
        "image" => media().map(|_| HeaderKind::Image),
        "video" => media().map(|_| HeaderKind::Video),
        "document" => media().map(|_| HeaderKind::Document),
        _ => Err(header.invalid("type", "must be text, image, video or document")),
    }
}
