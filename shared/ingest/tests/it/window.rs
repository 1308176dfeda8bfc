//! The window ledger (W-01…W-07).

use model::window::{OpenedKind, Standing};
use serde_json::{Value, json};

use crate::order::permutations;
use crate::said::{call, message, status, text};
use crate::world::{World, now, second};

/// Contract §5.1, kind by kind: what opens, and what does not.
#[tokio::test]
async fn each_kind_opens_or_does_not() {
    let world = World::new().await;
    let number = world.number().await;
    let who: &[&str] = &["15550101"];
    let closed = [
        message("r", who, 1, "reaction", &json!({"message_id": "x", "emoji": "👍"})),
        message(
            "e",
            who,
            2,
            "edit",
            &json!({"original_message_id": "x", "message": {"type": "text", "text": {"body": "y"}}}),
        ),
        message("v", who, 3, "revoke", &json!({"original_message_id": "x"})),
        message("h", who, 4, "hologram", &json!({})),
        message("s", who, 5, "system", &json!({"type": "customer_identity_changed"})),
        status("o", "read", who, 6),
        json!({"field": "smb_message_echoes", "value": {"message_echoes": [{"from": "15550100", "to": "15550101", "id": "x", "timestamp": second(7).as_second().to_string(), "type": "text"}]}}),
        json!({"field": "history", "value": {"history": [{"threads": [{"id": "15550101", "messages": [{"from": "15550101", "id": "y", "timestamp": second(7).as_second().to_string(), "type": "text", "text": {"body": "x"}}]}]}]}}),
        json!({"field": "standby", "value": {"standby": {"messages": [{"from": "15550101", "id": "z", "timestamp": second(7).as_second().to_string(), "type": "text", "text": {"body": "x"}}]}}}),
        json!({"field": "calls", "value": {"statuses": [{"id": "w", "type": "call", "status": "ACCEPTED", "timestamp": second(8).as_second().to_string(), "recipient_id": "15550101"}]}}),
        json!({"field": "calls", "value": {"calls": [{"id": "b", "event": "connect", "direction": "BUSINESS_INITIATED", "timestamp": second(8).as_second().to_string(), "to": "15550101"}]}}),
    ];
    for change in closed {
        world.take(&number, std::slice::from_ref(&change)).await;
        if let Some(contact) = world.find(&number, "15550101").await {
            assert_eq!(contact.window().standing(now()), Standing::Unknown, "{change}");
        }
    }
    let open = [
        ("t", "text", text("t", who, 11)),
        ("q", "request_welcome", message("q", who, 12, "request_welcome", &json!({}))),
        ("u", "unsupported", message("u", who, 13, "unsupported", &json!({"type": "poll"}))),
        ("b", "button", message("b", who, 14, "button", &json!({"payload": "p", "text": "t"}))),
    ];
    for (id, what, change) in open {
        world.take(&number, &[change]).await;
        let by = world.find(&number, "15550101").await.unwrap().opened_by.unwrap();
        assert_eq!((by.kind, by.id.as_str(), by.what.as_str()), (OpenedKind::Message, id, what));
    }
    world.take(&number, &[call("wacid.1", "connect", who, 20)]).await;
    let contact = world.find(&number, "15550101").await.unwrap();
    let by = contact.opened_by.unwrap();
    assert_eq!((by.kind, by.id.as_str(), contact.last_inbound_at), (OpenedKind::Call, "wacid.1", Some(second(20))));
}

/// A caller is a contact like a sender, and the end of the call opens nothing more.
#[tokio::test]
async fn a_caller_is_a_contact() {
    let world = World::new().await;
    let number = world.number().await;
    let rang = call("wacid.1", "connect", &["15550101", "US.1"], 10);
    let over = call("wacid.1", "terminate", &["15550101", "US.1"], 100);
    for order in [[&rang, &over], [&over, &rang]] {
        for change in order {
            world.take(&number, std::slice::from_ref(change)).await;
        }
        let contact = world.find(&number, "US.1").await.unwrap();
        assert_eq!(contact.key.as_str(), "wa:15550101");
        assert_eq!(contact.last_inbound_at, Some(second(10)));
    }
}

/// W-01: late, repeated, in any order, two in the same second: one window, by one message.
#[tokio::test]
async fn any_order_is_one_window() {
    let world = World::new().await;
    let who: &[&str] = &["15550101"];
    let all = [text("a", who, 30), text("c", who, 40), text("b", who, 40), text("d", who, 10)];
    for order in permutations(all.len()) {
        let number = world.number().await;
        for at in order.iter().chain(&order) {
            world.take(&number, std::slice::from_ref(&all[*at])).await;
        }
        let contact = world.find(&number, "15550101").await.unwrap();
        assert_eq!((contact.last_inbound_at, contact.first_seen_at <= second(40)), (Some(second(40)), true));
        assert_eq!(contact.opened_by.unwrap().id, "c", "the greater id of two in one second");
        assert_eq!(contact.name.as_deref(), Some("Name at 40"));
    }
}

/// Days late it is still of its own time, and ahead of ours it is now.
#[tokio::test]
async fn metas_time_counts_bounded_by_ours() {
    let world = World::new().await;
    let number = world.number().await;
    world.take(&number, &[text("late", &["15550101"], -86_400)]).await;
    let late = world.find(&number, "15550101").await.unwrap();
    assert_eq!((late.last_inbound_at, late.window().standing(now())), (Some(second(-86_400)), Standing::Expired));
    world.take(&number, &[text("ahead", &["15550102"], 86_400)]).await;
    assert_eq!(world.find(&number, "15550102").await.unwrap().last_inbound_at, Some(now()));
}

const HOURS: i64 = 3_600;

fn free(id: &str, at: i64, until: Option<i64>) -> Value {
    let mut change = status(id, "sent", &["15550101"], at);
    let told = &mut change["value"]["statuses"][0];
    told["pricing"] = json!({"billable": false, "pricing_model": "PMP", "type": "free_entry_point", "category": "referral_conversion"});
    if let Some(until) = until {
        let end = second(until).as_second().to_string();
        told["conversation"] =
            json!({"id": "c", "expiration_timestamp": end, "origin": {"type": "referral_conversion"}});
    }
    change
}

/// Meta held back for a day what it had to tell of one person: every answer to an advertisement in one POST.
#[tokio::test]
async fn a_day_of_free_answers_comes_in_one_post() {
    let world = World::new().await;
    let number = world.number().await;
    world.take(&number, &[text("m", &["15550101"], 0)]).await;
    // Each says more than the one before it: an earlier answer, a later end.
    let answers = (0..40).map(|nth| free(&format!("a{nth}"), 100 - nth, None));
    world.take(&number, &answers.collect::<Vec<_>>()).await;
    let contact = world.contact(&number, "wa:15550101").await;
    assert_eq!(contact.free_entry_point_until, Some(second(61 + 72 * HOURS)));
    let ends = (0..40).map(|nth| free(&format!("e{nth}"), 100, Some(200 * HOURS + nth)));
    world.take(&number, &ends.collect::<Vec<_>>()).await;
    let contact = world.contact(&number, "wa:15550101").await;
    assert_eq!(contact.free_entry_point_until, Some(second(200 * HOURS + 39)));
}

/// W-07: who came from an advertisement, and until when answering costs nothing. It never opens the window.
#[tokio::test]
async fn an_advertisement_makes_answers_free_and_opens_nothing() {
    let world = World::new().await;
    let number = world.number().await;
    let mut came = text("m", &["15550101"], -100_000);
    came["value"]["messages"][0]["referral"] = json!({"source_type": "ad", "source_id": "1"});
    world.take(&number, &[came]).await;
    assert_eq!(world.contact(&number, "wa:15550101").await.opened_by.unwrap().referral.as_deref(), Some("ad"));
    // Estimates: the first answer counts, in any order.
    for (at, until) in [(5, 77), (1, 73), (3, 73), (1, 73)] {
        world.take(&number, &[free(&format!("s{at}"), at * HOURS, None)]).await;
        let contact = world.contact(&number, "wa:15550101").await;
        assert_eq!(contact.free_entry_point_until, Some(second(until * HOURS)));
        assert_eq!(contact.window().standing(now()), Standing::Expired);
    }
    // Meta's own word is better, and a free answer after it began another time.
    world.take(&number, &[free("s6", 6 * HOURS, Some(70 * HOURS))]).await;
    assert_eq!(world.contact(&number, "wa:15550101").await.free_entry_point_until, Some(second(70 * HOURS)));
    world.take(&number, &[free("s7", 80 * HOURS, None)]).await;
    assert_eq!(world.contact(&number, "wa:15550101").await.free_entry_point_until, Some(second(152 * HOURS)));
    // Somebody who never wrote is no contact by it.
    let mut stranger = free("s8", 1, None);
    stranger["value"]["statuses"][0]["recipient_id"] = "15550109".into();
    world.take(&number, &[stranger]).await;
    assert!(world.find(&number, "15550109").await.is_none());
}

/// Meta's 131047 closes what was opened before it, whichever is told first, and as often as it is told.
#[tokio::test]
async fn metas_word_closes_it_until_they_write_again() {
    let who: &[&str] = &["15550101"];
    let refused = |code: i64, at: i64| {
        let mut change = status("o", "failed", who, at);
        change["value"]["statuses"][0]["errors"] = json!([{"code": code, "title": "x"}]);
        change
    };
    for (code, wrote_again, standing) in [
        (131_047, None, Standing::ClosedByMeta),
        (131_047, Some(text("b", who, -60)), Standing::Open),
        (131_026, None, Standing::Open),
    ] {
        let first = [text("a", who, -600), refused(code, -300)];
        let changes: Vec<Value> = first.into_iter().chain(wrote_again).collect();
        for order in permutations(changes.len()) {
            let world = World::new().await;
            let number = world.number().await;
            // A contact that is not stored yet has no window to close, so it is there first.
            world.take(&number, &[text("z", who, -900)]).await;
            for _ in 0..2 {
                for place in &order {
                    world.take(&number, std::slice::from_ref(&changes[*place])).await;
                }
            }
            let contact = world.find(&number, "15550101").await.unwrap();
            assert_eq!(contact.window().standing(now()), standing, "{code} {order:?}");
        }
    }
}
