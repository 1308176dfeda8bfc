//! `interactive` (contract §2.3): one shell around many kinds, each with rules for header, body, footer and action.

mod action;
mod header;
pub(super) mod order;
pub(super) mod products;

pub use header::HeaderKind;

use super::Invalid;
use super::place::Object;
use crate::limits::{self, Limit};
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
    body: &'static Limit,
    body_required: bool,
    footer: bool,
    action: Check,
}

const RULES: [Rule; 15] = [
    rule("button", HeaderRule::Any, action::reply_buttons),
    Rule { body: &limits::LIST_BODY, ..rule("list", HeaderRule::Text, action::list) },
    rule("cta_url", HeaderRule::Any, action::cta_url),
    bare("location_request_message", action::send_location),
    bare("request_contact_info", action::request_contact_info),
    rule("address_message", HeaderRule::Any, action::address_message),
    Rule { body_required: false, ..rule("product", HeaderRule::None, products::one) },
    rule("product_list", HeaderRule::TextRequired, products::list),
    rule("catalog_message", HeaderRule::None, products::catalog),
    rule("flow", HeaderRule::Any, action::flow),
    bare("carousel", action::carousel),
    bare("voice_call", action::voice_call),
    bare("call_permission_request", action::call_permission_request),
    rule("order_details", HeaderRule::Image, order::review_and_pay),
    rule("order_status", HeaderRule::None, order::review_order),
];

const fn rule(kind: &'static str, header: HeaderRule, action: Check) -> Rule {
    Rule { kind, header, body: &limits::INTERACTIVE_BODY, body_required: true, footer: true, action }
}

/// Words and an action, with neither header nor footer.
const fn bare(kind: &'static str, action: Check) -> Rule {
    Rule { footer: false, ..rule(kind, HeaderRule::None, action) }
}

impl Interactive {
    pub(super) fn read(interactive: &Object<'_>) -> Result<Self, Invalid> {
        let place = interactive.required("type")?;
        let kind = place.filled_text()?;
        let Some(rule) = RULES.iter().find(|rule| rule.kind == kind) else {
            place.unknown_kind(&kind, &RULES.map(|rule| rule.kind))?;
            return Ok(Self { kind, header: None, body: None, footer: None });
        };
        if rule.body_required {
            interactive.required("body")?;
        }
        if !rule.footer {
            interactive.forbid("footer", "is not allowed in this kind of interactive message")?;
        }
        let read = Self {
            header: header::read(interactive, rule.header)?,
            body: words(interactive, "body", rule.body)?,
            footer: words(interactive, "footer", &limits::FOOTER)?,
            kind,
        };
        (rule.action)(&interactive.required("action")?.object()?)?;
        Ok(read)
    }
}

/// Body and footer are `{"text": "…"}`, never strings.
fn words(interactive: &Object<'_>, name: &str, limit: &Limit) -> Result<Option<String>, Invalid> {
    let Some(place) = interactive.optional(name) else { return Ok(None) };
    place.object()?.required("text")?.filled_within(limit).map(Some)
}
