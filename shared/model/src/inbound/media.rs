//! `image`, `video`, `document`, `audio` and `sticker`: a file that Meta keeps for seven days.

use serde_json::value::RawValue;

use crate::ids::MediaId;
use crate::json::Fields;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    pub id: MediaId,
    /// May carry a parameter, as in `audio/ogg; codecs=opus`.
    pub mime_type: Option<String>,
    /// Base64 of the file's SHA-256.
    pub sha256: Option<String>,
    /// Lives for five minutes and needs the access token: the id is what to keep.
    pub url: Option<String>,
    pub caption: Option<String>,
    pub filename: Option<String>,
    /// Audio recorded in the chat.
    pub voice: Option<bool>,
    /// Of stickers.
    pub animated: Option<bool>,
}

redacted_debug!(Media);

impl Media {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self {
            id: fields.id("id")?,
            mime_type: fields.literal("mime_type"),
            sha256: fields.literal("sha256"),
            url: fields.literal("url"),
            caption: fields.literal("caption"),
            filename: fields.literal("filename"),
            voice: fields.flag("voice"),
            animated: fields.flag("animated"),
        })
    }
}
