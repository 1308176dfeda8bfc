//! What a caller asks for beside Meta's message: `waypost` in a request to the API, `options` in an envelope (design §5).
//!
//! An option that is not known is refused, never ignored.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{FallbackTemplate, LIBRARY, MediaFrom, OnUnsupported, Send, SendMedia, UPLOADS, WindowPolicy};
use crate::ids::SendId;
use crate::limits;
use crate::outbound::Invalid;
use crate::outbound::place::Place;
use crate::template::Variables;

/// What is stored of it is this, as JSON; a member that says nothing is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SendOptions {
    /// Who judges the service window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowPolicy>,
    /// Not sent before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Timestamp>,
    /// Seconds from being queued, or from `send_at`, after which it is not sent any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
    /// What becomes of a send that stays uncertain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_uncertain: Option<OnUncertain>,
    /// Sent once another send to the same person was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_delivered: Option<AfterDelivered>,
    /// A kind that this version does not know goes to Meta as it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
    /// The file that the message brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<SendMedia>,
    /// Sent instead where the window is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_template: Option<FallbackTemplate>,
    /// What fills the template's parameters. It is done when the send is stored, so none of it is.
    #[serde(skip)]
    pub variables: Option<Variables>,
}

/// What becomes of a send of which nothing tells whether Meta took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUncertain {
    /// It is sent again: the person may get it twice, and gets it at least once.
    Resend,
}

/// Whose delivery a send waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterDelivered {
    /// Whatever went to this person last.
    Previous,
    /// This send.
    Send(SendId),
}

/// Why options are not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum OptionRefused {
    /// This version does not know it.
    NotSupported(Invalid),
    /// It breaks a rule.
    Invalid(Invalid),
}

impl SendOptions {
    /// Reads the options that stand under `name`, by which complaints call them. `null` is absent.
    pub fn parse(raw: &RawValue, name: &str) -> Result<Self, OptionRefused> {
        let mut options = Self::default();
        for (option, value) in Place::at(name, raw).object()?.members() {
            match option {
                "window" => options.window = Some(window(&value)?),
                "send_at" => options.send_at = Some(send_at(&value)?),
                "expires_in" => options.expires_in = Some(expires_in(&value)?),
                "on_uncertain" => options.on_uncertain = on_uncertain(&value)?,
                "media" => options.media = Some(media(&value)?),
                "after_delivered" => options.after_delivered = after_delivered(&value)?,
                "raw" => options.raw = value.flag()?,
                "fallback_template" => options.fallback_template = Some(FallbackTemplate::read(&value)?),
                "variables" => options.variables = Some(Variables::parse(value.raw(), value.field())?),
                _ => return Err(OptionRefused::NotSupported(value.invalid("is not an option of this version"))),
            }
        }
        Ok(options)
    }

    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The rules that need to know when it is queued.
    pub fn check_at(&self, name: &str, queued_at: Timestamp) -> Result<(), Invalid> {
        let latest = queued_at + SignedDuration::from_hours(24 * limits::SEND_AT_DAYS);
        match self.send_at {
            Some(at) if at > latest => Err(Invalid {
                field: format!("{name}.send_at"),
                rule: format!("must be at most {} days ahead", limits::SEND_AT_DAYS),
                given: Some(at.to_string()),
            }),
            _ => Ok(()),
        }
    }
}

impl Send {
    /// When it is not sent any more, where the caller said so.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let seconds = self.options.expires_in?;
        let from = self.options.send_at.map_or(self.created_at, |at| at.max(self.created_at));
        from.checked_add(SignedDuration::from_secs(i64::from(seconds))).ok()
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at().is_some_and(|at| at <= now)
    }
}

impl From<Invalid> for OptionRefused {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

fn window(value: &Place<'_>) -> Result<WindowPolicy, Invalid> {
    match value.text()?.as_str() {
        "meta" => Ok(WindowPolicy::Meta),
        _ => Err(value.invalid("must be \"meta\", or absent")),
    }
}

fn send_at(value: &Place<'_>) -> Result<Timestamp, Invalid> {
    let text = value.text()?;
    let rule = "must be a time of RFC 3339, such as 2026-12-24T18:00:00Z";
    text.parse().map_err(|_| Invalid { given: Some(text.chars().take(64).collect()), ..value.invalid(rule) })
}

fn expires_in(value: &Place<'_>) -> Result<u32, Invalid> {
    let (least, most) = (limits::EXPIRES_IN.start(), limits::EXPIRES_IN.end());
    let given = value.raw().get();
    let seconds = given.parse().ok().filter(|seconds| limits::EXPIRES_IN.contains(seconds));
    seconds.ok_or_else(|| Invalid {
        given: Some(given.chars().take(64).collect()),
        ..value.invalid(&format!("must be a whole number of seconds from {least} to {most}"))
    })
}

fn on_uncertain(value: &Place<'_>) -> Result<Option<OnUncertain>, Invalid> {
    match value.text()?.as_str() {
        "resend" => Ok(Some(OnUncertain::Resend)),
        "fail" => Ok(None),
        _ => Err(value.invalid("must be \"fail\" or \"resend\"")),
    }
}

fn media(value: &Place<'_>) -> Result<SendMedia, OptionRefused> {
    let (mut key, mut url, mut unsupported) = (None, None, None);
    for (member, value) in value.object()?.members() {
        match member {
            "key" => key = Some(media_key(&value)?),
            "url" => url = Some(media_url(&value)?),
            "unsupported" => {
                let policy = OnUnsupported::parse(&value.text()?);
                unsupported = Some(policy.ok_or_else(|| value.invalid("must be \"link\" or \"fail\""))?);
            }
            _ => return Err(OptionRefused::NotSupported(value.invalid("is not an option of this version"))),
        }
    }
    let from = match (key, url) {
        (Some(key), None) => MediaFrom::Key(key),
        (None, Some(url)) => MediaFrom::Url(url),
        _ => return Err(value.invalid("must have either a key or a url").into()),
    };
    Ok(SendMedia { from, unsupported })
}

/// What else is in the bucket is nobody's to send: messages, and what other people sent.
fn media_key(value: &Place<'_>) -> Result<String, Invalid> {
    let key = value.text()?;
    let folder = [UPLOADS, LIBRARY].into_iter().find(|folder| key.starts_with(folder) && key.len() > folder.len());
    if folder.is_some() && key.len() <= limits::OBJECT_KEY_BYTES && !key.contains(char::is_control) {
        return Ok(key);
    }
    Err(value.invalid(&format!("must be an object of the bucket under {UPLOADS} or {LIBRARY}")))
}

fn media_url(value: &Place<'_>) -> Result<String, Invalid> {
    let url = value.text()?;
    let characters = url.chars().count();
    if characters > limits::URL_CHARS {
        let rule = format!("must have at most {} characters", limits::URL_CHARS);
        return Err(Invalid { given: Some(characters.to_string()), ..value.invalid(&rule) });
    }
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let usable =
        rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace));
    if usable { Ok(url) } else { Err(value.invalid("must be a public https URL")) }
}

fn after_delivered(value: &Place<'_>) -> Result<Option<AfterDelivered>, Invalid> {
    match value.raw().get() {
        "true" => return Ok(Some(AfterDelivered::Previous)),
        "false" => return Ok(None),
        _ => {}
    }
    let rule = "must be true, or the id of a send";
    let id = value.text().ok().and_then(|text| SendId::parse(&text)).ok_or_else(|| value.invalid(rule))?;
    Ok(Some(AfterDelivered::Send(id)))
}

#[cfg(test)]
mod tests;
