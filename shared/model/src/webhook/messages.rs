//! The value of a `messages` change: messages, statuses, and whatever else rides along.

use serde_json::value::RawValue;

use super::SenderProfile;
use crate::ids::PhoneNumberId;
use crate::inbound::InboundMessage;
use crate::json::{Fields, items};
use crate::status::{self, StatusUpdate};

/// Every element of `messages[]` and `statuses[]` is in exactly one of `messages`, `statuses` and `unknown`.
pub struct MessagesValue<'a> {
    pub phone_number_id: PhoneNumberId,
    /// To show, never to route by: it comes formatted in several ways and may lack a digit.
    pub display_phone_number: Option<String>,
    pub contacts: Vec<SenderProfile<'a>>,
    pub messages: Vec<InboundMessage<'a>>,
    pub statuses: Vec<StatusUpdate<'a>>,
    pub unknown: Vec<Unknown<'a>>,
}

/// Something in a `messages` value that is neither a message nor the status of one.
pub struct Unknown<'a> {
    /// The key it stood under (`errors`, `user_actions`, `messages` …); `statuses.payment` for a typed status.
    pub kind: String,
    pub raw: &'a RawValue,
}

impl<'a> MessagesValue<'a> {
    /// `None` where there is no `metadata.phone_number_id`: then nobody knows whose messages these are.
    pub(super) fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse_any(raw)?;
        let metadata = fields.object("metadata")?;
        let mut value = Self {
            phone_number_id: metadata.id("phone_number_id")?,
            display_phone_number: metadata.literal("display_phone_number"),
            contacts: Vec::new(),
            messages: Vec::new(),
            statuses: Vec::new(),
            unknown: Vec::new(),
        };
        for (name, member) in fields.iter() {
            value.take(name, member);
        }
        Some(value)
    }

    /// The sender's entry in `contacts[]`, matched by identity.
    pub fn profile_of(&self, message: &InboundMessage<'_>) -> Option<&SenderProfile<'a>> {
        self.contacts.iter().find(|profile| profile.is(message.from.as_ref(), message.from_user_id.as_ref()))
    }

    fn take(&mut self, name: &str, member: &'a RawValue) {
        match (name, items(member)) {
            ("metadata" | "messaging_product", _) => {}
            ("contacts", Some(elements)) => {
                for element in elements {
                    match SenderProfile::parse(element) {
                        Some(profile) => self.contacts.push(profile),
                        None => self.set_aside(name, element),
                    }
                }
            }
            ("messages", Some(elements)) => {
                for element in elements {
                    match InboundMessage::parse(element) {
                        Some(message) => self.messages.push(message),
                        None => self.set_aside(name, element),
                    }
                }
            }
            ("statuses", Some(elements)) => {
                for element in elements {
                    match StatusUpdate::parse(element) {
                        Some(status) => self.statuses.push(status),
                        None => self.set_aside(&status_kind(element), element),
                    }
                }
            }
            // Some samples list every key with nothing in it.
            (_, Some(elements)) if elements.is_empty() => {}
            _ if member.get() == "null" => {}
            _ => self.set_aside(name, member),
        }
    }

    fn set_aside(&mut self, kind: &str, raw: &'a RawValue) {
        self.unknown.push(Unknown { kind: kind.to_owned(), raw });
    }
}

fn status_kind(element: &RawValue) -> String {
    match Fields::parse(element).as_ref().and_then(status::item_type) {
        Some(kind) if kind != "message" => format!("statuses.{kind}"),
        _ => "statuses".to_owned(),
    }
}
