//! `interactive` (contract §2.3): one shell around many kinds, each with rules for header, body and action.

mod action;
mod header;

pub use header::HeaderKind;

use super::Invalid;
use super::place::Object;
use crate::redact::redacted_debug;
use action::Check;
use header::HeaderRule;

#[derive(Clone, PartialEq, Eq)]
pub struct Interactive {
    /// Meta's `interactive.type`.
    pub kind: String,
    pub header: Option<HeaderKind>,
    pub body: Option<String>,
    pub footer: Option<String>,
}

redacted_debug!(Interactive);

/// What one kind wants.
struct Rule {
    kind: &'static str,
    header: HeaderRule,
    body_required: bool,
    action: Check,
}

const RULES: [Rule; 15] = [
    rule("button", HeaderRule::Any, action::reply_buttons),
    rule("list", HeaderRule::Text, action::list),
    rule("cta_url", HeaderRule::Any, action::cta_url),
    rule("location_request_message", HeaderRule::None, action::send_location),
    rule("request_contact_info", HeaderRule::None, action::request_contact_info),
    rule("address_message", HeaderRule::Any, action::address_message),
    Rule { kind: "product", header: HeaderRule::None, body_required: false, action: action::product },
    rule("product_list", HeaderRule::TextRequired, action::product_list),
    rule("catalog_message", HeaderRule::None, action::catalog_message),
    rule("flow", HeaderRule::Any, action::flow),
    rule("carousel", HeaderRule::None, action::carousel),
    rule("voice_call", HeaderRule::None, action::voice_call),
    rule("call_permission_request", HeaderRule::None, action::call_permission_request),
    rule("order_details", HeaderRule::Any, action::review_and_pay),
    rule("order_status", HeaderRule::None, action::review_order),
];

const fn rule(kind: &'static str, header: HeaderRule, action: Check) -> Rule {
    Rule { kind, header, body_required: true, action }
}

impl Interactive {
    pub(super) fn read(interactive: &Object<'_>) -> Result<Self, Invalid> {
        let place = interactive.required("type")?;
        let kind = place.filled_text()?;
        let Some(rule) = RULES.iter().find(|rule| rule.kind == kind) else {
            let known: Vec<_> = RULES.iter().map(|rule| rule.kind).collect();
            let given = Some(kind.chars().take(64).collect());
            return Err(Invalid { given, ..place.invalid(&format!("must be one of {}", known.join(", "))) });
        };
        if rule.body_required {
            interactive.required("body")?;
        }
        let read = Self {
            header: header::read(interactive, rule.header)?,
            body: words(interactive, "body")?,
            footer: words(interactive, "footer")?,
            kind,
        };
        (rule.action)(&interactive.required("action")?.object()?)?;
        Ok(read)
    }
}

/// Body and footer are `{"text": "…"}`, never strings.
fn words(interactive: &Object<'_>, name: &str) -> Result<Option<String>, Invalid> {
    let Some(place) = interactive.optional(name) else { return Ok(None) };
    place.object()?.required("text")?.filled_text().map(Some)
}
