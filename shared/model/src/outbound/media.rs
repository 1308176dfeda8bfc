//! `image`, `video`, `audio`, `document` and `sticker`: a file uploaded before, or a link Meta fetches.

use super::Invalid;
use super::place::{Object, Place};
use crate::ids::MediaId;
use crate::limits;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    pub source: MediaSource,
    pub caption: Option<String>,
    pub filename: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub enum MediaSource {
    Id(MediaId),
    Link(String),
}

redacted_debug!(Media, MediaSource);

impl Media {
    /// `kind` is Meta's word for what it is, as in `image`.
    pub(super) fn read(kind: &str, media: &Object<'_>) -> Result<Self, Invalid> {
        let source = match (media.optional("id"), media.optional("link")) {
            (Some(id), None) => MediaSource::Id(id.literal()?.into()),
            (None, Some(place)) => MediaSource::Link(link(&place)?),
            (Some(_), Some(_)) => return Err(media.invalid("link", "must not be given beside id: send one of them")),
            (None, None) => return Err(media.invalid("id", "is required, or a link")),
        };
        if matches!(kind, "audio" | "sticker") {
            media.forbid("caption", &format!("is not allowed: {kind} messages have none"))?;
        }
        if kind != "document" {
            media.forbid("filename", "is allowed for documents only")?;
        }
        if let Some(voice) = media.optional("voice") {
            voice.flag()?;
        }
        let within = |name, limit| media.optional(name).map(|place| place.text_within(limit)).transpose();
        Ok(Self {
            source,
            caption: within("caption", &limits::CAPTION)?,
            filename: within("filename", &limits::FILENAME)?,
        })
    }
}

pub(super) fn link(place: &Place<'_>) -> Result<String, Invalid> {
    let link = place.text()?;
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    let usable =
        rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace));
    if usable { Ok(link) } else { Err(place.invalid("must be an http or https URL")) }
}
