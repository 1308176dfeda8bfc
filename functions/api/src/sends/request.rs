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
    /// `individual` (the default) or `group`.
    recipient_type: Option<String>,
    /// A phone number of 8 to 15 digits with its country code, or the id of a group.
    to: Option<String>,
    /// A business-scoped user id, where there is no phone number. `to` wins where both are given.
    recipient: Option<String>,
    /// `text`, `template`, `image`, `video`, `audio`, `document`, `sticker`, `interactive`, `location`, `contacts`,
    /// `reaction` or, in a group, `pin`. A group takes text, media, templates and pins only.
    r#type: String,
    /// `{body, preview_url?}`; the body has 1 to 4096 characters.
    #[schema(value_type = Option<Object>)]
    text: Option<Box<RawValue>>,
    /// `{name, language: {code}, components?}`; a component without values is left out.
    #[schema(value_type = Option<Object>)]
    template: Option<Box<RawValue>>,
    /// `{id | link, caption?}`; a caption has at most 1024 characters.
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
    /// `{type, header?, body?, footer?, action}`; the limits of each kind are in infra/docs/message-types.md.
    #[schema(value_type = Option<Object>)]
    interactive: Option<Box<RawValue>>,
    /// `{latitude, longitude, name?, address?}`; -90 to 90 and -180 to 180 degrees.
    #[schema(value_type = Option<Object>)]
    location: Option<Box<RawValue>>,
    /// 1 to 257 cards: `[{name: {formatted_name, …}, phones?, …}]`
    #[schema(value_type = Option<Vec<Object>>)]
    contacts: Option<Box<RawValue>>,
    /// `{message_id, emoji}`; an empty emoji takes the reaction back. Takes no `context`.
    #[schema(value_type = Option<Object>)]
    reaction: Option<Box<RawValue>>,
    /// `{type: pin | unpin, message_id, expiration_days?}`, in a group.
    #[schema(value_type = Option<Object>)]
    pin: Option<Box<RawValue>>,
    context: Option<QuotedMessage>,
    /// Meta sends only where the person's key still has this hash; else the message fails with 137000.
    recipient_identity_key_hash: Option<String>,
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
    /// `true`: a `type`, an interactive kind, a component or a parameter that this version does not know goes to Meta as it
    /// is. What is known is checked all the same.
    raw: Option<bool>,
    /// The file that the message brings, in place of Meta's `id` or `link`.
    media: Option<SendMedia>,
    /// What fills the template's parameters: `{header?, body?, buttons?, values?}`. A variable is a text, or
    /// `{contact | value | literal, default?, missing?}`.
    #[schema(value_type = Option<Object>)]
    variables: Option<Box<RawValue>>,
    /// Meta's template object `{name, language: {code}, components?}`: sent instead where the window is closed.
    #[schema(value_type = Option<Object>)]
    fallback_template: Option<Box<RawValue>>,
}

/// A file for an image, video, audio, document or sticker message: either a `key` or a `url`. It is checked by its bytes and
/// brought to Meta; the send waits for it.
#[derive(ToSchema)]
pub(crate) struct SendMedia {
    /// From `POST /v1/channels/{phone_number_id}/media`, or an object of the bucket under `library/`.
    #[schema(max_length = 1_024)]
    key: Option<String>,
    /// A public https URL that is fetched without credentials; up to 256 MiB.
    #[schema(max_length = 2_048)]
    url: Option<String>,
    /// What becomes of a file that Meta does not take: `link` (the person gets a link to it, in a text) or `fail`. Else as
    /// the channel has it.
    unsupported: Option<String>,
}
