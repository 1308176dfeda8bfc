//! A person is erased (quality threat 19, goal S8): nothing of them is left, in the table or the bucket, nothing of what
//! was before comes back by any way, and what they write later is as of somebody new.

mod again;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use local::Options;
use sandbox::aws::faults::Fault;
use sandbox::meta::AutoStatus;
use sandbox::{Clock, Service};
use serde_json::{Value, json};

use crate::system::{NUMBER, System, envelope, eventually, fresh_wamid};

/// A phone, a name, a user id and words that stand nowhere else.
const ANA: &str = "15550177701";
const USER: &str = "US.7770001";
const NAME: &str = "Canary Zuleika";
const WORDS: &str = "canary tulip bulbs";
const BEN: &str = "15550177702";

/// A system with one person that everything is known of, and another one beside.
struct Told {
    system: System,
    /// What Meta told, to the byte.
    bodies: Vec<String>,
    /// The sends to the person.
    sends: Vec<String>,
    /// What must stand nowhere once the person is erased.
    traces: Vec<String>,
}

impl Told {
    async fn start() -> Self {
        let monday: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
        let system = System::start_with(Options { clock: Clock::standing(monday), ..System::options() }).await;
        system.meta().settings(|settings| settings.auto_status = AutoStatus::none());
        system.local.sync().await.unwrap();
        let mut traces: Vec<String> = [ANA, NAME, WORDS, USER].map(str::to_owned).to_vec();
        traces.push(STANDARD.encode(WORDS));
        Self { system, bodies: Vec::new(), sends: Vec::new(), traces }
    }

    fn now(&self) -> Timestamp {
        self.system.local.clock().now()
    }

    /// Meta tells these changes; they are kept to be told again.
    async fn told(&mut self, changes: &[Value]) {
        let body = envelope(self.now(), changes);
        assert_eq!(self.system.webhook(body.clone()).await.status, 200);
        self.bodies.push(body);
    }

    fn text(&self, from: &str, body: &str) -> Value {
        let at = self.now().as_second().to_string();
        let mut text =
            json!({"from": from, "id": fresh_wamid(), "timestamp": at, "type": "text", "text": {"body": body}});
        if from == ANA {
            text["from_user_id"] = USER.into();
        }
        text
    }

    /// Everything there can be of a person.
    async fn everything(&mut self) {
        let long = format!("{WORDS} {}", "x".repeat(310_000));
        let longer = format!("{WORDS} {}", "y".repeat(210_000));
        let picture = self.picture().await;
        let messages = [
            self.text(ANA, WORDS),
            self.text(BEN, "canary of another"),
            self.text(ANA, "STOP"),
            self.text(ANA, &long),
            self.text(ANA, &longer),
            json!({"from": ANA, "from_user_id": USER, "id": fresh_wamid(), "type": "hologram",
                "timestamp": self.now().as_second().to_string(), "hologram": {"words": WORDS}}),
        ];
        let mut messages = messages.to_vec();
        messages.push(picture);
        let wanted = json!({"wa_id": ANA, "detail": WORDS, "category": "marketing_messages", "value": "stop",
            "timestamp": self.now().as_second()});
        let bens = json!({"wa_id": BEN, "detail": "canary", "category": "marketing_messages", "value": "stop",
            "timestamp": self.now().as_second()});
        let synced = json!({"state_sync": [{"type": "contact", "contact": {"full_name": NAME, "phone_number": ANA}}],
            "metadata": {"phone_number_id": NUMBER}});
        self.told(&[messages_of(&messages)]).await;
        let preferences = json!({"metadata": {"phone_number_id": NUMBER}, "user_preferences": [wanted, bens],
            "contacts": [{"wa_id": ANA, "profile": {"name": NAME}}]});
        self.told(&[
            json!({"field": "user_preferences", "value": preferences}),
            json!({"field": "smb_app_state_sync", "value": synced}),
            messages_of(&[json!({"from": ANA, "timestamp": "1", "words": WORDS})]),
        ])
        .await;
        // Of a message that something else sent, and of ours.
        let foreign = json!({"id": "wamid.foreign", "status": "sent", "timestamp": self.now().as_second().to_string(),
            "recipient_id": ANA, "recipient_user_id": USER});
        self.told(&[statuses_of(&[foreign])]).await;
        self.sent().await;
    }

    /// An image that Meta holds.
    async fn picture(&mut self) -> Value {
        let image = json!({"mime_type": "image/png", "bytes": STANDARD.encode(format!("\u{89}PNG {WORDS}"))});
        let wamid =
            self.system.write_in(ANA, &json!({"type": "image", "image": image, "name": NAME, "user_id": USER})).await;
        self.traces.push(wamid.clone());
        eventually("the file", async || self.system.message(&wamid).await.get("media").map(|_| ())).await;
        let raw = self.system.get(&format!("{}/raw", crate::system::message_path(&wamid))).await;
        raw.json()
    }

    async fn sent(&mut self) {
        let hello = json!({"to": ANA, "type": "text", "text": {"body": WORDS}});
        let id = self.system.send(&hello).await;
        self.system.message_in(&id, "accepted").await;
        let wamid = self.system.message(&id).await["wamid"].as_str().unwrap().to_owned();
        let delivered = self.status(&wamid, &id, "delivered");
        self.told(&[statuses_of(&[delivered])]).await;
        self.traces.push(wamid);
        self.sends.push(id);
        // A file that goes out as a link, and one that waits for its time.
        let s3 = self.system.aws.s3();
        let key = format!("outbound/{NUMBER}/tulips.gif");
        let body = aws_sdk_s3::primitives::ByteStream::from(format!("GIF89a {WORDS}").into_bytes());
        s3.put_object().bucket(&self.system.local.ready().bucket).key(&key).body(body).send().await.unwrap();
        let file = json!({"to": ANA, "type": "image", "image": {"caption": WORDS}, "waypost": {"media": {"key": key}}});
        let path = format!("/v1/channels/{NUMBER}/messages");
        let linked = self.system.post(&path, &file).await.json()["id"].as_str().unwrap().to_owned();
        self.system.message_in(&linked, "accepted").await;
        let later = json!({"to": ANA, "type": "text", "text": {"body": WORDS},
            "waypost": {"send_at": (self.now() + jiff::SignedDuration::from_hours(1))}});
        let queued = self.system.post_with_key(&path, "tulips", &later).await;
        assert_eq!(queued.status, 202, "{}", queued.text);
        let waiting = queued.json()["id"].as_str().unwrap().to_owned();
        self.sends.extend([linked, waiting]);
    }

    fn status(&self, wamid: &str, send: &str, status: &str) -> Value {
        json!({"id": wamid, "status": status, "timestamp": self.now().as_second().to_string(), "recipient_id": ANA,
            "recipient_user_id": USER, "biz_opaque_callback_data": send})
    }

    /// Repeats the request until it settles, waits, and repeats it until it is over.
    async fn erase(&self, key: &str) -> Value {
        let mut states = Vec::new();
        for _ in 0..100 {
            let answer = self.system.delete(&path(key)).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let erasure = answer.json();
            states.push(erasure["state"].as_str().unwrap().to_owned());
            match erasure["state"].as_str().unwrap() {
                "settling" => self.system.local.clock().advance(Duration::from_secs(121)),
                "erased" => return erasure,
                _ => {}
            }
        }
        panic!("it does not end: {states:?}");
    }

    /// Whatever stands in the table or the bucket and names the person.
    async fn found(&self) -> Vec<String> {
        let mut found = Vec::new();
        for item in self.system.items().await {
            let text = json!(item).to_string();
            found.extend(
                self.traces.iter().filter(|trace| text.contains(*trace)).map(|trace| format!("{trace}: {text}")),
            );
        }
        for (key, bytes) in self.objects().await {
            let text = format!("{key} {}", String::from_utf8_lossy(&bytes));
            found.extend(
                self.traces.iter().filter(|trace| text.contains(*trace)).map(|trace| format!("{trace}: {key}")),
            );
        }
        found
    }

    async fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let (s3, bucket) = (self.system.aws.s3(), &self.system.local.ready().bucket);
        let listed = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        let mut objects = BTreeMap::new();
        for object in listed.contents() {
            let key = object.key().unwrap();
            let body = s3.get_object().bucket(bucket).key(key).send().await.unwrap().body.collect().await.unwrap();
            objects.insert(key.to_owned(), body.to_vec());
        }
        objects
    }
}

fn path(key: &str) -> String {
    format!("/v1/channels/{NUMBER}/contacts/{key}")
}

fn messages_of(messages: &[Value]) -> Value {
    let contacts = [
        json!({"profile": {"name": NAME}, "wa_id": ANA, "user_id": USER}),
        json!({"profile": {"name": "Canary Ben"}, "wa_id": BEN}),
    ];
    json!({"field": "messages", "value": {"messaging_product": "whatsapp", "contacts": contacts, "messages": messages,
        "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER}}})
}

fn statuses_of(statuses: &[Value]) -> Value {
    json!({"field": "messages", "value": {"messaging_product": "whatsapp", "statuses": statuses,
        "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER}}})
}

#[tokio::test]
async fn nothing_of_a_person_is_left() {
    let mut told = Told::start().await;
    told.everything().await;
    assert!(told.found().await.len() > 20, "there is something to erase");
    let (items, objects) = (told.system.items().await, told.objects().await);
    assert!(objects.len() >= 4, "{:?}", objects.keys());

    // A dry run counts, and changes nothing.
    let mut planned = told.system.delete(&format!("{}?dry_run=true", path(ANA))).await.json();
    assert_eq!((&planned["state"], &planned["dry_run"]), (&json!("planned"), &json!(true)), "{planned}");
    let counts = planned["counts"].clone();
    let mut kept = counts["kept"].as_u64().unwrap();
    while let Some(cursor) = planned["cursor"].as_str() {
        let next = format!("{}?dry_run=true&cursor={cursor}", path(ANA));
        planned = told.system.delete(&next).await.json();
        kept += planned["counts"]["kept"].as_u64().unwrap();
    }
    assert_eq!(told.system.items().await, items);
    assert_eq!((&counts["received"], &counts["sent"]), (&json!(6), &json!(4)), "{counts}");
    assert_eq!((&counts["cancelled"], &counts["contacts"]), (&json!(1), &json!(1)), "{counts}");
    // The two changes, and what was no message.
    assert_eq!(kept, 3);

    let erased = told.erase(&format!("+{ANA}")).await;
    assert_eq!(told.found().await, Vec::<String>::new());
    for (name, least) in [("received", 6), ("sent", 4), ("cancelled", 1), ("kept", 3), ("files", 2), ("raw", 1)] {
        assert!(erased["counts"][name].as_u64().unwrap() >= least, "{name}: {erased}");
    }
    // The other one is as before, and so is what was kept of them.
    assert_eq!(told.system.contact(NUMBER, BEN).await.json()["name"], "Canary Ben");
    let history = told.system.get(&format!("{}/messages", path(BEN))).await.json();
    assert_eq!(history["items"].as_array().unwrap().len(), 1, "{history}");
    let kept = told.system.items_of("kept").await;
    assert!(kept.iter().any(|item| json!(item).to_string().contains(BEN)), "{kept:?}");
    assert_eq!(told.system.contact(NUMBER, ANA).await.status, 404);
    for id in &told.sends {
        assert_eq!(told.system.get(&format!("/v1/messages/{id}")).await.status, 404);
    }

    // It is told once, by an event that is what the document says.
    let events = told.system.events_of("contact.erased").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].data()["identities"].as_array().unwrap().len(), 2, "{}", events[0].body);
    // Once more changes nothing.
    let again = told.system.delete(&path(ANA)).await.json();
    assert_eq!((&again["state"], &again["erased_at"]), (&json!("erased"), &erased["erased_at"]));
    told.system.done().await;
}

#[tokio::test]
async fn who_never_was_there_is_not_found() {
    let told = Told::start().await;
    for query in ["", "?dry_run=true"] {
        let answer = told.system.delete(&format!("{}{query}", path("+15550177709"))).await;
        assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("not_found")));
    }
    assert!(told.system.items_of("tombstone").await.is_empty());
    told.system.done().await;
}

/// A person under two keys, of which one was merged into the other: all of it, whichever is named.
#[tokio::test]
async fn merged_contacts_go_as_one() {
    let mut told = Told::start().await;
    let at = told.now().as_second().to_string();
    let only = |id: &str, name: &str, value: &str| {
        json!({"id": id, name: value, "timestamp": at, "type": "text",
        "text": {"body": WORDS}})
    };
    let changed = json!({"id": "wamid.both", "from": ANA, "from_user_id": USER, "timestamp": at, "type": "text",
        "text": {"body": WORDS}});
    for message in [only("wamid.phone", "from", ANA), only("wamid.user", "from_user_id", USER), changed] {
        let change =
            json!({"field": "messages", "value": {"messages": [message], "metadata": {"phone_number_id": NUMBER}}});
        told.told(&[change]).await;
    }
    told.traces.extend(["wamid.phone", "wamid.user", "wamid.both"].map(str::to_owned));
    let merged = told.system.contact(NUMBER, USER).await.json();
    assert_eq!(merged["merged"].as_array().unwrap().len(), 1, "{merged}");
    assert_eq!(told.system.items_of("contact").await.len(), 2);
    let erased = told.erase(USER).await;
    assert_eq!(erased["counts"]["contacts"], 2, "{erased}");
    assert_eq!(told.found().await, Vec::<String>::new());
    for body in told.bodies.clone() {
        assert_eq!(told.system.webhook(body).await.status, 200);
    }
    assert_eq!(told.found().await, Vec::<String>::new());
    told.system.done().await;
}

/// Whoever dies between two steps goes on where it was.
#[tokio::test]
async fn a_crash_between_steps_loses_nothing() {
    let mut told = Told::start().await;
    told.everything().await;
    let faults = told.system.local.aws().faults();
    let (mut refused, mut states) = (0, Vec::new());
    let operations = [
        (Service::DynamoDb, "PutItem"),
        (Service::DynamoDb, "DeleteItem"),
        (Service::S3, "DeleteObject"),
        (Service::DynamoDb, "Query"),
        (Service::DynamoDb, "UpdateItem"),
    ];
    for (round, (service, operation)) in operations.into_iter().cycle().enumerate().take(40) {
        // Each time a little further on.
        let calls = u32::try_from(round / operations.len()).unwrap();
        faults.add(Fault::error(403, "AccessDenied").on(service).operation(operation).after(calls).times(1));
        let answer = told.system.delete(&path(ANA)).await;
        refused += usize::from(answer.status != 200);
        faults.clear();
        if answer.status == 200 {
            states.push(answer.json()["state"].clone());
        }
        if states.last() == Some(&json!("settling")) {
            break;
        }
    }
    assert!(refused >= 5, "{refused} of {states:?}");
    told.erase(ANA).await;
    assert_eq!(told.found().await, Vec::<String>::new());
    assert_eq!(told.system.events_of("contact.erased").await.len(), 1);
    told.system.done().await;
}
