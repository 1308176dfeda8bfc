//! The body of a send, as the OpenAPI document shows it. It is never read through these types: what is Meta's is
//! checked by the model and kept as it came.
#![expect(dead_code, reason = "only their schemas are used")]

use model::Timestamp;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Meta's message object, and optional options of ours beside it. Exactly one content, under the name of its `type`.
#[derive(ToSchema)]
pub(crate) struct SendRequest {
    /// `whatsapp`; added where absent.
    messaging_product: Option<String>,
    /// `individual`; groups are not supported yet.
    recipient_type: Option<String>,
    /// A phone number with its country code.
    to: Option<String>,
    /// A business-scoped user id, where there is no phone number. `to` wins where both are given.
    recipient: Option<String>,
    /// `text`, `template`, `image`, `video`, `audio`, `document`, `sticker`, `interactive`, `location`, `contacts` or
    /// `reaction`.
    r#type: String,
    /// `{body, preview_url?}`
    #[schema(value_type = Option<Object>)]
    text: Option<Box<RawValue>>,
    /// `{name, language: {code}, components?}`
    #[schema(value_type = Option<Object>)]
    template: Option<Box<RawValue>>,
    /// `{id | link, caption?}`
    #[schema(value_type = Option<Object>)]
    image: Option<Box<RawValue>>,
    /// `{id | link, caption?}`
    #[schema(value_type = Option<Object>)]
    video: Option<Box<RawValue>>,
    /// `{id | link, voice?}`
    #[schema(value_type = Option<Object>)]
    audio: Option<Box<RawValue>>,
    /// `{id | link, caption?, filename?}`
    #[schema(value_type = Option<Object>)]
    document: Option<Box<RawValue>>,
    /// `{id | link}`
    #[schema(value_type = Option<Object>)]
    sticker: Option<Box<RawValue>>,
    /// `{type, header?, body?, footer?, action}`
    #[schema(value_type = Option<Object>)]
    interactive: Option<Box<RawValue>>,
    /// `{latitude, longitude, name?, address?}`
    #[schema(value_type = Option<Object>)]
    location: Option<Box<RawValue>>,
    /// Contact cards: `[{name: {formatted_name, …}, phones?, …}]`
    #[schema(value_type = Option<Vec<Object>>)]
    contacts: Option<Box<RawValue>>,
    /// `{message_id, emoji}`; an empty emoji takes the reaction back.
    #[schema(value_type = Option<Object>)]
    reaction: Option<Box<RawValue>>,
    context: Option<QuotedMessage>,
    /// The caller's own, up to 512 characters. It comes back as `reference`; Meta is sent the send id in its place.
    biz_opaque_callback_data: Option<String>,
    waypost: Option<SendOptions>,
}

/// The message that this one answers.
#[derive(ToSchema)]
pub(crate) struct QuotedMessage {
    /// Its wamid.
    message_id: String,
}

/// Options of ours, which Meta never sees. Any other one is refused with `not_supported`.
#[derive(ToSchema)]
pub(crate) struct SendOptions {
    /// `meta`: send whatever is known of the service window, and let Meta judge.
    window: Option<String>,
    /// Not sent before this time, which may lie 180 days ahead.
    #[schema(value_type = Option<String>, format = DateTime)]
    send_at: Option<Timestamp>,
    /// Seconds, from being queued or from `send_at`, after which it is not sent any more: 1 to 2,592,000.
    expires_in: Option<u32>,
    /// What becomes of it where nothing tells whether Meta took it: `fail` (the default) or `resend`.
    on_uncertain: Option<String>,
    /// `true`: sent once the message before it to the same person is delivered. Or the id of the send to wait for.
    #[schema(value_type = Option<Object>)]
    after_delivered: Option<Box<RawValue>>,
}
