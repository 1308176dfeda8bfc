//! `interactive`: the person answered buttons, a list, a flow, a call request or a payment.

use serde_json::value::RawValue;

use crate::json::Fields;
use crate::redact::redacted_debug;
use crate::time::{self, Timestamp};

#[derive(Clone, PartialEq, Eq)]
pub enum Interactive {
    ButtonReply(Choice),
    ListReply(Choice),
    /// A flow or an address form.
    NfmReply(FlowReply),
    CallPermissionReply(CallPermission),
    PaymentMethod(PaymentMethod),
    /// An answer of a kind we do not know. The person answered all the same.
    Other {
        kind: String,
    },
}

#[derive(Clone, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub title: Option<String>,
    pub description: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct FlowReply {
    pub name: Option<String>,
    pub body: Option<String>,
    /// JSON inside a string, and not always an object.
    pub response_json: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPermission {
    /// `accept` or `reject`.
    pub response: String,
    pub is_permanent: Option<bool>,
    pub expires_at: Option<Timestamp>,
    /// `user_action` or `automatic`.
    pub response_source: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct PaymentMethod {
    pub payment_method: Option<String>,
    pub reference_id: Option<String>,
    pub paid_at: Option<Timestamp>,
    pub last_four_digits: Option<String>,
    pub credential_id: Option<String>,
}

redacted_debug!(Interactive, Choice, FlowReply, PaymentMethod);

impl Interactive {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let kind = fields.literal("type")?;
        let inner = || fields.object(&kind);
        Some(match kind.as_str() {
            "button_reply" => Self::ButtonReply(Choice::read(&inner()?)?),
            "list_reply" => Self::ListReply(Choice::read(&inner()?)?),
            "nfm_reply" => Self::NfmReply(FlowReply::read(&inner()?)),
            "call_permission_reply" => Self::CallPermissionReply(CallPermission::read(&inner()?)?),
            "payment_method" => Self::PaymentMethod(PaymentMethod::read(&inner()?)),
            _ => Self::Other { kind },
        })
    }
}

impl Choice {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self {
            id: fields.literal("id")?,
            title: fields.literal("title"),
            description: fields.literal("description"),
        })
    }
}

impl FlowReply {
    fn read(fields: &Fields<'_>) -> Self {
        Self {
            name: fields.literal("name"),
            body: fields.literal("body"),
            response_json: fields.literal("response_json"),
        }
    }
}

impl CallPermission {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self {
            response: fields.literal("response")?,
            is_permanent: fields.flag("is_permanent"),
            expires_at: fields.get("expiration_timestamp").and_then(time::from_meta),
            response_source: fields.literal("response_source"),
        })
    }
}

impl PaymentMethod {
    fn read(fields: &Fields<'_>) -> Self {
        Self {
            payment_method: fields.literal("payment_method"),
            reference_id: fields.literal("reference_id"),
            paid_at: fields.get("payment_timestamp").and_then(time::from_meta),
            last_four_digits: fields.literal("last_four_digits"),
            credential_id: fields.literal("credential_id"),
        }
    }
}
