//! infra/docs/message-types.md, read.

use serde_json::Value;

const PAGE: &str = include_str!("../../../infra/docs/message-types.md");

/// What the page has an example of.
pub(super) const KINDS: [&str; 28] = [
    "text",
    "reaction",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "interactive button",
    "interactive list",
    "interactive cta_url",
    "interactive flow",
    "interactive product",
    "interactive product_list",
    "interactive catalog_message",
    "interactive location_request_message",
    "interactive request_contact_info",
    "interactive address_message",
    "interactive voice_call",
    "interactive call_permission_request",
    "interactive order_details",
    "interactive order_status",
    "interactive carousel",
    "template",
    "pin",
    "pin pin",
];

/// The bodies, in their order.
pub(super) fn examples() -> Vec<Value> {
    let blocks = PAGE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}"))).collect()
}

/// The second column of its table of limits.
pub(super) fn limits() -> Vec<String> {
    let (_, section) = PAGE.split_once("\n## Limits\n").unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').rsplit('|').next().unwrap().trim().to_owned()).collect()
}
