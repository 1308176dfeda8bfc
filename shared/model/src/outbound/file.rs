//! Messages whose file comes by `waypost.media`: the file's id is put in once Meta has it, or a link to it in its stead.

use serde_json::value::RawValue;

use super::{Invalid, OutboundMessage};
use crate::file::FileKind;
use crate::ids::MediaId;
use crate::json::{self, Fields};

/// What stands for the id until there is one.
const PLACEHOLDER: &str = "0";

impl OutboundMessage {
    /// As [`OutboundMessage::parse`], of a message that names no file itself.
    pub fn parse_without_file(raw: &RawValue) -> Result<Self, Invalid> {
        let invalid = |field: String, rule: &str| Invalid { field, rule: rule.to_owned(), given: None };
        let Some((kind, content)) = content(raw) else {
            let kinds = "must be image, video, audio, document or sticker where waypost.media names the file";
            let known = Fields::parse(raw).and_then(|fields| fields.text("type"));
            return match known {
                Some(known) if FileKind::parse(&known).is_some() => Err(invalid(known, "is required")),
                known => Err(Invalid {
                    given: known.map(|known| known.chars().take(64).collect()),
                    ..invalid(String::from("type"), kinds)
                }),
            };
        };
        if let Some(name) = ["id", "link"].into_iter().find(|name| content.get(name).is_some()) {
            return Err(invalid(format!("{kind}.{name}"), "must not be given beside waypost.media: send one of them"));
        }
        let with_id =
            with_file(raw, &MediaId::new(PLACEHOLDER)).ok_or_else(|| invalid(String::new(), "is required"))?;
        Self::parse(&with_id)
    }
}

/// What a message says beside its file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FileWords {
    pub kind: Option<FileKind>,
    pub caption: Option<String>,
    pub filename: Option<String>,
}

pub fn file_words(raw: &RawValue) -> FileWords {
    let Some((kind, content)) = content(raw) else { return FileWords::default() };
    FileWords { kind: Some(kind), caption: content.text("caption"), filename: content.text("filename") }
}

/// The message with the file's id at Meta; every other member stays token for token.
pub fn with_file(raw: &RawValue, id: &MediaId) -> Option<Box<RawValue>> {
    let (kind, content) = content(raw)?;
    let others = content.iter().filter(|(name, _)| !["id", "link"].contains(name));
    let file = object(std::iter::once(member("id", &string(id.as_str()))).chain(others.map(raw_member)));
    let members = Fields::parse(raw)?;
    let members = members
        .iter()
        .map(|(name, value)| if name == kind.as_str() { member(name, &file) } else { raw_member((name, value)) });
    RawValue::from_string(object(members)).ok()
}

/// The message as a text that brings a link to the file: the caption, or else the file's name, before it.
pub fn as_link(raw: &RawValue, name: &str, url: &str) -> Option<Box<RawValue>> {
    let FileWords { kind: Some(kind), caption, .. } = file_words(raw) else { return None };
    let words = caption.filter(|caption| !caption.trim().is_empty()).unwrap_or_else(|| name.to_owned());
    // Meta would fetch a preview, and a link that is followed by nobody is followed once.
    let text = format!("{{\"body\":{},\"preview_url\":false}}", string(&format!("{words}\n{url}")));
    let members = Fields::parse(raw)?;
    let kept = members.iter().filter(|(name, _)| *name != kind.as_str() && *name != "type" && *name != "text");
    let ours = [member("type", &string("text")), member("text", &text)];
    RawValue::from_string(object(kept.map(raw_member).chain(ours))).ok()
}

fn content(raw: &RawValue) -> Option<(FileKind, Fields<'_>)> {
    let fields = Fields::parse(raw)?;
    let kind = FileKind::parse(&json::text(fields.get("type")?)?)?;
    let content = fields.object(kind.as_str())?;
    Some((kind, content))
}

fn object(members: impl Iterator<Item = String>) -> String {
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn raw_member((name, value): (&str, &RawValue)) -> String {
    member(name, value.get())
}

fn member(name: &str, value: &str) -> String {
    format!("{}:{value}", string(name))
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    const DOCUMENT: &str = r#"{"to":"15550100","type":"document","document":{ "caption":"Your \u00e9 1.50","filename":"a.pdf"},"context":{"message_id":"wamid.A"}}"#;

    #[test]
    fn the_id_is_put_in_and_nothing_else_changes() {
        let message = raw(DOCUMENT);
        assert!(OutboundMessage::parse(&message).is_err());
        assert_eq!(OutboundMessage::parse_without_file(&message).unwrap().kind, "document");
        let with = with_file(&message, &MediaId::new("77")).unwrap();
        assert_eq!(
            with.get(),
            r#"{"to":"15550100","type":"document","document":{"id":"77","caption":"Your \u00e9 1.50","filename":"a.pdf"},"context":{"message_id":"wamid.A"}}"#
        );
        assert!(OutboundMessage::parse(&with).is_ok());
        // Uploaded anew, the newer id takes its place.
        let again = with_file(&with, &MediaId::new("78")).unwrap();
        assert_eq!(again.get(), with.get().replace("77", "78"));
    }

    #[test]
    fn a_link_takes_the_files_place() {
        let url = "https://abc.example/f/x";
        let linked = as_link(&raw(DOCUMENT), "a.pdf", url).unwrap();
        assert_eq!(
            linked.get(),
            r#"{"to":"15550100","context":{"message_id":"wamid.A"},"type":"text","text":{"body":"Your é 1.50\nhttps://abc.example/f/x","preview_url":false}}"#
        );
        assert!(OutboundMessage::parse(&linked).is_ok());
        let bare = as_link(&raw(r#"{"to":"1","type":"sticker","sticker":{}}"#), "cat.gif", url).unwrap();
        assert!(bare.get().contains(r#""body":"cat.gif\nhttps://abc.example/f/x""#), "{}", bare.get());
    }

    #[test]
    fn a_message_that_takes_no_file_is_told_so() {
        for (message, field) in [
            (r#"{"to":"15550100","type":"text","text":{"body":"x"}}"#, "type"),
            (r#"{"to":"15550100","text":{"body":"x"}}"#, "type"),
            (r#"{"to":"15550100","type":"image"}"#, "image"),
            (r#"{"to":"15550100","type":"image","image":7}"#, "image"),
            (r#"{"to":"15550100","type":"image","image":{"id":"7"}}"#, "image.id"),
            (r#"{"to":"15550100","type":"video","video":{"link":"https://x.example/a"}}"#, "video.link"),
            (r#"{"type":"image","image":{}}"#, "to"),
        ] {
            assert_eq!(OutboundMessage::parse_without_file(&raw(message)).unwrap_err().field, field, "{message}");
        }
    }
}
