use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::template::diff;
use crate::{Change, WabaId};

fn second(at: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + at).unwrap()
}

/// As a webhook of this field tells it at this second.
fn news(field: &str, at: i64, more: &serde_json::Value) -> TemplateNews {
    let mut value = json!({"message_template_id": 9, "message_template_name": "order_ok",
        "message_template_language": "en-US"});
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let json = json!({"field": field, "value": value}).to_string();
    let change = Change::parse(serde_json::from_str(&json).unwrap()).unwrap();
    TemplateNews::of(&Field::read(&change), second(at)).unwrap()
}

fn status(at: i64, event: &str) -> TemplateNews {
    news("message_template_status_update", at, &json!({"event": event, "reason": "NONE"}))
}

fn listed(at: Timestamp, status: &str) -> Template {
    let json = json!({"id": "9", "name": "order_ok", "language": "en_US", "category": "UTILITY", "status": status,
        "quality_score": {"score": "GREEN"}, "components": []});
    Template::parse(&WabaId::new("2"), serde_json::from_str(&json.to_string()).unwrap(), at).unwrap()
}

fn told(news: impl IntoIterator<Item = TemplateNews>) -> AllTold {
    let mut told = AllTold::default();
    for one in news {
        told.hear(one.facet, one.told);
    }
    told
}

#[test]
fn the_newer_of_listing_and_webhook_stands() {
    let paused = told([status(10, "paused")]);
    for (listed_at, expected) in [(second(9), "PAUSED"), (second(11), "APPROVED")] {
        assert_eq!(listed(second(0), "APPROVED").with_told(&paused, listed_at).status, expected);
    }
    // In one second the webhook does.
    let within = second(10) + SignedDuration::from_millis(998);
    assert_eq!(listed(within, "APPROVED").with_told(&paused, within).status, "PAUSED");
    let shown = listed(second(0), "APPROVED").with_told(&paused, second(0));
    assert_eq!((shown.updated_at, shown.sendable()), (second(10), false));
}

#[test]
fn facets_do_not_touch_one_another() {
    let all = told([
        status(10, "PAUSED"),
        news("message_template_quality_update", 5, &json!({"new_quality_score": "red"})),
        news("template_category_update", 7, &json!({"previous_category": "UTILITY", "new_category": "MARKETING"})),
    ]);
    let shown = listed(second(0), "APPROVED").with_told(&all, second(6));
    assert_eq!(
        (shown.status.as_str(), shown.quality.as_deref(), shown.category.as_str()),
        ("PAUSED", Some("GREEN"), "MARKETING")
    );
}

/// S-04: the reason comes with a status and goes with it; what a listing does not tell stays while it says the same.
#[test]
fn a_reason_and_its_details_go_with_their_status() {
    let rejected = news(
        "message_template_status_update",
        10,
        &json!({"event": "REJECTED", "reason": "INVALID_FORMAT",
            "rejection_info": {"recommendation": "b", "reason": "a"}, "other_info": null}),
    );
    let shown = listed(second(0), "PENDING").with_told(&told([rejected.clone()]), second(0));
    assert_eq!(shown.rejected_reason.as_deref(), Some("INVALID_FORMAT"));
    let details = r#"{"rejection_info":{"reason":"a","recommendation":"b"}}"#;
    assert_eq!(shown.status_details.unwrap().get(), details);
    let confirmed = Template { rejected_reason: Some("INVALID_FORMAT".into()), ..listed(second(20), "REJECTED") };
    let confirmed = confirmed.with_told(&told([rejected.clone()]), second(20));
    assert_eq!(confirmed.status_details.unwrap().get(), details);
    let approved = listed(second(30), "APPROVED").with_told(&told([rejected.clone()]), second(30));
    assert!(approved.rejected_reason.is_none() && approved.status_details.is_none());
    let approved = listed(second(0), "PENDING").with_told(&told([rejected, status(11, "APPROVED")]), second(0));
    assert!(approved.rejected_reason.is_none() && approved.status_details.is_none() && approved.sendable());
}

#[test]
fn an_announced_category_stays_until_it_has_come_about() {
    let announced = news(
        "template_category_update",
        10,
        &json!({"new_category": "UTILITY", "correct_category": "MARKETING",
            "category_update_timestamp": second(86_400).as_second()}),
    );
    let next = NextCategory { category: "MARKETING".into(), at: Some(second(86_400)) };
    for listed_at in [second(0), second(20)] {
        let shown = listed(listed_at, "APPROVED").with_told(&told([announced.clone()]), listed_at);
        assert_eq!((shown.category.as_str(), shown.next_category.as_ref()), ("UTILITY", Some(&next)));
    }
    let moved = Template { category: "MARKETING".into(), ..listed(second(90_000), "APPROVED") };
    assert_eq!(moved.with_told(&told([announced.clone()]), second(90_000)).next_category, None);
    let done =
        news("template_category_update", 86_400, &json!({"previous_category": "UTILITY", "new_category": "MARKETING"}));
    let shown = listed(second(0), "APPROVED").with_told(&told([done, announced]), second(0));
    assert_eq!((shown.category.as_str(), shown.next_category), ("MARKETING", None));
}

#[test]
fn of_one_second_the_same_one_stands_in_any_order() {
    let (approved, paused) = (status(10, "APPROVED"), status(10, "PAUSED"));
    for order in [[approved.clone(), paused.clone()], [paused, approved]] {
        assert_eq!(listed(second(0), "PENDING").with_told(&told(order), second(0)).status, "PAUSED");
    }
    assert_eq!(Told::stored("nonsense").observed_at(), None);
    let unreadable = AllTold { status: Some(Told::stored("001800000000999#{")), ..AllTold::default() };
    assert_eq!(listed(second(0), "APPROVED").with_told(&unreadable, second(0)).status, "APPROVED");
}

/// What a table holds of one template and its account, as the store keeps it.
#[derive(Clone, Default)]
struct Stored {
    listing: Option<Template>,
    observed_at: Timestamp,
    listed_at: Timestamp,
    told: AllTold,
}

#[derive(Clone, Debug)]
enum Happens {
    Webhook(i64, &'static str),
    Sync(i64, &'static str),
}

impl Stored {
    fn take(&mut self, happens: &Happens) {
        match happens {
            Happens::Webhook(at, word) => {
                let news = status(*at, word);
                self.told.hear(news.facet, news.told);
            }
            Happens::Sync(at, word) => {
                // Between two seconds, as a sync begins.
                let began = second(*at) + SignedDuration::from_millis(500);
                let before: Vec<Template> = self.listing.iter().cloned().collect();
                for template in diff(&before, &[listed(began, word)]).write {
                    (self.listing, self.observed_at) = (Some(template), began);
                }
                self.listed_at = began;
            }
        }
    }

    fn shown(&self) -> Option<String> {
        let listing = self.listing.clone()?;
        Some(listing.with_told(&self.told, self.observed_at.max(self.listed_at)).status)
    }
}

fn word() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("APPROVED"), Just("PAUSED"), Just("REJECTED"), Just("DISABLED")]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// S-08: however webhooks are delayed, repeated and mixed with syncs, the newest observation stands.
    #[test]
    fn webhooks_and_syncs_commute(
        webhooks in prop::collection::vec((0_i64..20, word()), 0..6),
        syncs in prop::collection::btree_map(0_i64..20, word(), 1..4),
        places in prop::collection::vec(any::<prop::sample::Index>(), 12),
    ) {
        // Syncs hold a lease, and so follow one another; webhooks, each twice, come whenever they like.
        let mut order: Vec<Happens> = syncs.iter().map(|(at, word)| Happens::Sync(*at, word)).collect();
        for ((at, word), place) in webhooks.iter().chain(&webhooks).zip(&places) {
            order.insert(place.index(order.len() + 1), Happens::Webhook(*at, word));
        }
        let mut stored = Stored::default();
        for happens in &order {
            stored.take(happens);
        }
        let (synced_at, synced) = syncs.iter().next_back().unwrap();
        let newest = webhooks.iter().filter(|(at, _)| at >= synced_at).max();
        let expected = newest.map_or(*synced, |(_, word)| word);
        prop_assert_eq!(stored.shown(), Some(expected.to_owned()));
    }
}
