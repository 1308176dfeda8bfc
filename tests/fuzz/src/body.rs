//! F3: a webhook's body, to our types. Every element of it must come out again, once, token for token: counted against a
//! reading of the brackets alone. Then the whole of it is posted, signed, and must be taken and told.

use std::sync::LazyLock;

use model::webhook::Field;
use model::{Notification, Value};
use serde::de::IgnoredAny;

use super::scan::{elements, members};
use super::world::{World, sign};

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// Beyond this a run would only repeat itself.
const POSTED_MAX: usize = 60_000;

pub fn body(data: &[u8]) {
    let parsed = Notification::parse(data);
    let Some(mut expected) = expected(data) else {
        assert!(parsed.is_err(), "taken for a webhook");
        is_taken(data, 0);
        return;
    };
    let notification = parsed.expect("a webhook that was refused");
    let mut found = found(&notification);
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found.len(), expected.len(), "elements came out, and went in");
    assert!(found == expected, "an element is not what it was");
    is_taken(data, expected.len());
}

/// What must come out of it: `None` where it is no webhook.
fn expected(data: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(data).ok()?;
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let entries = named(text, "entry")?.into_iter().filter_map(elements).collect::<Vec<_>>();
    if entries.is_empty() {
        return None;
    }
    let mut all = Vec::new();
    for entry in entries.into_iter().flatten() {
        match unambiguous(entry).and_then(|entry| elements(only(&entry, "changes")?)) {
            None => all.push(entry),
            Some(changes) => changes.into_iter().for_each(|change| of_change(change, &mut all)),
        }
    }
    Some(all)
}

/// A change whole, or what stands in it where it tells of messages.
fn of_change<'a>(change: &'a str, all: &mut Vec<&'a str>) {
    let parts = unambiguous(change).and_then(|members| {
        let is_messages = only(&members, "field").map(text_of).as_deref() == Some("messages");
        is_messages.then(|| only(&members, "value")).flatten()
    });
    let named_number = |value: &&str| {
        let metadata = named(value, "metadata").unwrap_or_default();
        let metadata = metadata.into_iter().find(|member| *member != "null").and_then(unambiguous);
        metadata.and_then(|metadata| only(&metadata, "phone_number_id")).is_some_and(is_id)
    };
    let Some(value) = parts.filter(named_number) else {
        all.push(change);
        return;
    };
    for (name, member) in members(value).unwrap() {
        match (text_of(name).as_str(), elements(member)) {
            ("metadata" | "messaging_product", _) => {}
            ("contacts" | "messages" | "statuses", Some(elements)) => all.extend(elements),
            (_, Some(elements)) if elements.is_empty() => {}
            _ if member == "null" => {}
            _ => all.push(member),
        }
    }
}

/// What did come out.
fn found<'a>(notification: &'a Notification<'a>) -> Vec<&'a str> {
    let mut all: Vec<&str> = notification.malformed.iter().map(|raw| raw.get()).collect();
    for entry in &notification.entries {
        all.extend(entry.malformed.iter().map(|raw| raw.get()));
        for change in &entry.changes {
            // Read by whoever asks for more: never more than a panic away.
            let _: (Field<'_>, _) = (Field::read(change), change.phone_number_id());
            let Value::Messages(value) = &change.value else {
                all.push(change.raw.get());
                continue;
            };
            all.extend(value.contacts.iter().map(|profile| profile.raw.get()));
            all.extend(value.messages.iter().map(|message| message.raw.get()));
            all.extend(value.statuses.iter().map(|status| status.raw.get()));
            all.extend(value.unknown.iter().map(|unknown| unknown.raw.get()));
            for message in &value.messages {
                message.display("?");
                value.profile_of(message);
            }
            for status in &value.statuses {
                status.meta_errors();
            }
        }
    }
    all
}

/// Posted, it is answered 200. What is neither contact nor empty is told: `items` is at most so much too high.
fn is_taken(data: &[u8], items: usize) {
    if data.len() > POSTED_MAX || items > 500 {
        return;
    }
    WORLD.stub.published();
    let request = lambda_http::http::Request::builder()
        .method("POST")
        .uri("/webhook")
        .header("x-hub-signature-256", sign(data))
        .body(lambda_http::Body::Binary(data.to_vec()))
        .unwrap();
    let answer = WORLD.answer(request);
    assert_eq!(answer.status(), 200);
    let told = WORLD.stub.published();
    let contacts = Notification::parse(data).map_or(0, |notification| {
        let values = notification.entries.iter().flat_map(|entry| &entry.changes).filter_map(|change| {
            if let Value::Messages(value) = &change.value { Some(value.contacts.len()) } else { None }
        });
        values.sum()
    });
    // The stub takes every number for a channel, so that nothing is quarantined whole.
    assert!(told + contacts >= items, "{told} events for {items} elements, {contacts} of them contacts");
}

/// Every value of this name, in whatever spelling.
fn named<'a>(json: &'a str, name: &str) -> Option<Vec<&'a str>> {
    Some(members(json)?.into_iter().filter(|(key, _)| text_of(key) == name).map(|(_, value)| value).collect())
}

/// The members of an object that names none twice.
fn unambiguous(json: &str) -> Option<Vec<(String, &str)>> {
    let mut members: Vec<_> = members(json)?.into_iter().map(|(name, value)| (text_of(name), value)).collect();
    members.sort();
    let twice = members.windows(2).any(|pair| pair[0].0 == pair[1].0);
    (!twice).then_some(members)
}

fn only<'a>(members: &[(String, &'a str)], name: &str) -> Option<&'a str> {
    members.iter().find(|(key, value)| key == name && *value != "null").map(|(_, value)| *value)
}

/// What a string says, read by hand: half a surrogate pair is U+FFFD, as three of its bytes are when taken for UTF-8.
fn text_of(json: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let Some(inside) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return String::new() };
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            units.extend(letter.encode_utf16(&mut [0; 2]).iter());
            continue;
        }
        match letters.next().unwrap() {
            'b' => units.push(8),
            'f' => units.push(12),
            'n' => units.push(10),
            'r' => units.push(13),
            't' => units.push(9),
            'u' => {
                let digits: String = letters.by_ref().take(4).collect();
                units.push(u16::from_str_radix(&digits, 16).unwrap());
            }
            plain => units.push(plain as u16),
        }
    }
    let lossy = |unit: Result<char, _>| unit.map_or_else(|_| "\u{fffd}\u{fffd}\u{fffd}".to_owned(), String::from);
    char::decode_utf16(units).map(lossy).collect()
}

/// A string or the digits of a number, neither empty nor longer than a key may be.
fn is_id(json: &str) -> bool {
    let text = match json.as_bytes().first() {
        Some(b'"') => text_of(json),
        Some(b'-' | b'0'..=b'9') => json.to_owned(),
        _ => return false,
    };
    !text.is_empty() && text.len() <= 512
}
