//! Management calls per WABA and hour (contract §5.6).

use jiff::{SignedDuration, Timestamp};

use super::graph_error::GraphError;
use super::state::State;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Counts a call, and refuses it with 80007 over the limit, if there is one.
pub(crate) fn count(state: &mut State, waba_id: &str, now: Timestamp) -> Result<(), GraphError> {
    let Some(limit) = state.settings.enforce.management_per_hour else { return Ok(()) };
    let calls = state.usage.entry(waba_id.to_owned()).or_default();
    while calls.front().is_some_and(|at| now.duration_since(*at) >= HOUR) {
        calls.pop_front();
    }
    if calls.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(
            GraphError::new(80_007).details("There have been too many calls to this WhatsApp Business account.")
        );
    }
    calls.push_back(now);
    Ok(())
}

/// `x-business-use-case-usage`, in percent, for calls on a WABA that is counted.
pub(crate) fn header(state: &State, waba_id: &str) -> Option<String> {
    let limit = state.settings.enforce.management_per_hour?;
    let calls = state.usage.get(waba_id)?.len();
    let percent = (calls * 100) / usize::try_from(limit.max(1)).ok()?;
    let regain = if percent >= 100 { 60 } else { 0 };
    Some(
        serde_json::json!({waba_id: [{"type": "whatsapp_business_management", "call_count": percent,
            "total_cputime": percent, "total_time": percent, "estimated_time_to_regain_access": regain}]})
        .to_string(),
    )
}
