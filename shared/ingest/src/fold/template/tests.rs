use std::collections::BTreeSet;

use jiff::Timestamp;
use model::template::Facet;
use model::{Notification, WabaId};
use serde_json::{Value, json};
use store::Directory;

use super::{TemplateKey, templates};
use crate::fold::{Fold, Folded};

const NOW: i64 = 1_767_614_400;

fn known() -> BTreeSet<TemplateKey> {
    BTreeSet::from([(WabaId::new("2"), "order_ok".to_owned(), "en_US".to_owned())])
}

fn fold(entry: &Value, known: BTreeSet<TemplateKey>) -> Folded {
    let body = json!({"entry": [entry]}).to_string();
    let notification = Notification::parse(body.as_bytes()).unwrap();
    let now = Timestamp::from_second(NOW).unwrap();
    Fold::new(Directory::default(), now).knowing(known).all_of(&notification)
}

fn about(name: &str, field: &str, more: &Value) -> Value {
    let mut value = json!({"message_template_id": 9, "message_template_name": name,
        "message_template_language": "en-US"});
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"field": field, "value": value})
}

fn status(name: &str, event: &str) -> Value {
    about(name, "message_template_status_update", &json!({"event": event}))
}

fn entry(changes: &[Value]) -> Value {
    json!({"id": "2", "time": NOW - 10, "changes": changes})
}

/// The account and the moment that a listing has to follow: the end of the second that was told.
fn asked(folded: &Folded) -> Vec<(&str, i64)> {
    folded.syncs.iter().map(|job| (job.waba_id.as_str(), job.changed_at.unwrap().as_second() - NOW)).collect()
}

/// P5: as many writes as facets of templates, and at most one job, whatever number of changes.
#[test]
fn a_post_writes_a_facet_once() {
    let quality =
        |score: &str| about("order_ok", "message_template_quality_update", &json!({"new_quality_score": score}));
    let changes = [status("order_ok", "APPROVED"), status("order_ok", "PAUSED"), quality("RED"), quality("GREEN")];
    let folded = fold(&entry(&changes), known());
    let told: Vec<_> = folded.inbound.templates.iter().map(|told| (told.news.facet, told.news.told.as_str())).collect();
    let [(Facet::Status, paused), (Facet::Quality, red)] = told.as_slice() else { panic!("{told:?}") };
    assert!(paused.contains("PAUSED") && red.contains("RED"));
    assert!(folded.syncs.is_empty());
    assert_eq!((folded.inbound.kept.len(), folded.events.len()), (4, 4), "each is kept and told all the same");
}

#[test]
fn a_listing_is_asked_for_where_only_one_tells() {
    for change in [
        about("order_ok", "message_template_components_update", &json!({"message_template_element": "Hi"})),
        status("order_ok", "REINSTATED"),
        status("order_ok", "EVENT_OF_2027"),
        status("new_one", "APPROVED"),
        json!({"field": "phone_number_name_update", "value": {"decision": "APPROVED"}}),
        json!({"field": "phone_number_quality_update", "value": {"event": "DOWNGRADE"}}),
        json!({"field": "business_capability_update", "value": {"max_daily_conversations_per_business": 2000}}),
        json!({"field": "account_update", "value": {"event": "DISABLED_UPDATE"}}),
    ] {
        assert_eq!(asked(&fold(&entry(&[change.clone(), change.clone()]), known())), [("2", -9)], "{change}");
    }
    for change in [
        status("order_ok", "paused"),
        about("order_ok", "template_correct_category_detection", &json!({"correct_category": "MARKETING"})),
        json!({"field": "account_update", "value": {"event": "PARTNER_ADDED"}}),
        json!({"field": "account_update", "value": 7}),
        json!({"field": "account_alerts", "value": {"alert_type": "OBA_APPROVED"}}),
        json!({"field": "security", "value": {"event": "PIN_CHANGED"}}),
        json!({"field": "brand_new", "value": {"event": "APPROVED"}}),
    ] {
        assert_eq!(asked(&fold(&entry(std::slice::from_ref(&change)), known())), [], "{change}");
    }
}

/// Without a time, or with one far ahead, nobody knows what is newer: it is not stored as told, a listing says.
#[test]
fn what_has_no_place_in_time_is_listed() {
    for time in [json!(null), json!(NOW + 3_600), json!("soon"), json!(NOW * 1_000)] {
        let folded = fold(&json!({"id": "2", "time": time, "changes": [status("order_ok", "PAUSED")]}), known());
        assert!(folded.inbound.templates.is_empty(), "{time}");
        assert_eq!(asked(&folded), [("2", 1)], "{time}");
    }
    let soon = fold(&json!({"id": "2", "time": NOW + 30, "changes": [status("order_ok", "PAUSED")]}), known());
    assert_eq!(soon.inbound.templates.len(), 1, "clocks may differ a little");
}

/// The dashboard's test button sends an account 0: kept and told like any other, and nothing else.
#[test]
fn an_account_that_is_none_changes_nothing() {
    for id in ["0", ""] {
        let changes = [status("order_ok", "PAUSED"), json!({"field": "account_update", "value": {"event": "X"}})];
        let folded = fold(&json!({"id": id, "time": NOW, "changes": changes}), BTreeSet::new());
        assert!(folded.inbound.templates.is_empty() && folded.syncs.is_empty());
        assert_eq!((folded.inbound.kept.len(), folded.events.len()), (2, 2));
    }
}

/// The entry of a partner's event bears a business portfolio.
#[test]
fn an_event_names_the_account_it_is_about() {
    let update = |event, info: Value| json!({"field": "account_update", "value": {"event": event, "waba_info": info}});
    let changes = [
        update("VERIFIED_ACCOUNT", json!(null)),
        update("PARTNER_ADDED", json!({"waba_id": 7})),
        update("PARTNER_REMOVED", json!({})),
        json!({"field": "partner_solutions", "value": {"event": "SOLUTION_CREATED"}}),
    ];
    let folded = fold(&entry(&changes), known());
    let accounts: Vec<_> =
        folded.events.iter().map(|(event, _)| event.waba_id.as_ref().map(|id| id.as_str().to_owned())).collect();
    assert_eq!(accounts, [Some("2".into()), Some("7".into()), None, None]);
}

/// P5: what is looked up in the table is named by template fields alone.
#[test]
fn only_template_fields_name_templates() {
    let changes = [
        json!({"field": "messages", "value": {"metadata": {"phone_number_id": "1"}, "message_template_name": "a"}}),
        json!({"field": "flows", "value": {"message_template_name": "a", "message_template_language": "en"}}),
        status("order_ok", "PAUSED"),
        status("order_ok", "APPROVED"),
        about("x".repeat(600).as_str(), "message_template_status_update", &json!({"event": "PAUSED"})),
    ];
    let body = json!({"entry": [entry(&changes)]}).to_string();
    let named: BTreeSet<_> = templates(&Notification::parse(body.as_bytes()).unwrap()).collect();
    assert_eq!(named, known());
}
