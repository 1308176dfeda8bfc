//! The checker against code that misbehaves (quality goal R9): the real webhook binary, in front of which or behind which
//! somebody does what a bug of its code would do. Each must be caught, and by the right name; the webhook as it is must not.

use serde_json::{Value, json};

use super::canary::APP_SECRET;
use super::checker::{self, Inbound, Violation};
use super::liar::{Liar, Lie, Tale, all_carried_out, all_taken, statements, unconditional};
use super::mailbox::Post;
use super::posted::{facts, notification, stragglers};
use super::rig::Rig;

struct Mutant {
    /// What its code would be said to do.
    does: &'static str,
    /// What reaches it of a POST.
    hears: fn(Post) -> Post,
    tale: Tale,
    /// What it must be caught of.
    is_caught: fn(&Violation) -> bool,
}

const MUTANTS: [Mutant; 11] = [
    Mutant {
        does: "acknowledges before it writes",
        hears: |post| post,
        tale: |operation, mut request| match operation {
            "BatchExecuteStatement" => Lie::Answer(all_carried_out(statements(&mut request).len())),
            _ => Lie::Pass(request),
        },
        is_caught: |violation| matches!(violation, Violation::AcknowledgedTooSoon(what) if what.ends_with("is not stored")),
    },
    Mutant {
        does: "acknowledges before it publishes, and forgets to",
        hears: |post| post,
        tale: |operation, request| match operation {
            "SendMessageBatch" if is_for(&request, "events") => Lie::Answer(all_taken(&request)),
            _ => Lie::Pass(request),
        },
        is_caught: |violation| matches!(violation, Violation::AcknowledgedTooSoon(what) if what.ends_with("is not told")),
    },
    Mutant {
        does: "forgets the files",
        hears: |post| post,
        tale: |operation, request| match operation {
            "SendMessageBatch" if is_for(&request, "media") => Lie::Answer(all_taken(&request)),
            _ => Lie::Pass(request),
        },
        is_caught: |violation| matches!(violation, Violation::Lost(what) if what.ends_with("is not to be copied")),
    },
    Mutant {
        does: "takes the first change of a batch and drops the rest",
        hears: |post| {
            changed(&post, |body| {
                body["entry"].as_array_mut().unwrap().truncate(1);
                body["entry"][0]["changes"].as_array_mut().unwrap().truncate(1);
            })
        },
        tale: |_, request| Lie::Pass(request),
        is_caught: |violation| matches!(violation, Violation::Lost(what) if what.starts_with("status ")),
    },
    Mutant {
        does: "takes the first message of a change and drops the rest",
        hears: |post| {
            changed(&post, |body| {
                if let Some(messages) = body["entry"][0]["changes"][0]["value"]["messages"].as_array_mut() {
                    messages.truncate(1);
                }
            })
        },
        tale: |_, request| Lie::Pass(request),
        is_caught: |violation| matches!(violation, Violation::Lost(what) if what.starts_with("message ")),
    },
    Mutant {
        does: "does not look whether every statement of a batch was carried out",
        hears: |post| post,
        tale: |operation, mut request| {
            if operation == "BatchExecuteStatement" {
                statements(&mut request).truncate(1);
                return Lie::PassThen(request, |_| all_carried_out(25));
            }
            Lie::Pass(request)
        },
        // The number of answers is looked at, and that alone keeps such a batch from being acknowledged.
        is_caught: |violation| matches!(violation, Violation::NeverAcknowledged | Violation::Lost(_)),
    },
    Mutant {
        does: "lets the last message to arrive move the window",
        hears: |post| post,
        tale: |operation, mut request| {
            if operation == "BatchExecuteStatement" {
                statements(&mut request).iter_mut().filter(|one| sets(one, "last_inbound_at")).for_each(unconditional);
            }
            Lie::Pass(request)
        },
        is_caught: |violation| matches!(violation, Violation::WrongWindow(Some(_))),
    },
    Mutant {
        does: "overwrites what a status said first",
        hears: |post| post,
        tale: |operation, mut request| {
            if operation == "BatchExecuteStatement" {
                statements(&mut request).iter_mut().filter(|one| sets(one, "st_")).for_each(unconditional);
            }
            Lie::Pass(request)
        },
        is_caught: |violation| matches!(violation, Violation::WrongTime(what) if what.ends_with(":delivered")),
    },
    Mutant {
        does: "keeps the last status only, and so moves it back",
        hears: |post| post,
        tale: |operation, mut request| {
            if operation == "BatchExecuteStatement" {
                for statement in
                    statements(&mut request).iter_mut().filter(|one| sets(one, "st_sent") && !sets(one, "st_delivered"))
                {
                    let text = statement["Statement"].as_str().unwrap();
                    statement["Statement"] = text.replacen(" WHERE ", " REMOVE \"st_delivered\" WHERE ", 1).into();
                }
            }
            Lie::Pass(request)
        },
        is_caught: |violation| matches!(violation, Violation::Lost(what) if what.contains(":delivered")),
    },
    Mutant {
        does: "tells the same thing under another id each time",
        hears: |post| post,
        tale: |operation, mut request| {
            if operation == "SendMessageBatch" && is_for(&request, "events") {
                for entry in request["Entries"].as_array_mut().unwrap() {
                    let mut event: Value = serde_json::from_str(entry["MessageBody"].as_str().unwrap()).unwrap();
                    let id = format!("evt_{}", uuid::Uuid::new_v4().simple());
                    event["id"] = id.clone().into();
                    entry["MessageBody"] = event.to_string().into();
                    entry["MessageDeduplicationId"] = id.into();
                }
            }
            Lie::Pass(request)
        },
        is_caught: |violation| matches!(violation, Violation::ManyIds(_)),
    },
    Mutant {
        does: "stores what comes again a second time",
        hears: |post| post,
        tale: |operation, mut request| {
            if operation == "BatchExecuteStatement" {
                for statement in statements(&mut request) {
                    for parameter in statement["Parameters"].as_array_mut().unwrap() {
                        if parameter["S"].as_str().is_some_and(|text| text.starts_with("M#")) {
                            let key = format!("{}#{}", parameter["S"].as_str().unwrap(), uuid::Uuid::new_v4());
                            parameter["S"] = key.into();
                        } else if parameter["S"].as_str().is_some_and(is_message_sort) {
                            // Its place in the list, so that the index holds both.
                            parameter["S"] = format!("{}#", parameter["S"].as_str().unwrap()).into();
                        }
                    }
                }
            }
            Lie::Pass(request)
        },
        is_caught: |violation| matches!(violation, Violation::Twice(what) if what.starts_with("message ")),
    },
];

fn is_message_sort(text: &str) -> bool {
    text.split_once('#').is_some_and(|(at, rest)| at.len() == 15 && rest.starts_with("wamid."))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_planted_bug_is_caught() {
    assert_eq!(outcome(|post| post, |_, request| Lie::Pass(request)).await, [], "nothing was planted");
    for Mutant { does, hears, tale, is_caught } in MUTANTS {
        let found = outcome(hears, tale).await;
        assert!(found.iter().any(is_caught), "a webhook that {does} is not caught: {found:?}");
    }
}

/// What the checker says of a webhook to which this is done: a POST, the same again, and what comes late.
async fn outcome(hears: fn(Post) -> Post, tale: Tale) -> Vec<Violation> {
    let rig = Rig::start().await;
    let liar = Liar::start(&rig.local.ready().aws, tale).await;
    let (post, first) = notification(&rig).await;
    let (late, all) = stragglers(&first);
    let api = rig.process("api").await;
    let lied_to = |environment: &mut std::collections::BTreeMap<String, String>| {
        environment.insert("AWS_ENDPOINT_URL".into(), liar.url.clone());
    };
    let webhook = rig.process_with("webhook", lied_to).await;
    let mut run = Inbound::default();
    let mut found = Vec::new();
    for (post, carried) in [(&post, &first), (&post, &first), (&late, &all)] {
        if rig.post(&webhook, &hears(post.clone()), false).await == Some(200) {
            let seen = facts(&rig, &api, carried).await;
            let so_far = Inbound { acknowledged: vec![seen.clone()], finally: seen.clone() };
            found.extend(checker::inbound(carried, &so_far));
            run.acknowledged.push(seen);
        }
    }
    run.finally = facts(&rig, &api, &all).await;
    if run.acknowledged.is_empty() {
        found.extend(checker::inbound(&all, &run));
    }
    drop((webhook, api));
    rig.close().await;
    found
}

fn is_for(request: &Value, queue: &str) -> bool {
    request["QueueUrl"].as_str().is_some_and(|url| url.to_lowercase().contains(queue))
}

fn sets(statement: &Value, attribute: &str) -> bool {
    statement["Statement"].as_str().is_some_and(|text| text.contains(&format!("SET \"{attribute}")))
}

/// The same POST with less in it, signed as it then is.
fn changed(post: &Post, change: impl FnOnce(&mut Value)) -> Post {
    let mut body: Value = serde_json::from_str(&post.body).unwrap();
    change(&mut body);
    let body = json!(body).to_string();
    Post { signature: sandbox::meta::sign(APP_SECRET, body.as_bytes()), body }
}
