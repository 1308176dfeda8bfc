//! What to show a person for a message, in one line of plain text (U-01).

use serde::Serialize;

use super::{ContactCard, Content, InboundMessage, Interactive, Media, Reaction, System, SystemKind};
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Display {
    pub text: String,
    /// What it is: Meta's `type`, and for `unsupported` what Meta says it was.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether there is more to see in Meta's own JSON, because we could not show the content itself.
    pub payload_available: bool,
}

redacted_debug!(Display);

impl InboundMessage<'_> {
    /// `fallback` is shown for what is not supported: the channel's own words for it.
    pub fn display(&self, fallback: &str) -> Display {
        let shown = text(&self.content);
        let kind = match &self.content {
            Content::Unsupported(unsupported) => unsupported.kind.as_ref().unwrap_or(&self.kind),
            _ => &self.kind,
        };
        Display {
            payload_available: shown.is_none(),
            text: shown.unwrap_or_else(|| fallback.to_owned()),
            kind: kind.clone(),
        }
    }
}

/// `None` for what we cannot show.
fn text(content: &Content) -> Option<String> {
    Some(match content {
        Content::Text(text) => text.body.clone(),
        Content::Image(file) => media("Image", file),
        Content::Video(file) => media("Video", file),
        Content::Document(file) => media("Document", file),
        Content::Audio(file) if file.voice == Some(true) => media("Voice message", file),
        Content::Audio(file) => media("Audio", file),
        Content::Sticker(file) => media("Sticker", file),
        Content::Location(place) => {
            let coordinates = format!("{}, {}", place.latitude, place.longitude);
            labelled("Location", place.name.as_ref().or(place.address.as_ref()).unwrap_or(&coordinates))
        }
        Content::Contacts(cards) => {
            let names: Vec<_> = cards.iter().map(card_name).collect();
            labelled("Contact", &names.join(", "))
        }
        Content::Reaction(Reaction { emoji: Some(emoji), .. }) => labelled("Reaction", emoji),
        Content::Reaction(_) => "[Reaction removed]".to_owned(),
        Content::Button(button) => button.text.clone().or_else(|| button.payload.clone())?,
        Content::Interactive(answer) => interactive(answer)?,
        Content::Order(order) => {
            let count = format!("{} items", order.product_items.len());
            labelled("Order", order.text.as_ref().unwrap_or(&count))
        }
        Content::System(system) => system_text(system),
        Content::RequestWelcome => "[Chat opened]".to_owned(),
        Content::Edit(edit) => labelled("Edited", &text(&edit.content)?),
        Content::Revoke(_) => "[Message deleted]".to_owned(),
        Content::Unsupported(_) | Content::Unknown { .. } => return None,
    })
}

fn labelled(label: &str, text: &str) -> String {
    if text.is_empty() { format!("[{label}]") } else { format!("[{label}] {text}") }
}

fn media(label: &str, file: &Media) -> String {
    labelled(label, file.caption.as_ref().or(file.filename.as_ref()).map_or("", String::as_str))
}

fn card_name(card: &ContactCard) -> &str {
    let name = card.name.as_ref().and_then(|name| name.formatted_name.as_ref().or(name.first_name.as_ref()));
    let phone = || card.phones.iter().find_map(|entry| entry.phone.as_ref());
    name.or_else(phone).map_or("?", String::as_str)
}

fn interactive(answer: &Interactive) -> Option<String> {
    match answer {
        Interactive::ButtonReply(choice) | Interactive::ListReply(choice) => {
            Some(choice.title.as_ref().unwrap_or(&choice.id).clone())
        }
        Interactive::NfmReply(reply) => Some(labelled("Form", reply.body.as_deref().unwrap_or_default())),
        Interactive::CallPermissionReply(reply) => Some(labelled("Call permission", &reply.response)),
        Interactive::PaymentMethod(payment) => {
            Some(labelled("Payment method", payment.payment_method.as_deref().unwrap_or_default()))
        }
        Interactive::Other { .. } => None,
    }
}

fn system_text(system: &System) -> String {
    system.body.clone().unwrap_or_else(|| {
        match system.kind {
            SystemKind::NumberChanged => "[Changed their number]",
            SystemKind::UserIdChanged => "[Changed their user id]",
            SystemKind::IdentityChanged => "[Changed their security code]",
            SystemKind::Other(_) => "[System message]",
        }
        .to_owned()
    })
}
