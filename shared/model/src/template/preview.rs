//! What people will see, with the samples in place of the parameters: as text, and as HTML that looks like the message
//! (T-14). The same definition gives the same bytes.

mod html;
mod markup;

use serde_json::Value;

use super::definition::{Definition, member, members};
use super::placeholder::{self, Part};

/// A template as a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Preview {
    pub name: String,
    pub language: String,
    parts: Parts,
    cards: Vec<Parts>,
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Parts {
    header: Option<Header>,
    /// With WhatsApp's formatting as it is written.
    body: String,
    footer: String,
    buttons: Vec<Button>,
}

#[derive(Clone, PartialEq, Eq)]
enum Header {
    Text(String),
    /// Meta's format, and the file where one is named.
    Given(String, Option<String>),
}

#[derive(Clone, PartialEq, Eq)]
struct Button {
    kind: String,
    label: String,
    /// Where it leads.
    target: String,
}

/// The code in the preview of a one-time password.
const CODE: &str = "123456";

impl Preview {
    pub fn of(definition: &Definition) -> Self {
        let code = definition.is_code();
        let cards =
            definition.component("CAROUSEL").map(|(_, carousel)| members(carousel, "cards")).unwrap_or_default();
        Self {
            name: definition.name.clone(),
            language: definition.language.clone(),
            parts: Parts::of(&definition.components, code),
            cards: cards.iter().map(|card| Parts::of(members(card, "components"), code)).collect(),
        }
    }

    /// For a terminal.
    pub fn to_text(&self) -> String {
        let mut blocks = vec![self.parts.to_text()];
        for (n, card) in self.cards.iter().enumerate() {
            blocks.push(format!("Card {}:\n{}", n + 1, indented(&card.to_text())));
        }
        blocks.join("\n\n")
    }

    /// A whole page that needs nothing else.
    pub fn to_html(&self) -> String {
        html::page(self)
    }
}

impl Parts {
    fn of(components: &[Value], code: bool) -> Self {
        let mut parts = Self::default();
        for component in components {
            match member(component, "type").to_ascii_uppercase().as_str() {
                "HEADER" => parts.header = Some(Header::of(component)),
                "BODY" if code => parts.body = code_body(component),
                "BODY" => parts.body = filled(component, "body"),
                "FOOTER" => parts.footer = footer(component),
                "BUTTONS" => parts.buttons = members(component, "buttons").iter().map(Button::of).collect(),
                "LIMITED_TIME_OFFER" => {
                    let text =
                        component.pointer("/limited_time_offer/text").and_then(Value::as_str).unwrap_or_default();
                    parts.header.get_or_insert_with(|| Header::Text(text.to_owned()));
                }
                _ => {}
            }
        }
        parts
    }

    fn to_text(&self) -> String {
        let mut blocks = Vec::new();
        match &self.header {
            Some(Header::Text(text)) => blocks.push(text.clone()),
            Some(Header::Given(format, None)) => blocks.push(format!("[{}]", format.to_lowercase())),
            Some(Header::Given(format, Some(file))) => blocks.push(format!("[{}: {file}]", format.to_lowercase())),
            None => {}
        }
        blocks.extend([&self.body, &self.footer].into_iter().filter(|text| !text.is_empty()).cloned());
        if !self.buttons.is_empty() {
            let line = |button: &Button| match button.target.as_str() {
                "" => format!("[ {} ]", button.label),
                target => format!("[ {} ] {target}", button.label),
            };
            blocks.push(self.buttons.iter().map(line).collect::<Vec<_>>().join("\n"));
        }
        blocks.join("\n\n")
    }
}

impl Header {
    fn of(component: &Value) -> Self {
        let format = member(component, "format").to_ascii_uppercase();
        if format.is_empty() || format == "TEXT" {
            return Self::Text(filled(component, "header"));
        }
        Self::Given(format, component.get("sample").and_then(Value::as_str).map(str::to_owned))
    }
}

impl Button {
    fn of(button: &Value) -> Self {
        let kind = member(button, "type").to_ascii_uppercase();
        let example = button.get("example").map(|example| example.get(0).unwrap_or(example));
        let example = example.and_then(Value::as_str).unwrap_or_default();
        let usual = match kind.as_str() {
            "OTP" | "COPY_CODE" => "Copy code",
            "CATALOG" => "View catalog",
            "MPM" => "View items",
            "VOICE_CALL" => "Call on WhatsApp",
            "REQUEST_CONTACT_INFO" => "Share Contact Info",
            _ => "",
        };
        let target = match kind.as_str() {
            // A sample is the whole URL.
            "URL" if example.contains("://") => example.to_owned(),
            "URL" => fill(member(button, "url"), |_| Some(example.to_owned()).filter(|example| !example.is_empty())),
            "PHONE_NUMBER" => member(button, "phone_number").to_owned(),
            "COPY_CODE" => example.to_owned(),
            _ => String::new(),
        };
        let label = Some(member(button, "text")).filter(|label| !label.is_empty()).unwrap_or(usual);
        Self { label: label.to_owned(), target, kind }
    }
}

/// Meta's own words, in English.
fn code_body(component: &Value) -> String {
    let own = member(component, "text");
    let text = if own.is_empty() { "*{{1}}* is your verification code." } else { own };
    let mut text = fill(text, |_| Some(CODE.to_owned()));
    if component.get("add_security_recommendation") == Some(&Value::Bool(true)) && own.is_empty() {
        text.push_str(" For your security, do not share this code.");
    }
    text
}

fn footer(component: &Value) -> String {
    match (member(component, "text"), component.get("code_expiration_minutes")) {
        ("", Some(minutes)) => format!("This code expires in {minutes} minutes."),
        (text, _) => text.to_owned(),
    }
}

/// A text with its samples; a parameter that has none stays as it is written.
fn filled(component: &Value, of: &str) -> String {
    let example = component.get("example").unwrap_or(&Value::Null);
    let named = members(example, &format!("{of}_text_named_params"));
    let rows = members(example, &format!("{of}_text"));
    let row = match rows.first() {
        Some(Value::Array(row)) => row.as_slice(),
        _ => rows,
    };
    fill(member(component, "text"), |name| {
        let by_name = named.iter().find(|sample| member(sample, "param_name") == name);
        let by_number = || row.get(name.parse::<usize>().ok()?.checked_sub(1)?)?.as_str();
        by_name.map(|sample| member(sample, "example")).or_else(by_number).map(str::to_owned)
    })
}

fn fill(text: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    placeholder::each(text, |part| match part {
        Part::Words(words) => out.push_str(words),
        Part::Placeholder(name) => out.push_str(&value_of(name).unwrap_or_else(|| format!("{{{{{name}}}}}"))),
    });
    out
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("  {line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests;
