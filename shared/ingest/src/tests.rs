use std::collections::BTreeSet;

use jiff::Timestamp;
use model::consent::Words;
use model::{EventType, Notification, PhoneNumberId};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use store::Directory;

use crate::fold::{Fold, Folded};

const NOW: &str = "2026-01-02T00:00:00Z";

fn fold(body: &Json, registered: &[&str]) -> Folded {
    let body = serde_json::to_vec(body).unwrap();
    let notification = Notification::parse(&body).unwrap();
    let mut directory = Directory::default();
    for number in registered {
        directory.register(&PhoneNumberId::new(*number), Words::of(None, None));
    }
    let now: Timestamp = NOW.parse().unwrap();
    Fold::new(directory, now).all_of(&notification)
}

fn post(changes: &[Json]) -> Json {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "2", "changes": changes}]})
}

fn messages(number: &str, messages: &[Json]) -> Json {
    json!({"field": "messages", "value": {
        "metadata": {"phone_number_id": number},
        "contacts": [{"wa_id": "15550101", "profile": {"name": "Ana"}}],
        "messages": messages,
    }})
}

fn text(id: &str, from: &str, timestamp: i64) -> Json {
    json!({"id": id, "from": from, "timestamp": timestamp.to_string(), "type": "text", "text": {"body": "hi"}})
}

#[test]
fn messages_of_one_person_are_one_contact_with_the_newest_time() {
    let folded = fold(&post(&[messages("1", &[text("a", "15550101", 30), text("b", "15550101", 10)])]), &["1"]);
    assert_eq!(folded.inbound.messages.len(), 2);
    assert_eq!(folded.inbound.contacts.len(), 1);
    let contact = &folded.inbound.contacts[0];
    assert_eq!(contact.opened_at.unwrap().as_second(), 30);
    assert_eq!(contact.first_at.as_second(), 10);
    assert_eq!(contact.name.as_deref(), Some("Ana"));
    assert_eq!(contact.new_identities.len(), 1);
}

/// W-01: the user's time counts, never one that lies ahead of ours.
#[test]
fn a_time_ahead_of_ours_opens_no_longer_window() {
    let now: Timestamp = NOW.parse().unwrap();
    let folded = fold(&post(&[messages("1", &[text("a", "15550101", now.as_second() + 5_000)])]), &["1"]);
    assert_eq!(folded.inbound.contacts[0].opened_at, Some(now));
}

/// H-03: quarantined, published once as `unknown` for nobody, no contact and no message.
#[test]
fn a_number_that_is_no_channel_makes_no_contact() {
    let folded = fold(&post(&[messages("9", &[text("a", "15550101", 10)])]), &["1"]);
    assert!(folded.inbound.messages.is_empty() && folded.inbound.contacts.is_empty());
    assert_eq!(folded.inbound.kept.len(), 1);
    assert_eq!(folded.inbound.kept[0].cause, "unregistered");
    assert_eq!(folded.inbound.kept[0].at.as_second(), 10, "under Meta's time: delivered again it is the same item");
    assert_eq!(folded.counts.quarantined, 1);
    let [(event, None)] = folded.events.as_slice() else { panic!("not one event") };
    assert_eq!(event.kind, EventType::Unknown);
    assert!(event.contact.is_none());
}

/// The same for every field that names a number; a field of the account needs none.
#[test]
fn any_field_for_a_number_that_is_no_channel_is_quarantined() {
    let echo = |number| json!({"field": "smb_message_echoes", "value": {"metadata": {"phone_number_id": number}}});
    let handover = json!({"field": "messaging_handovers", "value": {"recipient": {"phone_number_id": "9"}}});
    let account = json!({"field": "account_update", "value": {"event": "X"}});
    let folded = fold(&post(&[echo("1"), echo("9"), handover, account]), &["1"]);
    let kept: Vec<_> = folded.inbound.kept.iter().map(|kept| kept.cause.as_str()).collect();
    assert_eq!(kept, ["change", "unregistered", "unregistered", "change"]);
    let told: Vec<_> =
        folded.events.iter().map(|(event, _)| (event.kind.as_str(), event.phone_number_id.is_some())).collect();
    assert_eq!(told, [("message.echoed", true), ("unknown", true), ("unknown", true), ("account.changed", false)]);
}

/// K-04: no phone number at all is no reason to drop anybody.
#[test]
fn a_person_without_a_phone_is_a_contact() {
    let message = json!({"id": "a", "from_user_id": "US.1", "timestamp": "10", "type": "text", "text": {"body": "x"}});
    let folded = fold(&post(&[messages("1", &[message])]), &["1"]);
    assert_eq!(folded.inbound.contacts[0].key.as_str(), "user:US.1");
    let contact = folded.events[0].0.contact.as_ref().unwrap();
    assert_eq!((contact.phone.as_deref(), contact.wa_id.is_none()), (None, true));
}

/// What would burst an item is kept by itself, so that the POST around it can be stored (K-03).
#[test]
fn what_is_too_large_for_an_item_is_kept_by_itself() {
    let name = "Ana".repeat(20_000);
    let status = json!({"id": "s", "status": "failed", "timestamp": "10", "errors": [{"code": 1, "title": name}]});
    let change = json!({"field": "messages", "value": {
        "metadata": {"phone_number_id": "1"},
        "contacts": [{"wa_id": "15550101", "profile": {"name": name}}],
        "messages": [text("a", "15550101", 10)],
        "statuses": [status],
    }});
    let folded = fold(&post(&[change]), &["1"]);
    assert!(folded.inbound.messages[0].profile.is_none());
    assert_eq!(folded.inbound.contacts[0].name.as_ref().unwrap().chars().count(), 256);
    assert!(folded.inbound.statuses[0].errors.is_none());
    let kept: Vec<_> = folded.inbound.kept.iter().map(|kept| (kept.field.as_str(), kept.raw.get().len())).collect();
    assert!(matches!(kept[..], [("contacts", 60_000..), ("statuses", 60_000..)]), "{kept:?}");
}

/// what a status says is kept whole, member by member.
#[test]
fn every_member_of_a_status_is_kept() {
    let status = json!({
        "id": "s", "status": "sent", "timestamp": "10", "recipient_id": "15550101", "recipient_user_id": "US.1",
        "pricing": {"category": "service"}, "conversation": {"id": "c"}, "tomorrow": [1],
        "biz_opaque_callback_data": "not ours",
    });
    let change =
        json!({"field": "messages", "value": {"metadata": {"phone_number_id": "1"}, "statuses": [status.clone()]}});
    let folded = fold(&post(&[change]), &["1"]);
    let [stored] = folded.inbound.statuses.as_slice() else { panic!("not one status") };
    let mut whole: Json = serde_json::from_str(stored.extra.as_ref().unwrap().get()).unwrap();
    whole["id"] = stored.id.as_str().into();
    whole["status"] = stored.status.clone().into();
    whole["timestamp"] = stored.at.as_second().to_string().into();
    whole["pricing"] = serde_json::from_str(stored.pricing.as_ref().unwrap().get()).unwrap();
    assert_eq!(whole, status);
}

#[test]
fn the_same_post_again_has_the_same_event_ids() {
    let body = post(&[
        messages("1", &[text("a", "15550101", 10)]),
        json!({"field": "account_update", "value": {"event": "X"}}),
        json!({"field": "brand_new", "value": [1, 2]}),
    ]);
    let ids = || fold(&body, &["1"]).events.iter().map(|(event, _)| event.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(), ids());
    assert_eq!(ids().len(), 3);
}

fn element() -> impl Strategy<Value = Json> {
    prop_oneof![
        (0_u8..50).prop_map(|n| text(&format!("m{n}"), &format!("1555010{n}"), i64::from(n))),
        (0_u8..50).prop_map(|n| json!({"id": format!("x{n}"), "from": "15550101", "type": "hologram", "hologram": n})),
        Just(json!(17)),
        Just(json!({"type": "text"})),
        Just(json!(null)),
    ]
}

proptest! {
    /// Items in = items stored + quarantined, whatever Meta sends, and each of them is told.
    #[test]
    fn nothing_is_dropped(
        batches in proptest::collection::vec((any::<bool>(), proptest::collection::vec(element(), 0..8)), 0..6),
        odd in proptest::collection::vec(prop_oneof![Just(json!(3)), Just(json!("x")), Just(json!([]))], 0..3),
    ) {
        let mut changes: Vec<Json> = batches
            .iter()
            .map(|(registered, elements)| messages(if *registered { "1" } else { "9" }, elements))
            .collect();
        changes.extend(odd.iter().cloned());
        let folded = fold(&post(&changes), &["1"]);
        let elements: usize = batches.iter().filter(|(registered, _)| *registered).map(|(_, all)| all.len()).sum();
        let quarantined = batches.iter().filter(|(registered, _)| !registered).count();
        prop_assert_eq!(folded.counts.quarantined, quarantined);
        prop_assert_eq!(folded.inbound.messages.len() + folded.inbound.kept.len(), elements + quarantined + odd.len());
        prop_assert_eq!(folded.events.len(), folded.inbound.messages.len() + folded.inbound.kept.len());
        let people: BTreeSet<_> = folded.inbound.messages.iter().filter_map(|m| m.contact.clone()).collect();
        prop_assert_eq!(people.len(), folded.inbound.contacts.len());
    }
}
