//! Who Meta's JSON is about, and what is left of it without somebody who was erased (data rights, quality threat 19).
//!
//! It works on any change, known or not: people stand in members that Meta has named alike for years, and a message,
//! status or call is an element with a time of its own. Nothing but the elements taken out changes by a byte.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::ids::{ContactKey, UserId, WaId};
use crate::json::{self, Fields};
use crate::time::Timestamp;

/// How long an erasure is remembered, in days, so that nothing of what was before it comes back: Meta repeats itself for a
/// week, a queue keeps a record for 14 days, its dead-letter queue as long again, and so does the queue it is moved back to.
pub const REMEMBERED_DAYS: i64 = 45;

/// Members that name the person an element is from, to or about.
const PEOPLE: [&str; 19] = [
    "from",
    "from_user_id",
    "from_parent_user_id",
    "to",
    "to_user_id",
    "to_parent_user_id",
    "wa_id",
    "user_id",
    "parent_user_id",
    "recipient_id",
    "recipient_user_id",
    "recipient_parent_user_id",
    "customer",
    "phone_number",
    "participant",
    "input",
    "id",
    "previous_user_id",
    "previous_parent_user_id",
];

/// What is left of some JSON.
#[derive(Clone, Debug)]
pub enum Rest {
    /// All of it.
    Whole,
    /// This.
    Part(Box<RawValue>),
    /// Nothing that would be worth keeping.
    Nothing,
}

/// Everybody that JSON may be about, as `wa:…` and `user:…`. Rather too many than too few: an id of something else, which
/// no person has, does no harm.
pub fn people(raw: &RawValue) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(raw, &mut found);
    found
}

/// The people that one element itself names, without what stands inside of it.
pub fn people_of_element(raw: &RawValue) -> BTreeSet<String> {
    Fields::parse_any(raw).map(|fields| own_people(&fields)).unwrap_or_default()
}

/// JSON without the elements about people who were erased at or after the element's time. `erased` gives the moment of a
/// person's erasure; `at` is the time of what has none of its own, and without one it counts as from before.
pub fn without(raw: &RawValue, at: Option<Timestamp>, erased: &dyn Fn(&str) -> Option<Timestamp>) -> Rest {
    match sift(raw, at, erased) {
        Sifted::Same => Rest::Whole,
        Sifted::Gone | Sifted::Hollow(_) => Rest::Nothing,
        Sifted::Changed(text) => RawValue::from_string(text).map_or(Rest::Nothing, Rest::Part),
    }
}

enum Sifted {
    Same,
    Changed(String),
    /// It is about somebody who was erased.
    Gone,
    /// What it held is gone.
    Hollow(String),
}

fn sift(raw: &RawValue, at: Option<Timestamp>, erased: &dyn Fn(&str) -> Option<Timestamp>) -> Sifted {
    if let Some(items) = json::items(raw) {
        return sift_items(&items, at, erased, &Beside::default());
    }
    let Some(fields) = Fields::parse_any(raw) else { return Sifted::Same };
    let own = own_time(&fields);
    let at = own.or(at);
    if own_people(&fields).iter().any(|id| is_erased(id, at, erased)) {
        return Sifted::Gone;
    }
    // What stands in a message is what its writer wrote, whomever it names.
    if own.is_some() && fields.get("id").is_some() {
        return Sifted::Same;
    }
    let beside = Beside::of(&fields, at, erased);
    let mut members = Vec::new();
    let (mut changed, mut held, mut lost) = (false, false, false);
    for (name, value) in fields.iter() {
        let sifted = match json::items(value) {
            Some(items) => sift_items(&items, at, erased, &beside),
            None => sift(value, at, erased),
        };
        let text = match sifted {
            Sifted::Gone => return Sifted::Gone,
            Sifted::Same => {
                held |= holds_elements(value);
                value.get().to_owned()
            }
            Sifted::Changed(text) => {
                (changed, held) = (true, true);
                text
            }
            Sifted::Hollow(text) => {
                // A profile stands beside its message, and means nothing alone.
                (changed, lost) = (true, true);
                text
            }
        };
        members.push(format!("{}:{text}", quoted(name)));
    }
    let text = format!("{{{}}}", members.join(","));
    match (changed, lost && !held) {
        (false, _) => Sifted::Same,
        (true, true) => Sifted::Hollow(text),
        (true, false) => Sifted::Changed(text),
    }
}

/// What the messages and statuses in an object say of those who are named beside them, as profiles are.
#[derive(Default)]
struct Beside {
    /// Of these something stays.
    stay: BTreeSet<String>,
    /// Of these something goes.
    go: BTreeSet<String>,
}

impl Beside {
    fn of(fields: &Fields<'_>, at: Option<Timestamp>, erased: &dyn Fn(&str) -> Option<Timestamp>) -> Self {
        let mut beside = Self::default();
        for (_, value) in fields.iter() {
            for item in json::items(value).unwrap_or_default() {
                let Some(element) = Fields::parse_any(item).filter(|element| own_time(element).is_some()) else {
                    continue;
                };
                let at = own_time(&element).or(at);
                let people = own_people(&element);
                let gone = people.iter().any(|id| is_erased(id, at, erased));
                if gone { beside.go.extend(people) } else { beside.stay.extend(people) }
            }
        }
        beside
    }
}

fn sift_items(
    items: &[&RawValue],
    at: Option<Timestamp>,
    erased: &dyn Fn(&str) -> Option<Timestamp>,
    beside: &Beside,
) -> Sifted {
    let mut left = Vec::with_capacity(items.len());
    let mut changed = false;
    for item in items {
        let fields = Fields::parse_any(item);
        let timed = fields.as_ref().is_some_and(|fields| own_time(fields).is_some());
        let named = fields.as_ref().map(own_people).unwrap_or_default();
        if !timed && named.iter().any(|id| erased(id).is_some()) {
            if named.iter().any(|id| beside.stay.contains(id)) {
                left.push(item.get().to_owned());
                continue;
            }
            if named.iter().any(|id| beside.go.contains(id)) {
                changed = true;
                continue;
            }
        }
        match sift(item, at, erased) {
            Sifted::Same => left.push(item.get().to_owned()),
            Sifted::Changed(text) => {
                changed = true;
                left.push(text);
            }
            Sifted::Gone | Sifted::Hollow(_) => changed = true,
        }
    }
    let text = format!("[{}]", left.join(","));
    match (changed, left.is_empty()) {
        (false, _) => Sifted::Same,
        (true, true) => Sifted::Hollow(text),
        (true, false) => Sifted::Changed(text),
    }
}

fn is_erased(id: &str, at: Option<Timestamp>, erased: &dyn Fn(&str) -> Option<Timestamp>) -> bool {
    erased(id).is_some_and(|erased_at| at.is_none_or(|at| at <= erased_at))
}

fn collect(raw: &RawValue, found: &mut BTreeSet<String>) {
    if let Some(items) = json::items(raw) {
        for item in items {
            collect(item, found);
        }
    } else if let Some(fields) = Fields::parse_any(raw) {
        found.extend(own_people(&fields));
        for (_, value) in fields.iter() {
            collect(value, found);
        }
    }
}

fn own_people(fields: &Fields<'_>) -> BTreeSet<String> {
    let named = fields.iter().filter(|(name, _)| PEOPLE.contains(name));
    named.filter_map(|(_, value)| identity(&json::literal(value)?)).collect()
}

/// A phone is 6 to 15 digits (E.164), a user id as Meta writes them; nothing else is a person.
fn identity(text: &str) -> Option<String> {
    let digits = text.trim_start_matches('+');
    if (6..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return ContactKey::from_identity(Some(&WaId::from(digits)), None).map(ContactKey::into_string);
    }
    let (country, _) = text.split_once('.')?;
    let is_user = country.len() == 2 && country.bytes().all(|letter| letter.is_ascii_uppercase());
    is_user.then(|| ContactKey::from_identity(None, Some(&UserId::from(text)))).flatten().map(ContactKey::into_string)
}

/// Meta's seconds; some fields have milliseconds.
fn own_time(fields: &Fields<'_>) -> Option<Timestamp> {
    let told = fields.literal("timestamp").or_else(|| fields.literal("time"))?;
    let number: i64 = told.parse().ok()?;
    let at =
        if number > 100_000_000_000 { Timestamp::from_millisecond(number) } else { Timestamp::from_second(number) };
    at.ok()
}

fn holds_elements(value: &RawValue) -> bool {
    if let Some(items) = json::items(value) {
        return !items.is_empty();
    }
    Fields::parse_any(value).is_some_and(|fields| fields.iter().any(|(_, value)| holds_elements(value)))
}

fn quoted(name: &str) -> String {
    serde_json::to_string(name).unwrap_or_else(|_| String::from("\"\""))
}

#[cfg(test)]
mod tests;
