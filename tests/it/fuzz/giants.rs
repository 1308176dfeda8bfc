//! Inputs that are too large to keep: made when they are needed.

use serde_json::json;

/// Meta's largest body.
const LARGEST: usize = 3_000_000;
const DEEP: usize = 10_000;

pub(super) fn of(target: &str) -> Vec<Vec<u8>> {
    let all: Vec<String> = match target {
        "body" => bodies(),
        "http_event" => bodies().into_iter().map(|body| event(&body)).collect(),
        "handshake" => vec![
            format!("hub.mode=subscribe&hub.verify_token=fuzz-verify-token&hub.challenge={}", "9".repeat(60_000)),
            "a=b&".repeat(10_000),
            "%".repeat(30_000),
        ],
        "item" => vec![
            json!({"kind": {"S": "message"}, "message_id": {"S": "wamid.x"}, "raw": {"S": "x".repeat(400_000)}})
                .to_string(),
            format!(r#"{{"kind":{{"S":"send"}},"st_sent":{}{}}}"#, r#"{"M":{"x":"#.repeat(500), "}}".repeat(500)),
        ],
        _ => vec!["f".repeat(LARGEST)],
    };
    all.into_iter().map(String::into_bytes).collect()
}

fn bodies() -> Vec<String> {
    let around = |value: &str| {
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":{value}}}]}}]}}"#
        )
    };
    let with = |messages: &str| around(&format!(r#"{{"metadata":{{"phone_number_id":"1"}},"messages":[{messages}]}}"#));
    let text =
        r#"{"id":"wamid.x","from":"15550177001","type":"text","text":{"body":"canary"},"timestamp":"1790000000"}"#;
    let deep = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let deep_objects = format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP));
    vec![
        with(&vec![text; LARGEST / (text.len() + 1)].join(",")),
        with(&format!(r#"{{"id":"wamid.x","type":"text","text":{{"body":"{}"}}}}"#, "x".repeat(LARGEST))),
        with(&format!(r#"{{"id":"wamid.x","type":"text","text":{deep}}}"#)),
        with(&deep_objects),
        around(&deep),
        format!(r#"{{"entry":{deep}}}"#),
        deep,
        deep_objects,
        "[".repeat(LARGEST),
        format!(r#"{{"entry":[{}]}}"#, vec!["1"; 100_000].join(",")),
        format!("{{{}}}", vec![r#""entry":[]"#; 50_000].join(",")),
        with(&"9".repeat(500_000)),
        format!("\"{}\"", "\\ud800".repeat(100_000)),
    ]
}

/// Unsigned: a stranger's.
fn event(body: &str) -> String {
    json!({
        "version": "2.0", "routeKey": "POST /webhook", "rawPath": "/webhook", "rawQueryString": "",
        "headers": {"content-type": "application/json", "x-hub-signature-256": "sha256=0"},
        "requestContext": {"http": {"method": "POST", "path": "/webhook", "protocol": "HTTP/1.1"}, "stage": "$default"},
        "body": body, "isBase64Encoded": false,
    })
    .to_string()
}
