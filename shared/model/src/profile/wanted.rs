//! What somebody wants of a profile.

use serde_json::{Map, Value, json};

use super::{Profile, vertical};
use crate::outbound::Invalid;
use crate::redact::redacted_debug;

/// What is `None` stays as it is; what is empty is taken away.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub about: Option<String>,
    pub address: Option<String>,
    pub description: Option<String>,
    pub email: Option<String>,
    pub websites: Option<Vec<String>>,
    /// Meta's word.
    pub vertical: Option<String>,
}

redacted_debug!(Wanted);

/// What else Meta and its guides call a part of a number's face, and where that is changed (P-10).
const ELSEWHERE: [(&[&str], &str); 3] = [
    (
        &["name", "display_name", "verified_name", "new_display_name"],
        "is no part of the profile: change the display name in WhatsApp Manager, follow its review with \
         `waypost number status`, and then register it with `waypost number reregister`",
    ),
    (
        &["number", "phone", "phone_number", "display_phone_number"],
        "is no part of the profile: `waypost number` verifies and registers phone numbers",
    ),
    (
        &["profile_picture_url", "profile_picture_handle", "vertical_label", "photo_sha256", "synced_at"],
        "is told, not set; a photo is given by `photo`",
    ),
];

impl Wanted {
    /// From JSON: `null` and the empty text take away. `vertical` is a name or Meta's word.
    pub fn parse(members: &Map<String, Value>) -> Result<Self, Invalid> {
        let mut wanted = Self::default();
        for (name, value) in members {
            match name.as_str() {
                "about" => wanted.about = Some(text(name, value)?),
                "address" => wanted.address = Some(text(name, value)?),
                "description" => wanted.description = Some(text(name, value)?),
                "email" => wanted.email = Some(text(name, value)?),
                "websites" => wanted.websites = Some(texts(name, value)?),
                "vertical" => wanted.vertical = Some(vertical::word(&text(name, value)?).to_owned()),
                _ => return Err(unknown(name)),
            }
        }
        Ok(wanted)
    }

    /// Everything that a profile has.
    pub fn of(profile: &Profile) -> Self {
        let text = |text: &Option<String>| Some(text.clone().unwrap_or_default());
        Self {
            about: text(&profile.about),
            address: text(&profile.address),
            description: text(&profile.description),
            email: text(&profile.email),
            websites: Some(profile.websites.clone()),
            vertical: text(&profile.vertical),
        }
    }

    /// What Meta is sent so that it has what is wanted: what differs, and nothing else.
    pub fn to_body(&self, current: &Profile) -> Map<String, Value> {
        let mut body = Map::from_iter([("messaging_product".to_owned(), Value::from("whatsapp"))]);
        let texts = [
            ("about", &self.about, &current.about),
            ("address", &self.address, &current.address),
            ("description", &self.description, &current.description),
            ("email", &self.email, &current.email),
            ("vertical", &self.vertical, &current.vertical),
        ];
        for (name, wanted, now) in texts {
            if let Some(text) = changed(wanted.as_deref(), now.as_deref()) {
                body.insert(name.to_owned(), text.into());
            }
        }
        if let Some(wanted) = self.websites.as_ref().filter(|wanted| **wanted != current.websites) {
            body.insert("websites".to_owned(), json!(wanted));
        }
        body
    }
}

/// What is wanted, where it is something else than what is.
pub(super) fn changed<'a>(wanted: Option<&'a str>, now: Option<&str>) -> Option<&'a str> {
    wanted.filter(|wanted| *wanted != now.unwrap_or_default())
}

fn text(name: &str, value: &Value) -> Result<String, Invalid> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.trim().to_owned()),
        _ => Err(invalid(name, "must be a text")),
    }
}

fn texts(name: &str, value: &Value) -> Result<Vec<String>, Invalid> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items.iter().enumerate().map(|(n, item)| text(&format!("{name}[{n}]"), item)).collect(),
        _ => Err(invalid(name, "must be a list of texts")),
    }
}

fn unknown(name: &str) -> Invalid {
    let elsewhere = ELSEWHERE.iter().find(|(names, _)| names.contains(&name)).map(|(_, rule)| *rule);
    let rule = "is no part of the profile, which has about, address, description, email, websites, vertical and photo";
    invalid(name, elsewhere.unwrap_or(rule))
}

fn invalid(field: &str, rule: &str) -> Invalid {
    Invalid { field: field.to_owned(), rule: rule.to_owned(), given: None }
}
