//! `smb_message_echoes`: what the business wrote from its phone. An echo is outbound and opens no window.

use serde_json::value::RawValue;

use crate::ids::{PhoneNumberId, UserId, WaId};
use crate::inbound::InboundMessage;
use crate::json::Fields;
use crate::redact::redacted_debug;
use crate::webhook::SenderProfile;

pub struct Echoes<'a> {
    pub phone_number_id: Option<PhoneNumberId>,
    /// The people written to.
    pub contacts: Vec<SenderProfile<'a>>,
    pub echoes: Vec<Echo<'a>>,
    /// Elements that are none.
    pub unknown: Vec<&'a RawValue>,
}

/// One element of `message_echoes[]`.
pub struct Echo<'a> {
    pub to: Option<WaId>,
    pub to_user_id: Option<UserId>,
    pub to_parent_user_id: Option<UserId>,
    /// Its `from` is the business.
    pub message: InboundMessage<'a>,
}

redacted_debug!(Echoes<'_>, Echo<'_>);

impl<'a> Echoes<'a> {
    pub(super) fn read(value: &Fields<'a>) -> Option<Self> {
        let elements = value.items("message_echoes");
        if elements.is_empty() {
            return None;
        }
        let mut read = Self {
            phone_number_id: value.object("metadata").and_then(|metadata| metadata.id("phone_number_id")),
            contacts: value.items("contacts").into_iter().filter_map(SenderProfile::parse).collect(),
            echoes: Vec::new(),
            unknown: Vec::new(),
        };
        for raw in elements {
            match Echo::parse(raw) {
                Some(echo) => read.echoes.push(echo),
                None => read.unknown.push(raw),
            }
        }
        Some(read)
    }
}

impl<'a> Echo<'a> {
    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self {
            to: fields.wa_id("to"),
            to_user_id: fields.id("to_user_id"),
            to_parent_user_id: fields.id("to_parent_user_id"),
            message: InboundMessage::parse(raw)?,
        })
    }
}
