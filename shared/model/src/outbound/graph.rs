//! The body Meta gets: the caller's, with what only we can know put right.

use serde_json::value::RawValue;

use super::place::Place;
use super::{Recipient, recipient};
use crate::ids::{SendId, WaId};
use crate::json::Fields;

/// Ours on the wire, whatever the caller wrote; `waypost` is our own option and nothing to Meta.
const OURS: [&str; 4] = ["messaging_product", "recipient_type", "biz_opaque_callback_data", "waypost"];

/// `raw` is a message that [`super::OutboundMessage::parse`] took. Its members go out in their order and token for
/// token, save that `to` gets its `+`, and that `biz_opaque_callback_data` is our send id, which is how a status that
/// overtakes Meta's answer finds its send. A number is spelled as `dialled`, where that is given.
pub fn to_graph(raw: &RawValue, send_id: &SendId, dialled: Option<&WaId>) -> String {
    let recipient = Place::root(raw).object().and_then(|message| recipient::read(&message)).ok();
    let recipient_type = if matches!(recipient, Some(Recipient::Group(_))) { "group" } else { "individual" };
    let mut out = format!(r#"{{"messaging_product":"whatsapp","recipient_type":"{recipient_type}""#);
    let fields = Fields::parse_any(raw);
    for (name, value) in fields.iter().flat_map(Fields::iter).filter(|(name, _)| !OURS.contains(name)) {
        match (&recipient, name) {
            (Some(Recipient::Phone(digits)), "to") => {
                let digits = dialled.map_or(digits.as_str(), WaId::as_str);
                member(&mut out, name, &string(&format!("+{digits}")));
            }
            _ => member(&mut out, name, value.get()),
        }
    }
    member(&mut out, "biz_opaque_callback_data", &string(send_id.as_str()));
    out.push('}');
    out
}

fn member(out: &mut String, name: &str, value: &str) {
    out.push(',');
    out.push_str(&string(name));
    out.push(':');
    out.push_str(value);
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
