//! `waypost.variables`: where the values of a template's parameters come from (T-18). They are filled when the send is
//! queued and frozen into it, so that what is asked for is what is sent.
//!
//! ```json
//! {"header": {"1": "A-17"},
//!  "body": {"1": {"contact": "name", "default": "there"}, "2": {"value": "order"}},
//!  "buttons": {"0": {"value": "order", "missing": "skip"}},
//!  "cards": {"0": {"media": {"image": {"value": "picture"}}, "body": {"1": "a"}}},
//!  "values": {"order": "A-17", "picture": "https://shop.example/a17.png"}}
//! ```

mod cards;
mod fill;
mod value;

use std::collections::BTreeMap;

use serde_json::value::RawValue;

pub use fill::{Filled, Unfilled};

use crate::contact::{Contact, shown_name};
use crate::outbound::place::{Object, Place};
use crate::outbound::{Invalid, Recipient};
use crate::redact::redacted_debug;
use value::{Button, Media, Variable};

/// The mapping as it was asked for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables {
    template: Part,
    /// Those of a carousel, by their zero-based index.
    cards: BTreeMap<usize, Part>,
    /// The request's own values, by their names. An empty one is none.
    values: BTreeMap<String, String>,
}

/// The variables of a template, or of one card in it.
#[derive(Clone, Default, PartialEq, Eq)]
struct Part {
    media: Option<Media>,
    header: Slots,
    body: Slots,
    /// By the zero-based index of the button.
    buttons: BTreeMap<usize, Button>,
    /// Where in the caller's JSON it stands.
    at: String,
}

/// The variables of one text.
#[derive(Clone, Default, PartialEq, Eq)]
struct Slots {
    /// In the order they are sent: numbers from 1, or names.
    variables: Vec<(String, Variable)>,
    named: bool,
}

/// What of a person may stand in a template.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ContactField {
    Name,
    Phone,
    WaId,
    UserId,
}

/// The person a send is for, as far as they are known.
#[derive(Clone, Default)]
pub struct Person {
    pub name: Option<String>,
    /// E.164 with `+`.
    pub phone: Option<String>,
    pub wa_id: Option<String>,
    pub user_id: Option<String>,
}

redacted_debug!(Variables, Part, Slots, Person);

impl ContactField {
    const ALL: [(&'static str, Self); 4] =
        [("name", Self::Name), ("phone", Self::Phone), ("wa_id", Self::WaId), ("user_id", Self::UserId)];
}

impl Person {
    /// As the table knows them, and where it does not, as the message names them.
    pub fn of(contact: Option<&Contact>, recipient: &Recipient) -> Self {
        let mut person = contact.map_or_else(Self::default, |contact| Self {
            name: contact.name.as_deref().and_then(shown_name),
            phone: contact.phone(),
            wa_id: contact.wa_id.as_ref().map(|id| id.as_str().to_owned()),
            user_id: contact.user_id.as_ref().map(|id| id.as_str().to_owned()),
        });
        match recipient {
            Recipient::Phone(digits) => {
                person.phone.get_or_insert_with(|| format!("+{digits}"));
                person.wa_id.get_or_insert_with(|| digits.clone());
            }
            Recipient::User(user) => {
                person.user_id.get_or_insert_with(|| user.as_str().to_owned());
            }
            Recipient::Group(_) => {}
        }
        person
    }

    fn field(&self, field: ContactField) -> Option<&str> {
        match field {
            ContactField::Name => self.name.as_deref(),
            ContactField::Phone => self.phone.as_deref(),
            ContactField::WaId => self.wa_id.as_deref(),
            ContactField::UserId => self.user_id.as_deref(),
        }
    }
}

impl Variables {
    /// Reads the mapping that stands at `at`. Whatever it does not know is refused, by its name.
    pub fn parse(raw: &RawValue, at: &str) -> Result<Self, Invalid> {
        let mapping = Place::at(at, raw).object()?;
        mapping.only(&["header", "media", "body", "buttons", "cards", "values"])?;
        let cards = |place: Place<'_>| {
            let cards = place.object()?;
            numbered(&cards, "a card", |place| {
                let card = place.object()?;
                card.only(&["header", "media", "body", "buttons"])?;
                Part::read(&card, place.field())
            })
        };
        Ok(Self {
            template: Part::read(&mapping, at)?,
            cards: mapping.optional("cards").map_or_else(|| Ok(BTreeMap::new()), cards)?,
            values: mapping.optional("values").map_or_else(|| Ok(BTreeMap::new()), |place| values(&place.object()?))?,
        })
    }
}

impl Part {
    fn read(part: &Object<'_>, at: &str) -> Result<Self, Invalid> {
        let slots = |name| part.optional(name).map_or_else(|| Ok(Slots::default()), |place| Slots::read(&place));
        let buttons = |place: Place<'_>| numbered(&place.object()?, "a button", Button::read);
        let media = part.optional("media").map(|place| Media::read(&place)).transpose()?;
        let header = slots("header")?;
        if media.is_some() && !header.variables.is_empty() {
            return Err(part.invalid("media", "must be left out, or header must: a header is one of them"));
        }
        Ok(Self {
            media,
            header,
            body: slots("body")?,
            buttons: part.optional("buttons").map_or_else(|| Ok(BTreeMap::new()), buttons)?,
            at: at.to_owned(),
        })
    }
}

impl Slots {
    fn read(place: &Place<'_>) -> Result<Self, Invalid> {
        let object = place.object()?;
        let mut variables = Vec::new();
        for (name, place) in object.members() {
            variables.push((name.to_owned(), Variable::read(&place)?));
        }
        let numbers = variables.iter().filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_digit())).count();
        if numbers == 0 {
            return Ok(Self { variables, named: true });
        }
        variables.sort_by_key(|(name, _)| (name.len(), name.clone()));
        let contiguous = variables.iter().zip(1..).all(|((name, _), number)| *name == number.to_string());
        if numbers < variables.len() || !contiguous {
            return Err(
                place.invalid("must have the names of the template's variables, or their numbers from 1 without a gap")
            );
        }
        Ok(Self { variables, named: false })
    }
}

/// Members whose names are zero-based indices, of `what`.
fn numbered<T>(
    object: &Object<'_>,
    what: &str,
    read: impl Fn(&Place<'_>) -> Result<T, Invalid>,
) -> Result<BTreeMap<usize, T>, Invalid> {
    let mut numbered = BTreeMap::new();
    for (index, place) in object.members() {
        let number = index.parse().ok().filter(|number: &usize| number.to_string() == index);
        let Some(number) = number else {
            let rule = format!("must have the index of {what}, which is a whole number from 0, for its name");
            return Err(place.invalid(&rule));
        };
        numbered.insert(number, read(&place)?);
    }
    Ok(numbered)
}

fn values(object: &Object<'_>) -> Result<BTreeMap<String, String>, Invalid> {
    let mut values = BTreeMap::new();
    for (name, place) in object.members() {
        values.insert(name.to_owned(), place.value()?);
    }
    Ok(values)
}

/// As Meta takes it (132018): one space where there were line breaks, tabs or several. `None` where nothing is left.
fn clean(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().filter(|letter| !letter.is_control()).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    Some(words.join(" ")).filter(|text| !text.is_empty())
}

/// For the end of a URL. What a person wrote of themselves is one value and no more of the URL; what the team gave may be
/// a path with a query, and may be encoded already.
fn encoded(text: &str, personal: bool) -> String {
    let kept = if personal { "-._~" } else { "-._~/?&=#%+,;@!$'()*" };
    let letter = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

#[cfg(test)]
mod tests;
