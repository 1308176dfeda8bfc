//! What went wrong, in one word. Programs branch on these: a code never changes its meaning.

use axum::http::StatusCode;
use model::template::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProblemCode)]
pub(crate) enum Code {
    InvalidJson,
    InvalidQuery,
    InvalidCursor,
    InvalidIdempotencyKey,
    NotFound,
    NoMedia,
    UnknownChannel,
    MethodNotAllowed,
    Conflict,
    ChannelExists,
    NameTaken,
    SendsPending,
    IdempotencyConflict,
    NotCancellable,
    NotMerged,
    MediaPending,
    MediaFailed,
    TooLarge,
    InvalidRequest,
    InvalidMessage,
    InvalidTemplate,
    WindowClosed,
    TemplateUnknown,
    TemplateNotApproved,
    TemplatePaused,
    TemplateDisabled,
    TemplateMismatch,
    TemplateChanged,
    TemplateNotEditable,
    VariableMissing,
    OptedOut,
    TestNumberRecipients,
    NotSupported,
    Throttled,
    Internal,
    MetaRefused,
    Unavailable,
    MetaUnavailable,
    TokenRefused,
}

impl Code {
    pub(crate) fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Unknown { .. } => Self::TemplateUnknown,
            Refusal::NotApproved(_) => Self::TemplateNotApproved,
            Refusal::Paused(_) => Self::TemplatePaused,
            Refusal::Disabled(_) => Self::TemplateDisabled,
            Refusal::Mismatch(_) => Self::TemplateMismatch,
            Refusal::Changed => Self::TemplateChanged,
            Refusal::Unfilled(_) => Self::VariableMissing,
            Refusal::OptedOut(_) => Self::OptedOut,
        }
    }

    /// Its status and title.
    pub(crate) fn facts(self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidJson => (StatusCode::BAD_REQUEST, "The body is not JSON"),
            Self::InvalidQuery => (StatusCode::BAD_REQUEST, "The query cannot be read"),
            Self::InvalidCursor => (StatusCode::BAD_REQUEST, "The cursor cannot be read"),
            Self::InvalidIdempotencyKey => (StatusCode::BAD_REQUEST, "The Idempotency-Key cannot be used"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found"),
            Self::NoMedia => (StatusCode::NOT_FOUND, "No file"),
            Self::UnknownChannel => (StatusCode::NOT_FOUND, "No such channel"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::Conflict => (StatusCode::CONFLICT, "Somebody else changed it meanwhile"),
            Self::ChannelExists => (StatusCode::CONFLICT, "The number is a channel already"),
            Self::NameTaken => (StatusCode::CONFLICT, "Another channel has this name"),
            Self::SendsPending => (StatusCode::CONFLICT, "Something is still to be sent"),
            Self::IdempotencyConflict => (StatusCode::CONFLICT, "The key was used with another body"),
            Self::NotMerged => (StatusCode::CONFLICT, "Not merged"),
            Self::NotCancellable => (StatusCode::CONFLICT, "Too late to cancel"),
            Self::MediaPending => (StatusCode::CONFLICT, "The file is not there yet"),
            Self::MediaFailed => (StatusCode::GONE, "The file is not to be had"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Too large"),
            Self::InvalidRequest => (StatusCode::UNPROCESSABLE_ENTITY, "The request breaks a rule"),
            Self::InvalidMessage => (StatusCode::UNPROCESSABLE_ENTITY, "The message breaks a rule"),
            Self::InvalidTemplate => (StatusCode::UNPROCESSABLE_ENTITY, "The template breaks a rule"),
            Self::WindowClosed => (StatusCode::UNPROCESSABLE_ENTITY, "The service window is closed"),
            Self::TemplateUnknown => (StatusCode::UNPROCESSABLE_ENTITY, "No such template in this language"),
            Self::TemplateNotApproved => (StatusCode::UNPROCESSABLE_ENTITY, "The template is not approved"),
            Self::TemplatePaused => (StatusCode::UNPROCESSABLE_ENTITY, "The template is paused"),
            Self::TemplateDisabled => (StatusCode::UNPROCESSABLE_ENTITY, "The template is disabled"),
            Self::TemplateMismatch => (StatusCode::UNPROCESSABLE_ENTITY, "The parameters do not fit the template"),
            Self::TemplateChanged => (StatusCode::UNPROCESSABLE_ENTITY, "The template has changed"),
            Self::TemplateNotEditable => (StatusCode::CONFLICT, "Meta does not let the template be changed now"),
            Self::VariableMissing => (StatusCode::UNPROCESSABLE_ENTITY, "A variable has no value"),
            Self::OptedOut => (StatusCode::UNPROCESSABLE_ENTITY, "The person has stopped marketing"),
            Self::TestNumberRecipients => {
                (StatusCode::UNPROCESSABLE_ENTITY, "A test number writes to five people only")
            }
            Self::NotSupported => (StatusCode::UNPROCESSABLE_ENTITY, "Not supported yet"),
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Meta asks for patience"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "A fault of the system"),
            Self::MetaRefused => (StatusCode::BAD_GATEWAY, "Meta refused"),
            Self::MetaUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "Meta did not answer as it should"),
            Self::TokenRefused => (StatusCode::SERVICE_UNAVAILABLE, "There is no access token that Meta takes"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Not available for now"),
        }
    }

    /// What to do where nothing more particular is known.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::InvalidJson => "Send one JSON value, as GET /v1/openapi.json describes it.",
            Self::InvalidQuery => "Correct the parameter; GET /v1/openapi.json lists those of each path.",
            Self::InvalidCursor => "Begin the list anew, without a cursor.",
            Self::InvalidIdempotencyKey => "Use 1 to 256 printable ASCII characters, or no key.",
            Self::NotFound => "Compare the path and the id with the list they come from.",
            Self::NoMedia => "Only what came or went with a file has one; GET /v1/messages/{id} shows what it is.",
            Self::UnknownChannel => {
                "GET /v1/channels lists the channels; `waypost connect` or `channel add` makes one."
            }
            Self::MethodNotAllowed => "Use a method of the Allow header.",
            Self::Conflict => "Read it again, and change what it is now.",
            Self::ChannelExists => "PATCH /v1/channels/{phone_number_id} changes it.",
            Self::NameTaken => "Choose another name.",
            Self::SendsPending => "Wait until they are sent, cancel them, or give them up with abandon_sends=true.",
            Self::IdempotencyConflict => "Use a new key for a new message.",
            Self::NotCancellable => "Nothing: it is being sent, or its outcome stands.",
            Self::NotMerged => "GET /v1/contacts/{contact} shows what is merged with what.",
            Self::MediaPending => "Ask again in a moment.",
            Self::MediaFailed => "Ask the sender for the file again.",
            Self::TooLarge => "Send less at once; larger files are uploaded first (POST …/media).",
            Self::InvalidRequest => "Correct the field and send it anew; nothing was changed.",
            Self::InvalidMessage => {
                "Correct the field and send it anew; nothing was queued. infra/docs/message-types.md has each type and limit."
            }
            Self::InvalidTemplate => "Correct what breaks a rule; `waypost templates lint` shows it before it is sent.",
            Self::WindowClosed => "Send a template.",
            Self::TemplateUnknown
            | Self::TemplateNotApproved
            | Self::TemplatePaused
            | Self::TemplateDisabled
            | Self::TemplateMismatch
            | Self::TemplateChanged => "Send anew what GET /v1/wabas/{waba_id}/templates shows as approved.",
            Self::TemplateNotEditable => "Wait, or make a template of another name.",
            Self::VariableMissing => "Give the value or a default, or let missing be skip.",
            Self::OptedOut => "Send nothing of marketing to this person until they ask for it again.",
            Self::TestNumberRecipients => "Write to one of the five, or from a number of your own.",
            Self::NotSupported => "Leave the member out.",
            Self::Throttled => "Wait for as long as Retry-After says.",
            Self::Internal => "`waypost doctor` looks for the cause; the function's log has the error.",
            Self::MetaRefused => "Correct what Meta names, in `meta`.",
            Self::Unavailable | Self::MetaUnavailable => "Try again in a moment.",
            Self::TokenRefused => "`waypost token check` says what is wrong with it, `token set` replaces it.",
        }
    }
}
