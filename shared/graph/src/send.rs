//! The messages edge (`WhatsApp Cloud API/Messages`).

use model::{MessageId, PhoneNumberId, UserId, WaId};
use serde::Deserialize;
use serde_json::json;

use crate::error::Effect;
use crate::{Client, Error, Token};

/// Meta took the message. That it arrives is another matter: statuses tell.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub wamid: MessageId,
    /// Meta's spelling of the recipient, which may differ from what was dialled. Absent when addressed by user id.
    pub wa_id: Option<WaId>,
    /// Present only when addressed by user id alone.
    pub user_id: Option<UserId>,
    /// Absent means `accepted`; `held_for_quality_assessment` while Meta paces a template.
    pub message_status: Option<String>,
}

impl Client {
    /// Sends one message, given as Meta's JSON. Called twice it is sent twice: Meta knows no idempotency key.
    pub async fn send(&self, token: &Token, phone_number_id: &PhoneNumberId, body: String) -> Result<Accepted, Error> {
        let url = self.url(&[phone_number_id.as_str(), "messages"])?;
        let answer = self.post(token, url, body, Effect::Send).await?;
        let Sent { messages, contacts } = answer.read()?;
        let message = messages.into_iter().next().ok_or_else(|| answer.unexpected())?;
        let contact = contacts.into_iter().next().unwrap_or_default();
        Ok(Accepted {
            wamid: MessageId::new(message.id),
            wa_id: contact.wa_id.filter(|id| !id.as_str().is_empty()),
            user_id: contact.user_id.filter(|id| !id.as_str().is_empty()),
            message_status: message.message_status,
        })
    }

    /// Marks an inbound message read, and with it what came before; `typing` shows the person that an answer is being
    /// written. Harmless to repeat.
    pub async fn mark_read(
        &self,
        token: &Token,
        phone_number_id: &PhoneNumberId,
        wamid: &MessageId,
        typing: bool,
    ) -> Result<(), Error> {
        let url = self.url(&[phone_number_id.as_str(), "messages"])?;
        let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": wamid});
        if typing {
            body["typing_indicator"] = json!({"type": "text"});
        }
        self.change(token, url, &body).await
    }
}

#[derive(Deserialize)]
struct Sent {
    messages: Vec<Message>,
    #[serde(default)]
    contacts: Vec<Contact>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(deserialize_with = "not_empty")]
    id: String,
    message_status: Option<String>,
}

#[derive(Default, Deserialize)]
struct Contact {
    wa_id: Option<WaId>,
    user_id: Option<UserId>,
}

fn not_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    if id.is_empty() { Err(serde::de::Error::custom("an empty id")) } else { Ok(id) }
}
