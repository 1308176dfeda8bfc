//! `flows`: a flow changed its status, or its endpoint does badly.

use crate::json::Fields;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowUpdate {
    /// `FLOW_STATUS_CHANGE`, `CLIENT_ERROR_RATE`, `ENDPOINT_ERROR_RATE`, `ENDPOINT_LATENCY`, `ENDPOINT_AVAILABILITY`,
    /// `FLOW_VERSION_EXPIRY_WARNING`.
    pub event: String,
    pub flow_id: Option<String>,
    pub old_status: Option<String>,
    pub new_status: Option<String>,
    /// `ACTIVATED` or `DEACTIVATED`.
    pub alert_state: Option<String>,
    /// Percent, or milliseconds for latency, as Meta wrote it.
    pub threshold: Option<String>,
    pub message: Option<String>,
    pub warning: Option<String>,
}

impl FlowUpdate {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        Some(Self {
            event: value.literal("event")?,
            flow_id: value.literal("flow_id"),
            old_status: value.literal("old_status"),
            new_status: value.literal("new_status"),
            alert_state: value.literal("alert_state"),
            threshold: value.literal("threshold"),
            message: value.literal("message"),
            warning: value.literal("warning"),
        })
    }
}
