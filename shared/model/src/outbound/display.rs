//! What to show a person for a message of ours, in one line of plain text.

use super::{ContactCard, Media, OutboundContent, OutboundMessage};
use crate::inbound::Display;

impl OutboundMessage {
    pub fn display(&self) -> Display {
        let kind = self.kind.clone();
        let (text, payload_available) = match &self.content {
            OutboundContent::Text(text) => (text.body.clone(), false),
            // Its words are the template's, filled in by Meta.
            OutboundContent::Template(template) => {
                (format!("[Template] {} ({})", template.name, template.language), true)
            }
            OutboundContent::Image(file) => (media("Image", file), false),
            OutboundContent::Video(file) => (media("Video", file), false),
            OutboundContent::Audio(file) => (media("Audio", file), false),
            OutboundContent::Document(file) => (media("Document", file), false),
            OutboundContent::Sticker(file) => (media("Sticker", file), false),
            OutboundContent::Interactive(interactive) => {
                (interactive.body.clone().unwrap_or_else(|| format!("[{}]", interactive.kind)), true)
            }
            OutboundContent::Location(place) => {
                let coordinates = format!("{}, {}", place.latitude, place.longitude);
                (
                    format!("[Location] {}", place.name.as_ref().or(place.address.as_ref()).unwrap_or(&coordinates)),
                    false,
                )
            }
            OutboundContent::Contacts(cards) => (format!("[Contact] {}", names(cards)), false),
            OutboundContent::Reaction(reaction) if reaction.emoji.is_empty() => {
                ("[Reaction removed]".to_owned(), false)
            }
            OutboundContent::Reaction(reaction) => (format!("[Reaction] {}", reaction.emoji), false),
            OutboundContent::Pin(pin) if pin.unpin => ("[Unpinned]".to_owned(), false),
            OutboundContent::Pin(_) => ("[Pinned]".to_owned(), false),
            OutboundContent::Unknown => (format!("[{kind}]"), true),
        };
        Display { text, kind, payload_available }
    }
}

fn media(label: &str, file: &Media) -> String {
    match file.caption.as_ref().or(file.filename.as_ref()) {
        Some(words) => format!("[{label}] {words}"),
        None => format!("[{label}]"),
    }
}

fn names(cards: &[ContactCard]) -> String {
    let names: Vec<_> = cards.iter().map(|card| card.formatted_name.as_str()).collect();
    names.join(", ")
}
