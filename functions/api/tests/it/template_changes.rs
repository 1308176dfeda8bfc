//! Templates submitted, edited and deleted: what Meta is asked, what is stored, and what a lost answer costs (T-03, T-08,
//! T-14, T-15, T-17).

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{WABA, World};

fn path(rest: &str) -> String {
    format!("/v1/wabas/{WABA}/templates{rest}")
}

fn order(text: &str) -> Value {
    json!({"name": "order_ok", "language": "en_US", "category": "UTILITY", "components": [
        {"type": "BODY", "text": text, "example": {"body_text": [["Ana"]]}}, {"type": "FOOTER", "text": "Demo Shop"}]})
}

const TEXT: &str = "Hi {{1}}, your order is on the way.";
const OTHER: &str = "Hi {{1}}, your order has left our house.";

impl World {
    /// The clock stands, and what is observed at one moment is observed once.
    fn later(&self) {
        self.clock.advance(Duration::from_secs(1));
    }

    async fn stored(&self, name: &str) -> Value {
        let page = self.get(&path(&format!("?q={name}"))).await.json();
        page["items"][0].clone()
    }

    /// Calls that change a template at Meta.
    fn changes(&self) -> usize {
        let calls = self.meta.calls();
        calls.iter().filter(|call| call.method != "GET").count()
    }

    /// In which Meta has this name.
    fn languages(&self, name: &str) -> Vec<String> {
        let mut languages = Vec::new();
        self.meta.waba(WABA, |waba| {
            let of_name = waba.templates.iter().filter(|template| template.text("name") == name);
            languages.extend(of_name.map(|template| template.text("language").to_owned()));
        });
        languages
    }

    fn judge(&self, id: &Value, status: &str, reason: Option<&str>) {
        self.meta.waba(WABA, |waba| {
            let template = waba.templates.iter_mut().find(|template| json!(template.id) == *id).unwrap();
            template.node.insert("status".into(), status.into());
            template.node.insert("rejected_reason".into(), reason.unwrap_or("NONE").into());
        });
    }
}

#[tokio::test]
async fn what_is_submitted_is_stored_at_once() {
    let world = World::new().await;
    let answer = world.post(&path(""), &order(TEXT)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let submitted = answer.json();
    assert_eq!((&submitted["outcome"], &submitted["template"]["label"]), (&"created".into(), &"Submitted".into()));
    let stored = world.stored("order_ok").await;
    assert_eq!(stored, submitted["template"]);
    assert_eq!((&stored["status"], &stored["sendable"]), (&"PENDING".into(), &false.into()));
    assert_eq!(world.changes(), 1);

    // Meta may file it under another category than was asked for, at another price: both are kept.
    world.meta.settings(|settings| settings.files_template_under = Some("MARKETING".into()));
    let mut promotion = order(TEXT);
    promotion["name"] = "order_promo".into();
    let moved = world.post(&path(""), &promotion).await.json();
    let template = &moved["template"];
    assert_eq!((&template["category"], &template["submitted_category"]), (&"MARKETING".into(), &"UTILITY".into()));
    assert_eq!(world.stored("order_promo").await["submitted_category"], "UTILITY");
}

/// T-17: the answer is lost after Meta took it; asked again, the one that is there is the answer.
#[tokio::test]
async fn a_lost_answer_is_found_again() {
    let world = World::new().await;
    let fault =
        json!({"match": {"path": "message_templates", "method": "POST"}, "times": 1, "fault": {"lost_reply": {}}});
    world.meta.fault(serde_json::from_value(fault).unwrap());
    world.post(&path(""), &order(TEXT)).await.is(503, "meta_unavailable");
    world.later();
    let again = world.post(&path(""), &order(TEXT)).await;
    assert_eq!((again.status.as_u16(), &again.json()["outcome"]), (200, &"adopted".into()), "{}", again.text);
    assert!(again.json().get("differs").is_none());
    assert_eq!(world.languages("order_ok"), ["en_US"]);
    world.later();
    let other = world.post(&path(""), &order(OTHER)).await.json();
    assert_eq!((&other["outcome"], &other["differs"]), (&"adopted".into(), &json!(["body"])));
}

/// T-15: what breaks a rule does not reach Meta, and each rule is told with its place.
#[tokio::test]
async fn what_breaks_a_rule_is_refused_here() {
    let world = World::new().await;
    let mut broken = order("Hi {{1}}");
    broken["name"] = "Order".into();
    let answer = world.post(&path(""), &broken).await;
    answer.is(422, "invalid_template");
    let findings = answer.json()["findings"].as_array().unwrap().clone();
    let ids: Vec<&str> = findings.iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["name_characters", "parameter_edge"]);
    world.post(&path(""), &json!({"name": "a"})).await.is(422, "invalid_template");
    world.post(&path(""), &json!("a")).await.is(422, "invalid_template");
    world.put(&path(""), &broken).await.is(422, "invalid_template");
    world.post("/v1/wabas/299999999999999/templates", &order(TEXT)).await.is(404, "not_found");
    assert_eq!(world.changes(), 0);
    // What only Meta knows is Meta's to refuse, with its own words.
    let mut same_name = order(TEXT);
    for (member, value) in [("name", "order_shipped"), ("language", "fr"), ("category", "MARKETING")] {
        same_name[member] = value.into();
    }
    let refused = world.post(&path(""), &same_name).await;
    refused.is(502, "meta_refused");
    assert_eq!(refused.json()["meta"]["code"], 100);
}

#[tokio::test]
async fn an_edit_keeps_to_what_meta_allows() {
    let world = World::new().await;
    world.put(&path(""), &order(TEXT)).await.is(404, "not_found");
    let created = world.post(&path(""), &order(TEXT)).await.json();
    let id = &created["template"]["id"];
    // In review nothing is edited, and Meta is not asked.
    world.later();
    let refused = world.put(&path(""), &order(OTHER)).await;
    refused.is(409, "template_not_editable");
    assert_eq!(refused.json()["reason"], "not_editable");
    assert_eq!(world.put(&path(""), &order(TEXT)).await.json()["outcome"], "unchanged");
    assert_eq!(world.changes(), 1);

    world.judge(id, "REJECTED", Some("INVALID_FORMAT"));
    let adopted = world.post(&path(""), &order(TEXT)).await.json();
    assert_eq!(adopted["template"]["rejected_reason"], "INVALID_FORMAT");
    world.later();
    let edited = world.put(&path(""), &order(OTHER)).await;
    assert_eq!((edited.status.as_u16(), &edited.json()["outcome"]), (200, &"edited".into()), "{}", edited.text);
    let stored = world.stored("order_ok").await;
    assert_eq!((&stored["status"], stored.get("rejected_reason")), (&"PENDING".into(), None));
    assert_eq!(stored["components"][0]["text"], OTHER);

    // Approved: one a day. The answer to the first is lost; asked again, it counts as made.
    world.judge(id, "APPROVED", None);
    world.later();
    world.post(&path(""), &order(OTHER)).await;
    world.later();
    let fault = json!({"match": {"method": "POST"}, "times": 1, "fault": {"lost_reply": {}}});
    world.meta.fault(serde_json::from_value(fault).unwrap());
    let lost = world.put(&path(""), &order(TEXT)).await;
    assert_eq!((lost.status.as_u16(), &lost.json()["outcome"]), (200, &"edited".into()), "{}", lost.text);
    world.judge(id, "APPROVED", None);
    world.later();
    world.post(&path(""), &order(TEXT)).await;
    world.later();
    let second = world.put(&path(""), &order(OTHER)).await;
    second.is(502, "meta_refused");
    assert_eq!(second.json()["meta"]["error_subcode"], 2_388_039);
    assert_eq!(world.stored("order_ok").await["components"][0]["text"], TEXT);
}

#[tokio::test]
async fn one_language_is_deleted() {
    let world = World::new().await;
    let german = || {
        let mut german = order("Hallo {{1}}, deine Bestellung ist unterwegs.");
        german["language"] = "de".into();
        german
    };
    world.post(&path(""), &order(TEXT)).await;
    world.post(&path(""), &german()).await;
    world.later();
    let gone = world.delete(&path("?name=order_ok&language=de")).await;
    assert_eq!((gone.status.as_u16(), &gone.json()["absent"]), (200, &true.into()), "{}", gone.text);
    assert_eq!(world.languages("order_ok"), ["en_US"]);
    world.delete(&path("?name=order_ok&language=de")).await.is(404, "not_found");
    world.delete(&path("?name=order_ok")).await.is(400, "invalid_query");
    // Where somebody was faster it is gone all the same.
    world.meta.waba(WABA, |waba| waba.templates.retain(|one| one.text("name") != "order_ok"));
    world.later();
    assert_eq!(world.delete(&path("?name=order_ok&language=en_US")).await.status, 200);
}

#[tokio::test]
async fn a_preview_asks_nobody() {
    let world = World::new().await;
    let shown = world.post(&path("/preview"), &order("Hi {{1}}")).await.json();
    assert_eq!(shown["text"], "Hi Ana\n\nDemo Shop");
    assert!(shown["html"].as_str().unwrap().contains("<div class=\"body\">Hi Ana</div>"));
    assert_eq!(shown["findings"][0]["id"], "parameter_edge");
    assert_eq!(world.meta.calls().len(), 0);
}

/// T-08: from the bucket to Meta, and its handle into the header.
#[tokio::test]
async fn a_sample_becomes_a_handle() {
    let world = World::new().await;
    world.s3.create_bucket().bucket("media").send().await.unwrap();
    let put = async |key: &str, mime: &str, bytes: usize| {
        let body = vec![b'x'; bytes].into();
        world.s3.put_object().bucket("media").key(key).content_type(mime).body(body).send().await.unwrap();
    };
    put("outbound/1/a", "image/png", 300_000).await;
    let sample = |key: &str, format: &str| json!({"key": key, "format": format});
    let samples = path("/samples");
    let uploaded = world.post(&samples, &sample("outbound/1/a", "image")).await;
    assert_eq!(uploaded.status, 201, "{}", uploaded.text);
    let mut receipt = order(TEXT);
    let header = json!({"type": "HEADER", "format": "IMAGE",
        "example": {"header_handle": [uploaded.json()["header_handle"]]}});
    receipt["components"].as_array_mut().unwrap().push(header);
    let created = world.post(&path(""), &receipt).await;
    assert_eq!(created.status, 201, "{}", created.text);

    put("outbound/1/large", "image/png", 5 * 1024 * 1024 + 1).await;
    put("outbound/1/most", "image/png", 5 * 1024 * 1024).await;
    assert_eq!(world.post(&samples, &sample("outbound/1/most", "IMAGE")).await.status, 201);
    for (key, format) in [
        ("outbound/1/large", "IMAGE"),
        ("outbound/1/a", "VIDEO"),
        ("outbound/1/a", "LOCATION"),
        ("outbound/1/none", "IMAGE"),
        ("raw/1/a", "IMAGE"),
    ] {
        world.post(&samples, &sample(key, format)).await.is(422, "invalid_request");
    }
}
