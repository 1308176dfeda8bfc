//! Whom a message is for (contract §2.1, §3.11, §5.10).

use super::Invalid;
use super::place::{Object, Place};
use crate::ids::UserId;
use crate::json::MAX_ID;
use crate::limits;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// Digits with the country code.
    Phone(String),
    User(UserId),
    Group(String),
}

redacted_debug!(Recipient);

/// Where both `to` and `recipient` are given, Meta takes `to`.
pub(super) fn read(message: &Object<'_>) -> Result<Recipient, Invalid> {
    let group = match message.optional("recipient_type") {
        None => false,
        Some(kind) => kind.one_of(&["individual", "group"])? == "group",
    };
    match (message.optional("to"), message.optional("recipient")) {
        (Some(to), _) if group => of_group(&to).map(Recipient::Group),
        (None, _) if group => Err(message.invalid("to", "is required: the id of the group")),
        (Some(to), _) => phone(&to).map(Recipient::Phone),
        (None, Some(recipient)) => user(&recipient).map(Recipient::User),
        (None, None) => Err(message.invalid("to", "is required (or recipient, for a business-scoped user id)")),
    }
}

/// Opaque. One that is no id of anything cannot be a key of the table either.
fn of_group(to: &Place<'_>) -> Result<String, Invalid> {
    let id = to.literal()?;
    if id.len() <= MAX_ID {
        return Ok(id);
    }
    let rule = format!("must be the id of a group, of at most {MAX_ID} bytes");
    Err(Invalid { given: Some(format!("{} bytes", id.len())), ..to.invalid(&rule) })
}

/// Spaces, brackets and hyphens are for people. A `+` is not needed here and always sent: without it Meta may take a
/// number for a local one.
fn phone(to: &Place<'_>) -> Result<String, Invalid> {
    let given = to.literal()?;
    let digits: String = given.chars().filter(|c| !matches!(c, ' ' | '(' | ')' | '-' | '+')).collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(
            to.invalid("must be a phone number with its country code; a business-scoped user id is a recipient")
        );
    }
    if limits::PHONE_DIGITS.allows(digits.len()) {
        return Ok(digits);
    }
    let rule = format!("must be a phone number of {} with its country code", limits::PHONE_DIGITS.words());
    Err(Invalid { given: Some(format!("{} digits", digits.len())), ..to.invalid(&rule) })
}

/// `^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`
fn user(recipient: &Place<'_>) -> Result<UserId, Invalid> {
    let text = recipient.text()?;
    let rest = text
        .split_once('.')
        .filter(|(country, _)| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()));
    let known = rest.is_some_and(|(_, rest)| {
        let id = rest.strip_prefix("ENT.").unwrap_or(rest);
        limits::USER_ID.allows(id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if known {
        return Ok(UserId::from(text));
    }
    let rule = format!(
        "must be a business-scoped user id, such as US.1000000001, with {} after its prefix; a phone number goes into to",
        limits::USER_ID.words()
    );
    let after = text.split_once('.').map_or("", |(_, id)| id);
    let count = after.strip_prefix("ENT.").unwrap_or(after).chars().count();
    Err(Invalid { given: Some(format!("{count} after it")), ..recipient.invalid(&rule) })
}
