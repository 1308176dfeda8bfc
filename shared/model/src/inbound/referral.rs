//! `referral`: the ad or post that brought the person here. It rides on a message of any type.

use crate::json::Fields;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Referral {
    pub source_url: Option<String>,
    pub source_id: Option<String>,
    /// `ad` or `post`.
    pub source_type: Option<String>,
    pub body: Option<String>,
    pub headline: Option<String>,
    pub media_type: Option<String>,
    pub image_url: Option<String>,
    pub video_url: Option<String>,
    pub thumbnail_url: Option<String>,
    /// Left out for Status ads.
    pub ctwa_clid: Option<String>,
    pub welcome_message: Option<String>,
}

redacted_debug!(Referral);

impl Referral {
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        Self {
            source_url: fields.literal("source_url"),
            source_id: fields.literal("source_id"),
            source_type: fields.literal("source_type"),
            body: fields.literal("body"),
            headline: fields.literal("headline"),
            media_type: fields.literal("media_type"),
            image_url: fields.literal("image_url"),
            video_url: fields.literal("video_url"),
            thumbnail_url: fields.literal("thumbnail_url"),
            ctwa_clid: fields.literal("ctwa_clid"),
            welcome_message: fields.object("welcome_message").and_then(|message| message.literal("text")),
        }
    }
}
