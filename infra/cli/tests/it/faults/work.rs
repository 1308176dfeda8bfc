//! Of the system at work: sends, syncs, queues, and the time.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Case, WELL, case, lasting, says, write_in};
use crate::world::{NUMBER, World};

const PERSON: &str = "+15550142";

fn at_messages(world: &World, fault: &Value) -> Vec<String> {
    world.at_meta("faults", &json!({"match": {"path": "/messages"}, "fault": fault}));
    world.api(&["send", PERSON, "Hello"]);
    Vec::new()
}

pub(super) const REFUSED: &[Case] =
    &[lasting(&["error sending_parked"], |world| at_messages(world, &json!({"error": {"code": 131_031}})))];

pub(super) const UNPAID: &[Case] =
    &[lasting(&["error payment_method"], |world| at_messages(world, &json!({"error": {"code": 131_042}})))];

pub(super) const IN_DOUBT: &[Case] =
    &[lasting(&["warn sends_uncertain"], |world| at_messages(world, &json!({"html": {"accept": false}})))];

/// Of a system whose sender takes nothing.
pub(super) const UNTAKEN: &[Case] = &[lasting(&["warn sends_overdue"], |world| {
    world.api(&["send", PERSON, "Hello"]);
    world.running.local().clock().advance(Duration::from_mins(16));
    Vec::new()
})];

pub(super) const QUIET: &[Case] = &[case(
    &["info no_inbound"],
    |world| {
        world.running.local().clock().advance(Duration::from_hours(73));
        Vec::new()
    },
    write_in,
)];

/// Of a system that begins on the first of November 2027; Meta supports v24.0 until the 18th of February after.
pub(super) const OLD: &[Case] = &[
    lasting(&["warn graph_version"], |world| {
        world.running.local().clock().advance(Duration::from_hours(30 * 24));
        write_in(world);
        Vec::new()
    }),
    lasting(&["error graph_version"], |world| {
        world.running.local().clock().advance(Duration::from_hours(90 * 24));
        write_in(world);
        Vec::new()
    }),
];

pub(super) fn synced(world: &World) {
    let args = ["templates", "sync", "--wait", "--api", world.running.at("api")];
    drop(crate::run(&args));
}

/// The same system, as one in the cloud.
fn of_a_stack() -> Vec<String> {
    ["--stack", "waypost-local"].map(String::from).to_vec()
}

pub(super) const AT_WORK: &[Case] = &[
    case(
        &["warn sync_failed"],
        |world| {
            let fault = json!({"match": {"path": "message_templates"}, "fault": {"error": {"code": 100}}});
            world.at_meta("faults", &fault);
            synced(world);
            Vec::new()
        },
        |world| {
            world.no_faults();
            synced(world);
        },
    ),
    case(
        &["warn meta_unreachable"],
        |world| {
            let fault = json!({"match": {"path": "subscribed_apps"}, "fault": {"error": {"code": 1, "http": 500}}});
            world.at_meta("faults", &fault);
            Vec::new()
        },
        World::no_faults,
    ),
    case(
        &["error dead_letters"],
        |world| {
            world.to_queue("sync_dlq", "SendMessage", json!({"MessageBody": "{}"}));
            Vec::new()
        },
        |world| {
            world.to_queue("sync_dlq", "PurgeQueue", json!({}));
        },
    ),
    case(
        &["warn events_unread"],
        |world| {
            let event = |n: usize| json!({"MessageBody": "{}", "MessageGroupId": n.to_string(), "MessageDeduplicationId": n.to_string()});
            for n in 0..20 {
                world.to_queue("events", "SendMessage", event(n));
            }
            // On a laptop nobody has to read them.
            says(world, &[], WELL);
            of_a_stack()
        },
        |world| {
            // Somebody takes one.
            world.to_queue("events", "ReceiveMessage", json!({"VisibilityTimeout": 600}));
            says(world, &of_a_stack(), WELL);
            world.to_queue("events", "PurgeQueue", json!({}));
        },
    ),
    case(&["warn not_on_whatsapp"], |world| failed(world, 131_026), |_| ()),
    case(&["warn not_on_test_list"], |world| failed(world, 131_030), |_| ()),
    case(&["error payment_method"], |world| failed(world, 131_042), |_| ()),
    case(&["warn send_failed"], |world| failed(world, 131_051), |_| ()),
    case(
        &["ok send"],
        |world| {
            let sent = world.api(&["send", PERSON, "Hello", "--wait"]);
            vec!["--message".into(), sent["id"].as_str().unwrap().into()]
        },
        |_| (),
    ),
    case(&["error inbound"], |_| vec!["--wait-inbound".into(), "1".into()], |_| ()),
    case(
        &["ok inbound"],
        |world| {
            // Whoever writes before it waits is not what is waited for, so that somebody goes on writing.
            let url = format!("{}/_sandbox/users", world.running.at("meta"));
            std::thread::spawn(move || {
                for person in 15_550_200_u64..15_550_300 {
                    if !crate::world::try_post(&format!("{url}/{person}/messages"), &json!({"text": "Hello"})) {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(200));
                }
            });
            vec!["--wait-inbound".into(), "60".into()]
        },
        |_| (),
    ),
    lasting(&["error no_channel"], |world| {
        world.api(&["channel", "remove", NUMBER, "--yes"]);
        Vec::new()
    }),
];

/// A send that Meta took, and then told the end of.
fn failed(world: &World, code: i64) -> Vec<String> {
    let sent = world.api(&["send", PERSON, "Hello", "--wait"]);
    let id = sent["id"].as_str().unwrap();
    world.api(&["trigger", "status", id, "failed", "--error", &code.to_string()]);
    vec!["--message".into(), id.into()]
}
