//! Verification by code, registration, two-step PIN (contract §1.6, §4.7).

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::call::{Answer, Call};
use super::graph_error::GraphError;
use super::numbers::{change, six_digits};
use super::shared::Shared;
use super::state::State;

/// Registrations and deregistrations of a number: ten in 72 hours.
pub(crate) type Attempts = VecDeque<Timestamp>;

const SPAN: SignedDuration = SignedDuration::from_hours(72);
const MOST: usize = 10;

/// `POST /{phone_number_id}/request_code`
pub(crate) fn request_code(shared: &Shared, call: &Call, id: &str) -> Answer {
    let params = call.params()?;
    let text = |key: &str| params.get(key).and_then(Value::as_str);
    match text("code_method") {
        Some("SMS" | "VOICE") => {}
        _ => return Err(GraphError::param("code_method", "must be SMS or VOICE")),
    }
    if text("language").is_none_or(str::is_empty) {
        return Err(GraphError::param("language", "is required"));
    }
    if verified(shared, call, id)? {
        return Err(GraphError::new(136_024).details("The phone number is verified: register it."));
    }
    change(shared, call, id, |_| ())
}

/// `POST /{phone_number_id}/verify_code`
pub(crate) fn verify_code(shared: &Shared, call: &Call, id: &str) -> Answer {
    let params = call.params()?;
    let code = params.get("code").and_then(Value::as_str).ok_or_else(|| GraphError::param("code", "is required"))?;
    let expected = shared.state().number(id).map(|number| number.code.clone());
    if expected.as_deref() != Some(code) {
        return Err(GraphError::new(136_025).details("The code is not the one that was sent: digits only."));
    }
    change(shared, call, id, |number| {
        number.node.insert("code_verification_status".into(), "VERIFIED".into());
    })
}

/// `POST /{phone_number_id}/register`
pub(crate) fn register(shared: &Shared, call: &Call, id: &str) -> Answer {
    let params = call.params()?;
    let text = |key: &str| params.get(key).and_then(Value::as_str);
    if text("messaging_product") != Some("whatsapp") {
        return Err(GraphError::param("messaging_product", "must be \"whatsapp\""));
    }
    let pin =
        text("pin").filter(|pin| six_digits(pin)).ok_or_else(|| GraphError::param("pin", "must be six digits"))?;
    if params.contains_key("data_localization_region") && call.major() >= 21 {
        return Err(GraphError::param("data_localization_region", "is set by settings since v21.0"));
    }
    attempt(&mut shared.state(), id, call.now)?;
    if !verified(shared, call, id)? {
        return Err(GraphError::new(133_006).details("Request a code and verify it first."));
    }
    let set = shared.state().number(id).and_then(|number| number.pin.clone());
    if set.is_some_and(|set| set != pin) {
        return Err(GraphError::new(133_005).details("The PIN is not the one that was set."));
    }
    change(shared, call, id, |number| {
        number.registered = true;
        number.pin = Some(pin.to_owned());
        number.node.insert("is_pin_enabled".into(), true.into());
        number.node.insert("status".into(), "CONNECTED".into());
        number.node.insert("platform_type".into(), "CLOUD_API".into());
    })
}

/// `POST /{phone_number_id}/deregister`
pub(crate) fn deregister(shared: &Shared, call: &Call, id: &str) -> Answer {
    attempt(&mut shared.state(), id, call.now)?;
    let on_the_app = shared.state().number(id).is_some_and(|n| n.node.get("is_on_biz_app") == Some(&Value::Bool(true)));
    if on_the_app {
        return Err(GraphError::new(100).details("A number that is on the business app too cannot be deregistered."));
    }
    change(shared, call, id, |number| {
        number.registered = false;
        number.node.insert("status".into(), "DISCONNECTED".into());
        number.node.insert("platform_type".into(), "NOT_APPLICABLE".into());
    })
}

fn verified(shared: &Shared, call: &Call, id: &str) -> Result<bool, GraphError> {
    let state = shared.state();
    let number = state.number(id).ok_or_else(|| State::gone(id, &call.method))?;
    Ok(number.node.get("code_verification_status").and_then(Value::as_str) == Some("VERIFIED"))
}

fn attempt(state: &mut State, id: &str, now: Timestamp) -> Result<(), GraphError> {
    let attempts = state.registrations.entry(id.to_owned()).or_default();
    while attempts.front().is_some_and(|at| now.duration_since(*at) >= SPAN) {
        attempts.pop_front();
    }
    if attempts.len() >= MOST {
        return Err(GraphError::new(133_016).details("Ten registrations and deregistrations in 72 hours are the most."));
    }
    attempts.push_back(now);
    Ok(())
}
