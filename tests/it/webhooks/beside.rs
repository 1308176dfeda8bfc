//! What else a change of `messages` may hold.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::page::table;
use super::{change, posted, system};
use crate::system::text;

/// By place: the member, and the element or member that is told of.
fn examples() -> BTreeMap<&'static str, (&'static str, Value)> {
    let payment = json!({"id": "PAY1", "type": "payment", "status": "captured", "timestamp": "1767614400",
        "payment": {"reference_id": "r1", "amount": {"value": 7900, "offset": 100}}});
    let click = json!([{"action_type": "marketing_messages_link_click", "timestamp": "1767614400",
        "marketing_messages_link_click_data": {"click_component": "cta", "click_id": "c1"}}]);
    let moved = json!([{"wa_id": "15550177898", "user_id": {"previous": "US.1", "current": "US.2"}}]);
    BTreeMap::from([
        ("errors", ("errors", json!([{"code": 131_035, "title": "Message could not be stored"}]))),
        ("user_actions", ("user_actions", click)),
        ("statuses.payment", ("statuses", payment)),
        ("statuses.call", ("statuses", json!({"id": "wacid.1", "type": "call", "status": "RINGING"}))),
        ("messages", ("messages", json!({"type": "text", "text": {"body": "canary without an id"}}))),
        ("statuses", ("statuses", json!({"status": "sent"}))),
        ("contacts", ("contacts", json!("nobody"))),
        ("user_id_update", ("user_id_update", moved)),
        ("member_of_2027", ("member_of_2027", json!({"anything": [7.90, null]}))),
    ])
}

#[tokio::test]
async fn what_is_neither_is_kept_and_told() {
    let rows = table("Beside messages and statuses");
    let examples = examples();
    assert_eq!(rows.keys().map(String::as_str).collect::<Vec<_>>(), examples.keys().copied().collect::<Vec<_>>());
    let system = system().await;
    for (place, (member, raw)) in examples {
        let listed = ["statuses", "messages", "contacts"].contains(&member);
        let value = if listed { json!([raw]) } else { raw.clone() };
        let events = posted(&system, &[change(&json!({ member: value }))]).await;
        let [told] = events.as_slice() else { panic!("{place}: {} events", events.len()) };
        assert_eq!((told.kind.as_str(), told.data()), ("unknown", json!({"field": place, "value": raw})), "{place}");
        let kept = system.items_of("kept").await;
        let item =
            kept.iter().find(|item| text(item, "field") == place).unwrap_or_else(|| panic!("{place} is not kept"));
        assert_eq!(text(item, "cause"), "unknown", "{place}");
        assert_eq!(serde_json::from_str::<Value>(text(item, "raw")).unwrap(), raw, "{place}");
    }
    system.done().await;
}

/// A POST that says the same thing over and over is one like any other: refused, it would come back for a week.
#[tokio::test]
async fn the_same_thing_many_times_over_is_one() {
    let system = system().await;
    let message = json!({"id": "wamid.same", "from": "15550177897", "timestamp": "1767614400", "type": "text",
        "text": {"body": "canary"}});
    let status = json!({"id": "wamid.same-status", "status": "sent", "timestamp": "1767614400"});
    let members = json!({"messages": vec![message; 30], "statuses": vec![status; 30], "contacts": vec![json!(7); 30]});
    let mut changes = vec![change(&members)];
    changes.extend(vec![json!({"field": "account_alerts", "value": {"alert_type": "OBA_APPROVED"}}); 30]);
    changes.extend(vec![json!("no change at all"); 30]);
    let events = posted(&system, &changes).await;
    let mut kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["account.changed", "message.received", "message.status", "unknown", "unknown"]);
    assert_eq!(system.items_of("kept").await.len(), 3);
    assert_eq!(system.items_of("message").await.len(), 2);
    system.done().await;
}
