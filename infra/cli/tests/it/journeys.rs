//! The hosted channel's guide, journey by journey, on a system of one's own: the real command, the fake Meta, and time that
//! can be moved. infra/docs/guide.md lists each journey with the test that walks it, here or beside.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use local::Options;
use sandbox::Clock;
use serde_json::{Value, json};

use crate::world::{NUMBER, World, bad, runtime};
use crate::{run, stderr, stdout};

const GUIDE: &str = include_str!("../../../docs/guide.md");

/// A system whose time stands until it is moved.
fn standing() -> World {
    World::here(Options { clock: Clock::standing(jiff::Timestamp::now()), ..Options::default() })
}

fn say(world: &World, args: &[&str]) -> Output {
    run(&[args, &["--api", world.running.at("api")]].concat())
}

fn message(world: &World, id: &Value) -> Value {
    world.api(&["message", "show", id.as_str().unwrap()])
}

/// The message once `is` holds of it. Each time it is looked at, `step` goes by and the sender's tick runs.
#[track_caller]
fn until(world: &World, id: &Value, step: Duration, is: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let shown = message(world, id);
        if is(&shown) {
            return shown;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{shown:#}");
        world.running.local().clock().advance(step);
        runtime().block_on(world.running.local().tick()).unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// K: what is known of a person, and that one person stays one.
#[test]
fn contacts_are_people() {
    let world = standing();
    // As WhatsApp spells a mobile of Brazil; people dial it with a nine.
    world.at_meta("users/553171234567/messages", &json!({"name": "Ana 🌷", "text": "Olá"}));
    let dialled = world.api(&["contacts", "show", "+5531971234567"]);
    let contact = &dialled["contact"];
    assert_eq!((&contact["wa_id"], &contact["name"]), (&json!("553171234567"), &json!("Ana 🌷")), "{contact}");
    assert_eq!((&contact["phone_number_id"], &contact["window"]["open"]), (&json!(NUMBER), &json!(true)));
    // Meta's times are whole seconds.
    world.running.local().clock().advance(Duration::from_secs(2));
    world.at_meta("users/553171234567/messages", &json!({"name": "Ana Maria", "text": "Tudo bem?"}));
    let people = world.api(&["contacts", "list"]);
    assert_eq!((people["items"].as_array().unwrap().len(), &people["items"][0]["name"]), (1, &json!("Ana Maria")));
    // Somebody who hides their phone is written to by their user id.
    world.at_meta("users/US.1000000042/messages", &json!({"name": "Ben", "text": "Hi", "hides_phone": true}));
    let answered = world.api(&["send", "US.1000000042", "Hello Ben", "--wait"]);
    assert_eq!((&answered["state"], &answered["contact"]), (&json!("accepted"), &json!("user:US.1000000042")));
    assert_eq!(world.api(&["contacts", "list"])["items"].as_array().unwrap().len(), 2);
}

/// U: what WhatsApp has no form for is shown with words of the team's own, and given back raw; its neighbours are messages
/// like any.
#[test]
fn what_is_not_supported_is_shown_all_the_same() {
    let world = World::start();
    world.api(&["channel", "set", NUMBER, "--fallback-text", "Please look at your phone"]);
    let error = json!({"code": 131_051, "title": "Message type unknown", "message": "Message type unknown"});
    let poll = json!({"type": "unsupported", "unsupported": {"type": "poll"}, "errors": [error]});
    let written = world.at_meta("users/15550142/messages", &poll);
    let wamid = written["wamid"].as_str().unwrap();
    let shown = stdout(&say(&world, &["message", "show", wamid]));
    for part in ["unsupported (poll)", "Please look at your phone", "error 131051 (meta)"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    let raw: Value = serde_json::from_slice(&say(&world, &["message", "show", wamid, "--raw"]).stdout).unwrap();
    assert_eq!((&raw["type"], &raw["unsupported"]["type"]), (&json!("unsupported"), &json!("poll")));
    let card = json!([{"name": {"formatted_name": "Bo", "first_name": "Bo"}, "phones": [{"phone": "+1 555 0102"}]}]);
    world.at_meta("users/15550142/messages", &json!({"type": "contacts", "contacts": card}));
    let reaction = json!({"message_id": wamid, "emoji": "👍"});
    world.at_meta("users/15550142/messages", &json!({"type": "reaction", "reaction": reaction}));
    let conversation = stdout(&say(&world, &["contacts", "show", "+15550142"]));
    for part in ["Please look at your phone", "[Contact] Bo", "[Reaction] 👍"] {
        assert!(conversation.contains(part), "{part} is not in\n{conversation}");
    }
}

/// W: 24 hours from what they wrote; after that a template, and the hours begin anew when they write.
#[test]
fn the_window_closes_and_opens() {
    let world = standing();
    let hello = json!({"text": "Hello"});
    world.at_meta("users/15550142/messages", &hello);
    world.api(&["templates", "sync", "--wait"]);
    assert_eq!(world.api(&["send", "+15550142", "Hi", "--wait"])["state"], "accepted");
    world.running.local().clock().advance(Duration::from_hours(25));
    let refused = say(&world, &["send", "+15550142", "Still there?"]);
    assert_eq!(refused.status.code(), Some(1));
    let told = stderr(&refused);
    assert!(told.contains("window is closed") && told.contains("remedy: ") && told.contains("at 2"), "{told}");
    let contact = world.api(&["contacts", "show", "+15550142"])["contact"].clone();
    assert_eq!((&contact["window"]["open"], &contact["window"]["reason"]), (&json!(false), &json!("expired")));
    let sent = world.api(&["send", "+15550142", "--template", "hello_world", "--wait"]);
    assert_eq!((&sent["state"], &sent["type"]), (&json!("accepted"), &json!("template")));
    world.at_meta("users/15550142/messages", &hello);
    assert_eq!(world.api(&["send", "+15550142", "Welcome back", "--wait"])["state"], "accepted");
}

/// L: who would be one too many waits, and replies count for nothing.
#[test]
fn people_over_the_limit_wait_for_their_turn() {
    let world = standing();
    world.api(&["templates", "sync", "--wait"]);
    world.api(&["channel", "set", NUMBER, "--recipients-per-day", "1", "--limit-scope", "number"]);
    let template = |person| world.api(&["send", person, "--template", "hello_world"])["id"].clone();
    let (first, second) = (template("+15550151"), template("+15550152"));
    let still = Duration::ZERO;
    until(&world, &first, still, |message| message["state"] == "accepted");
    let waiting = until(&world, &second, still, |message| message["state"] == "waiting");
    assert_eq!(waiting["waits_for"], "messaging_limit", "{waiting}");
    world.at_meta("users/15550153/messages", &json!({"text": "Hello"}));
    assert_eq!(world.api(&["send", "+15550153", "Hi", "--wait"])["state"], "accepted", "a reply");
    until(&world, &second, Duration::from_mins(30), |message| message["state"] == "accepted");
}

/// a password was changed at Meta. What is queued waits, what people write arrives, and a new token lets it
/// go.
#[test]
fn a_token_ends_and_is_replaced() {
    let world = standing();
    let hello = json!({"text": "Hello"});
    world.at_meta("users/15550142/messages", &hello);
    world.at_meta("tokens", &json!({"value": "local-access-token", "invalid": 460}));
    let sent = world.api(&["send", "+15550142", "Hi"])["id"].clone();
    until(&world, &sent, Duration::ZERO, |message| message["state"] == "parked");
    world.at_meta("users/15550142/messages", &hello);
    assert_eq!(world.api(&["contacts", "show", "+15550142"])["messages"].as_array().unwrap().len(), 3);
    let (found, code) = world.json(&["token", "check"]);
    assert_eq!((bad(&found), code), (vec!["token_invalid".to_owned()], 2));
    assert!(found["findings"][0]["what"].as_str().unwrap().contains("190/460"), "{found}");
    let shown = stdout(&say(&world, &["channel", "show", NUMBER]));
    assert!(shown.contains("parked since") && shown.contains("(token)"), "{shown}");
    world.at_meta("tokens", &json!({"value": "fresh"}));
    let (done, code) = world.json_with(&["token", "set"], &[("WAYPOST_ACCESS_TOKEN", "fresh")]);
    assert_eq!((&done["changed"], code), (&json!(true), 0), "{done}");
    until(&world, &sent, Duration::from_mins(1), |message| message["state"] == "accepted");
}

/// B: Meta cannot be paid. Nothing fails; once it can, everything leaves. What a message cost is Meta's word.
#[test]
fn an_unpaid_bill_parks_what_is_sent() {
    let world = standing();
    world.at_meta("users/15550142/messages", &json!({"text": "Hello"}));
    let refused = json!({"match": {"path": "/messages"}, "fault": {"error": {"code": 131_042}}});
    world.at_meta("faults", &refused);
    let sent = world.api(&["send", "+15550142", "Hi"])["id"].clone();
    until(&world, &sent, Duration::ZERO, |message| message["state"] == "parked");
    let shown = stdout(&say(&world, &["channel", "show", NUMBER]));
    assert!(shown.contains("(billing)") && shown.contains("payment method"), "{shown}");
    let (found, code) = world.json(&["doctor"]);
    assert!(bad(&found).contains(&"payment_method".to_owned()) && code == 2, "{found}");
    world.no_faults();
    until(&world, &sent, Duration::from_mins(1), |message| message["state"] == "accepted");
    let delivered =
        |message: &Value| message["statuses"].as_array().unwrap().iter().any(|it| it["status"] == "delivered");
    let delivered = until(&world, &sent, Duration::ZERO, delivered);
    assert!(delivered["pricing"]["category"].is_string(), "{delivered}");
    assert!(stdout(&say(&world, &["message", "show", sent.as_str().unwrap()])).contains("PRICING"));
}

/// Z: a test number has five recipients, whom Meta has to know.
#[test]
fn a_test_number_writes_to_five() {
    let world = standing();
    let people: Vec<String> = (1..=5).map(|at| format!("1555016{at}")).collect();
    world.at_meta(&format!("numbers/{NUMBER}"), &json!({"allow_list": people, "fields": {"account_mode": "SANDBOX"}}));
    world.api(&["templates", "sync", "--wait"]);
    world.api(&["channel", "set", NUMBER, "--test-number", "yes"]);
    let to = |person: &str| ["send".to_owned(), format!("+{person}"), "--template".into(), "hello_world".into()];
    // One who is not on Meta's list: told by its code, and takes no place.
    let stranger = to("15550169");
    let stranger = world.api(&stranger.each_ref().map(String::as_str))["id"].clone();
    let failed = until(&world, &stranger, Duration::ZERO, |message| message["state"] == "failed");
    assert_eq!(failed["errors"][0]["code"], "131030", "{failed}");
    let (found, _) = world.json(&["doctor", "--message", stranger.as_str().unwrap()]);
    assert!(bad(&found).contains(&"not_on_test_list".to_owned()), "{found}");
    for person in &people {
        let sent = to(person);
        let sent = world.api(&sent.each_ref().map(String::as_str))["id"].clone();
        until(&world, &sent, Duration::ZERO, |message| message["state"] == "accepted");
    }
    let sixth = to("15550168");
    let refused = say(&world, &sixth.each_ref().map(String::as_str));
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("remedy: "), "{}", stderr(&refused));
    assert!(stdout(&say(&world, &["channel", "show", NUMBER])).contains("5 people on the test number's list"));
}

/// D: a new display name is reviewed, approved, and put into force.
#[test]
fn a_display_name_is_changed() {
    let world = World::start();
    let name = |fields: Value| drop(world.at_meta(&format!("numbers/{NUMBER}"), &json!({"fields": fields})));
    name(json!({"new_name_status": "PENDING_REVIEW"}));
    let shown = stdout(&world.run(&["number", "status"]));
    assert!(
        shown.contains("NEW NAME") && shown.contains("PENDING_REVIEW") && shown.contains("[name_pending]"),
        "{shown}"
    );
    name(json!({"new_name_status": "APPROVED"}));
    let shown = stdout(&world.run(&["number", "status"]));
    assert!(shown.contains("[name_not_registered]") && shown.contains("waypost number reregister"), "{shown}");
    let (done, code) = world.json_with(&["number", "reregister"], &[("WAYPOST_PIN", "123456")]);
    assert_eq!((&done["registered"], code), (&json!(true), 0), "{done}");
    name(json!({"new_name_status": "NONE"}));
    assert!(!stdout(&world.run(&["number", "status"])).contains("[name_"));
}

/// N-05: a number is taken out of here only, and not under a send that waits.
#[test]
fn a_number_is_not_removed_under_what_waits() {
    let world = World::start();
    let tomorrow = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 86_400).unwrap().to_string();
    world.at_meta("users/15550142/messages", &json!({"text": "Hello"}));
    world.api(&["send", "+15550142", "Good morning", "--window", "meta", "--send-at", &tomorrow]);
    let remove = ["channel", "remove", NUMBER, "--yes"];
    let refused = say(&world, &remove);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("remedy: "), "{}", stderr(&refused));
    let done = world.api(&[&remove[..], &["--abandon-sends"]].concat());
    assert_eq!(done["removed"], NUMBER);
    // At Meta it is what it was.
    assert!(!world.writes().iter().any(|line| line.contains("deregister")), "{:?}", world.writes());
}

/// The table of the guide names tests that there are, and leaves no journey out.
#[test]
fn the_guides_table_names_what_walks_each_journey() {
    let listed = Command::new(std::env::current_exe().unwrap()).arg("--list").output().unwrap();
    let tests = stdout(&listed);
    let tests: Vec<&str> = tests.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    let rows: Vec<Vec<&str>> =
        GUIDE.lines().filter(|line| line.starts_with("| ")).map(|line| line.split(" | ").collect()).collect();
    let mut journeys = String::new();
    for row in rows.iter().skip(1) {
        let id = row[0].trim_start_matches("| ");
        journeys.push_str(id);
        let named: Vec<&str> = row[3].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{id}: nothing walks it");
        for test in named {
            assert!(tests.contains(&test), "{id}: there is no test {test}");
        }
    }
    for journey in "CHKPTSMUWLXNDZB".chars() {
        assert!(journeys.contains(journey), "the journey {journey} is missing");
    }
}
