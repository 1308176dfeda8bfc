//! What is in a message (contract §2.2, §5.12).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::meta::graph_error::GraphError;
use crate::meta::media::Media;

use super::{interactive, shape::Object};

/// What content may refer to.
pub(crate) struct Facts<'a> {
    pub(crate) media: &'a BTreeMap<String, Media>,
    pub(crate) phone_number_id: &'a str,
    pub(crate) now: Timestamp,
}

/// What Meta finds out only after it has answered 200.
pub(crate) type Later = Option<GraphError>;

/// Judges the content object of everything but templates.
pub(crate) fn check(kind: &str, message: &Object<'_>, facts: &Facts<'_>) -> Result<Later, GraphError> {
    match kind {
        "text" => {
            let text = message.object("text")?;
            text.only(&["body", "preview_url"])?;
            text.text_max("body", 4096)?;
            text.flag_opt("preview_url")?;
            Ok(None)
        }
        "image" | "video" | "audio" | "document" | "sticker" => media(&message.object(kind)?, kind, facts),
        "location" => location(&message.object("location")?).map(|()| None),
        "contacts" => contacts(message).map(|()| None),
        "reaction" => {
            let reaction = message.object("reaction")?;
            reaction.only(&["message_id", "emoji"])?;
            reaction.text("message_id")?;
            // An empty emoji takes the reaction back; a missing one says nothing.
            if reaction.text_opt_max("emoji", 16)?.is_none() {
                return Err(GraphError::missing(&reaction.path("emoji")));
            }
            Ok(None)
        }
        "interactive" => interactive::check(&message.object("interactive")?, facts),
        "pin" => {
            let pin = message.object("pin")?;
            pin.only(&["type", "message_id", "expiration_days"])?;
            pin.choice("type", &["pin", "unpin"])?;
            pin.whole_opt("expiration_days", 1..=30)?;
            pin.text("message_id").map(|_| None)
        }
        _ => Err(GraphError::value("type", "is not known")),
    }
}

/// `{"id" | "link", …}`: exactly one of the two.
pub(crate) fn media(object: &Object<'_>, kind: &str, facts: &Facts<'_>) -> Result<Later, GraphError> {
    let mut keys = vec!["id", "link"];
    match kind {
        "image" | "video" => keys.push("caption"),
        "document" => keys.extend(["caption", "filename"]),
        "audio" => keys.push("voice"),
        _ => {}
    }
    object.only(&keys)?;
    object.text_opt_max("caption", 1024)?;
    object.text_opt_max("filename", 240)?;
    object.flag_opt("voice")?;
    match (object.has("id"), object.has("link")) {
        (true, true) => Err(GraphError::param(object.here(), "must have either id or link, and has both")),
        (false, false) => Err(GraphError::missing(&object.path("id"))),
        (false, true) => object.link("link", 2000).map(|_| None),
        (true, false) => {
            let id = object.text("id")?;
            let known = facts.media.get(id).filter(|media| media.serves(facts.phone_number_id, facts.now));
            let media =
                known.ok_or_else(|| GraphError::param(&object.path("id"), "is not a media id of this number"))?;
            Ok(unfit(kind, media))
        }
    }
}

/// Meta looks into the file after it has accepted the message.
fn unfit(kind: &str, media: &Media) -> Later {
    let bare = media.mime_type.split(';').next().unwrap_or_default().trim();
    let (types, max_kb): (&[&str], usize) = match kind {
        "audio" => (&["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"], 16 * 1024),
        "image" => (&["image/jpeg", "image/png"], 5 * 1024),
        "video" => (&["video/mp4", "video/3gpp"], 16 * 1024),
        "sticker" => (&["image/webp"], if moves(&media.bytes) { 500 } else { 100 }),
        _ => (&[], 100 * 1024),
    };
    let error = |details: String| Some(GraphError::new(131_053).details(details));
    if !types.is_empty() && !types.contains(&bare) {
        return error(format!("A file of type {bare} cannot be sent as {kind}."));
    }
    if bare == "audio/ogg" && !media.mime_type.contains("codecs=opus") {
        return error("An audio/ogg file must be opus: audio/ogg; codecs=opus.".to_owned());
    }
    if !begins_as(bare, &media.bytes) {
        return error(format!("The file is not of the type {bare}."));
    }
    let max = max_kb * 1024;
    (media.bytes.len() > max).then(|| error(format!("A {kind} may have {max} bytes at most.")))?
}

/// An extended WebP says in its flags whether it is animated.
fn moves(bytes: &[u8]) -> bool {
    bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 2 == 2)
}

/// Of the types whose files all begin alike.
fn begins_as(mime: &str, bytes: &[u8]) -> bool {
    let at = |from: usize, magic: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(magic));
    match mime {
        "image/jpeg" => at(0, b"\xff\xd8\xff"),
        "image/png" => at(0, b"\x89PNG"),
        "image/webp" => at(0, b"RIFF") && at(8, b"WEBP"),
        "audio/ogg" => at(0, b"OggS"),
        "video/mp4" | "audio/mp4" => at(4, b"ftyp"),
        _ => true,
    }
}

pub(crate) fn location(location: &Object<'_>) -> Result<(), GraphError> {
    location.only(&["latitude", "longitude", "name", "address"])?;
    for (key, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        if location.number(key)?.abs() > most {
            return Err(GraphError::value(&location.path(key), "is out of range"));
        }
    }
    location.text_opt("name")?;
    location.text_opt("address").map(|_| ())
}

fn contacts(message: &Object<'_>) -> Result<(), GraphError> {
    for contact in message.objects("contacts", 1..=257)? {
        contact.only(&["addresses", "birthday", "emails", "name", "org", "phones", "urls"])?;
        let name = contact.object("name")?;
        name.text("formatted_name")?;
        let parts = ["first_name", "last_name", "middle_name", "suffix", "prefix"];
        if !parts.iter().any(|part| name.get(part).and_then(Value::as_str).is_some_and(|text| !text.is_empty())) {
            return Err(GraphError::new(131_008)
                .details(format!("Parameter {} needs one more part beside formatted_name.", name.here())));
        }
        for list in ["addresses", "emails", "phones", "urls"] {
            if contact.has(list) {
                contact.objects(list, 0..=100)?;
            }
        }
        contact.object_opt("org")?;
        contact.text_opt("birthday")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(kind: &str, content: &Value) -> Option<i64> {
        let media = BTreeMap::new();
        let facts = Facts { media: &media, phone_number_id: "1", now: Timestamp::UNIX_EPOCH };
        let map = crate::meta::config::object(json!({ kind: content }));
        check(kind, &Object::root(&map), &facts).err().map(|error| error.code)
    }

    #[test]
    fn limits_and_required_parts() {
        let long = "x".repeat(4097);
        for (kind, content, expected) in [
            ("text", json!({"body": "x".repeat(4096), "preview_url": true}), None),
            ("text", json!({"body": long}), Some(100)),
            ("text", json!({"body": ""}), Some(131_008)),
            ("text", json!("Hi"), Some(100)),
            ("text", json!({"body": "Hi", "preview_url": "yes"}), Some(100)),
            ("image", json!({"link": "https://shop.example/a.jpg", "caption": "c"}), None),
            ("image", json!({"link": "https://shop.example/a.jpg", "id": "1"}), Some(100)),
            ("image", json!({}), Some(131_008)),
            ("image", json!({"link": "ftp://shop.example/a.jpg"}), Some(131_009)),
            ("image", json!({"id": "404"}), Some(100)),
            ("audio", json!({"link": "https://shop.example/a.ogg", "caption": "c"}), Some(100)),
            ("location", json!({"latitude": "12.5", "longitude": -45}), None),
            ("location", json!({"latitude": 91, "longitude": 0}), Some(131_009)),
            ("location", json!({"latitude": 1}), Some(131_008)),
            ("contacts", json!([{"name": {"formatted_name": "Ana Diaz", "first_name": "Ana"}}]), None),
            ("contacts", json!([{"name": {"formatted_name": "Ana"}}]), Some(131_008)),
            ("contacts", json!([]), Some(131_009)),
            ("reaction", json!({"message_id": "wamid.x", "emoji": ""}), None),
            ("reaction", json!({"emoji": "👍"}), Some(131_008)),
            ("pin", json!({"type": "pin", "message_id": "wamid.x", "expiration_days": 30}), None),
            ("pin", json!({"type": "pin", "message_id": "wamid.x", "expiration_days": 31}), Some(131_009)),
            ("pin", json!({"type": "stick", "message_id": "wamid.x"}), Some(131_009)),
            ("image", json!({"link": "https://shop.example/a.jpg", "filename": "a.jpg"}), Some(100)),
            ("image", json!({"link": "https://shop.example/a.jpg", "caption": "é".repeat(1024)}), None),
            ("image", json!({"link": "https://shop.example/a.jpg", "caption": "é".repeat(1025)}), Some(100)),
            ("sticker", json!({"link": "https://shop.example/a.webp", "caption": "c"}), Some(100)),
            ("document", json!({"link": "https://shop.example/a.pdf", "filename": "é".repeat(240)}), None),
            ("document", json!({"link": "https://shop.example/a.pdf", "filename": "é".repeat(241)}), Some(100)),
            ("contacts", json!(vec![json!({"name": {"formatted_name": "A", "first_name": "A"}}); 257]), None),
            ("contacts", json!(vec![json!({"name": {"formatted_name": "A", "first_name": "A"}}); 258]), Some(131_009)),
            ("contacts", json!([{"name": {"formatted_name": "A", "first_name": "A"}, "phones": ["1"]}]), Some(100)),
        ] {
            assert_eq!(judged(kind, &content), expected, "{kind} {content}");
        }
    }
}
