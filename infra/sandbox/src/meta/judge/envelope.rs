//! Who a message is for and of what kind (contract §2.1).

use crate::meta::graph_error::GraphError;
use crate::meta::people::{dialled, is_user_id};

use super::shape::Object;

const KINDS: &[&str] = &[
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "interactive",
    "template",
    "pin",
];

pub(crate) struct Envelope<'a> {
    pub(crate) recipient: Recipient,
    /// `to` or `recipient` as it was written.
    pub(crate) input: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) opaque: Option<&'a str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// Digits as dialled, with the country code.
    Phone(String),
    User(String),
    Group(String),
}

/// Reads the envelope. `country_code` is that of the business number.
pub(crate) fn read<'a>(message: &Object<'a>, country_code: &str) -> Result<Envelope<'a>, GraphError> {
    if message.text("messaging_product")? != "whatsapp" {
        return Err(GraphError::param("messaging_product", "must be \"whatsapp\""));
    }
    let kind = match message.text_opt("type")? {
        None if message.has("text") => "text",
        None => return Err(GraphError::missing("type")),
        Some(kind) if KINDS.contains(&kind) => kind,
        Some(_) => return Err(GraphError::value("type", &format!("must be one of {}", KINDS.join(", ")))),
    };
    message.only(&[
        "messaging_product",
        "recipient_type",
        "to",
        "recipient",
        "type",
        kind,
        "context",
        "biz_opaque_callback_data",
        "recipient_identity_key_hash",
        "message_activity_sharing",
        "product_policy",
    ])?;
    let (recipient, input) = recipient(message, country_code)?;
    let opaque = message.text_opt_max("biz_opaque_callback_data", 512)?;
    if let Some(context) = message.object_opt("context")? {
        context.only(&["message_id"])?;
        context.text("message_id")?;
        if kind == "reaction" {
            return Err(GraphError::param("context", "cannot be used with a reaction"));
        }
    }
    if !message.has(kind) {
        return Err(GraphError::missing(kind));
    }
    if message.has("recipient_identity_key_hash") {
        message.text("recipient_identity_key_hash")?;
    }
    if matches!(recipient, Recipient::Group(_)) {
        let allowed = ["text", "image", "video", "audio", "document", "sticker", "template", "pin"];
        if !allowed.contains(&kind) {
            return Err(GraphError::new(131_051).details(format!("A message of type {kind} cannot go to a group.")));
        }
    } else if kind == "pin" {
        return Err(GraphError::value("type", "can be pin for groups only"));
    }
    Ok(Envelope { recipient, input, kind, opaque })
}

fn recipient<'a>(message: &Object<'a>, country_code: &str) -> Result<(Recipient, &'a str), GraphError> {
    let kind = match message.text_opt("recipient_type")? {
        None => "individual",
        Some(_) => message.choice("recipient_type", &["individual", "group"])?,
    };
    // `to` wins where both are given.
    if let Some(to) = message.text_opt("to")?.filter(|to| !to.is_empty()) {
        if kind == "group" {
            return Ok((Recipient::Group(to.to_owned()), to));
        }
        let digits = dialled(to, country_code);
        let digits = digits
            .ok_or_else(|| GraphError::value("to", "is not a phone number: 8 to 15 digits with the country code"))?;
        return Ok((Recipient::Phone(digits), to));
    }
    let Some(user) = message.text_opt("recipient")?.filter(|user| !user.is_empty()) else {
        return Err(GraphError::missing("to"));
    };
    if kind == "group" {
        return Err(GraphError::param("recipient_type", "is group, which needs the group's id in to"));
    }
    if !is_user_id(user) {
        return Err(GraphError::value("recipient", "is not a business-scoped user id"));
    }
    Ok((Recipient::User(user.to_owned()), user))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn judged(change: impl FnOnce(&mut Value)) -> Result<Recipient, i64> {
        let mut message = json!({"messaging_product": "whatsapp", "to": "+1 555 010 0199", "type": "text",
            "text": {"body": "Hi"}});
        change(&mut message);
        let map = crate::meta::config::object(message);
        read(&Object::root(&map), "1").map(|envelope| envelope.recipient).map_err(|error| error.code)
    }

    #[test]
    fn who_it_is_for() {
        assert_eq!(judged(|_| ()), Ok(Recipient::Phone("15550100199".to_owned())));
        assert_eq!(judged(|m| m["to"] = json!("US.12345")), Err(131_009));
        assert_eq!(judged(|m| m["to"] = json!(15_550_100)), Err(100));
        assert_eq!(judged(|m| m["recipient"] = json!("US.12345")), Ok(Recipient::Phone("15550100199".to_owned())));
        assert_eq!(
            judged(|m| *m = json!({"messaging_product": "whatsapp", "recipient": "US.1", "type": "text", "text": {}})),
            Ok(Recipient::User("US.1".to_owned()))
        );
    }

    #[test]
    fn refuses_each_missing_part() {
        for (key, code) in [("messaging_product", 131_008), ("to", 131_008), ("text", 131_008)] {
            let refused = judged(|m| {
                m.as_object_mut().unwrap().remove(key);
            });
            assert_eq!(refused, Err(code), "{key}");
        }
        assert_eq!(judged(|m| m["messaging_product"] = json!("telegram")), Err(100));
        assert_eq!(judged(|m| m["type"] = json!("image")), Err(100));
        assert_eq!(judged(|m| m["type"] = json!("fax")), Err(131_009));
        assert_eq!(judged(|m| m["waypost"] = json!({})), Err(100));
        assert_eq!(judged(|m| m["biz_opaque_callback_data"] = json!("x".repeat(513))), Err(100));
        assert_eq!(judged(|m| m["context"] = json!({})), Err(131_008));
        assert_eq!(judged(|m| m["recipient_identity_key_hash"] = json!("")), Err(131_008));
        let reaction = judged(|m| {
            m["type"] = json!("reaction");
            m["context"] = json!({"message_id": "wamid.x"});
            m["reaction"] = m.as_object_mut().unwrap().remove("text").unwrap();
        });
        assert_eq!(reaction, Err(100));
    }

    #[test]
    fn a_group_takes_less_than_a_person() {
        let of = |kind: &str, group: bool| {
            judged(|m| {
                m["type"] = json!(kind);
                m.as_object_mut().unwrap().remove("text");
                m[kind] = json!({});
                if group {
                    m["recipient_type"] = json!("group");
                }
            })
        };
        for kind in ["text", "image", "video", "audio", "document", "sticker", "template", "pin"] {
            assert_eq!(of(kind, true), Ok(Recipient::Group("+1 555 010 0199".to_owned())), "{kind}");
        }
        for kind in ["interactive", "location", "contacts", "reaction"] {
            assert_eq!(of(kind, true), Err(131_051), "{kind}");
            assert!(of(kind, false).is_ok(), "{kind}");
        }
        assert_eq!(of("pin", false), Err(131_009));
    }
}
