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
}
