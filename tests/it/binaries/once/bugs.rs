//! The checker against a sender that misbehaves (quality goal R9): the real binary, between which and AWS somebody does
//! what a bug of its code would do. Each must be caught, and by the right name; the sender as it is must not.

use futures::future::join;
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use super::people;
use crate::binaries::checker::{self, Violation};
use crate::binaries::fleet::queue;
use crate::binaries::liar::{Liar, Lie, Tale, all_taken};
use crate::binaries::orderly::conversation;
use crate::binaries::passing::{Statuses, hear, run_its_course};
use crate::binaries::rig::Rig;
use crate::lambda::Function;
use crate::system::eventually;

struct Bug {
    /// What its code would be said to do.
    does: &'static str,
    tale: Tale,
    /// Whether every record looks as if it were to somebody else.
    jumbled: bool,
    /// What it must be caught of.
    is_caught: fn(&Violation) -> bool,
}

const fn bug(does: &'static str, tale: Tale, is_caught: fn(&Violation) -> bool) -> Bug {
    Bug { does, tale, jumbled: false, is_caught }
}

const BUGS: [Bug; 8] = [
    bug(
        "claims whatever it once read to be queued",
        |operation, request| match moves_to(operation, &request) {
            Some("sending") => Lie::Pass(without_condition(request)),
            _ => stale(operation, request),
        },
        |violation| matches!(violation, Violation::SentTwice(_)),
    ),
    bug(
        "has a lease that ends while it is still at it",
        |operation, mut request| {
            if moves_to(operation, &request) == Some("sending") {
                request["ExpressionAttributeValues"][":lease"]["N"] = "1000".into();
            }
            Lie::Pass(request)
        },
        |violation| matches!(violation, Violation::Doubted(_)),
    ),
    bug(
        "settles before it calls",
        |operation, request| moved(operation, request, "sending", "accepted"),
        |violation| matches!(violation, Violation::Unsettled(shown) if shown.state == "accepted"),
    ),
    bug(
        "does not write down what was accepted",
        |operation, request| match moves_to(operation, &request) {
            Some("accepted") => Lie::Pass(touched(request)),
            _ => Lie::Pass(request),
        },
        // The tick finds its lease over.
        |violation| matches!(violation, Violation::Doubted(_)),
    ),
    bug(
        "sends again what may have been accepted",
        |operation, request| {
            secretly(moved(operation, request, "uncertain", "queued"), "queued", |mut answer| {
                answer["Attributes"]["state"]["S"] = "uncertain".into();
                answer
            })
        },
        |violation| matches!(violation, Violation::SentTwice(_)),
    ),
    bug(
        "takes a refusal for an acceptance",
        |operation, request| {
            secretly(moved(operation, request, "failed", "accepted"), "accepted", |mut answer| {
                answer["Attributes"]["state"]["S"] = "failed".into();
                answer
            })
        },
        |violation| matches!(violation, Violation::Unsettled(shown) if shown.state == "accepted"),
    ),
    bug(
        "tells nobody",
        |operation, request| match operation {
            "SendMessageBatch" if request["QueueUrl"].as_str().is_some_and(|url| url.contains("vents")) => {
                Lie::Answer(all_taken(&request))
            }
            _ => Lie::Pass(request),
        },
        |violation| matches!(violation, Violation::Untold(_)),
    ),
    Bug {
        does: "goes on with a person's messages though the one before is to come again",
        tale: |_, request| Lie::Pass(request),
        jumbled: true,
        is_caught: |violation| matches!(violation, Violation::Overtaken { .. }),
    },
];

/// How many are tried at a time.
const LANES: usize = 3;
/// How long Meta takes over the message that two senders get, in milliseconds.
const SLOW_MS: u64 = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_planted_bug_is_caught() {
    // What it read may be old by the time it acts on it: that is no bug, and harms nobody.
    for (nothing, tale) in [("nothing", (|_, request| Lie::Pass(request)) as Tale), ("an old read", stale)] {
        assert_eq!(outcome(tale, false).await, [], "{nothing} was planted");
    }
    let tried = stream::iter(BUGS).map(|bug| async move { (outcome(bug.tale, bug.jumbled).await, bug) });
    let escaped: Vec<String> = tried
        .buffer_unordered(LANES)
        .filter_map(async |(found, bug)| {
            (!found.iter().any(bug.is_caught)).then(|| format!("a sender that {} is not caught: {found:?}", bug.does))
        })
        .collect()
        .await;
    assert_eq!(escaped, Vec::<String>::new());
}

/// What the checker says of senders that this is done to: a record that comes to two of them at once, an answer that is
/// lost, a refusal for good, a connection that breaks, and a person with whom Meta wants patience.
async fn outcome(tale: Tale, jumbled: bool) -> Vec<Violation> {
    let rig = Rig::start().await;
    let liar = Liar::start(&rig.local.ready().aws, tale).await;
    let lied_to = |environment: &mut std::collections::BTreeMap<String, String>| {
        environment.insert("AWS_ENDPOINT_URL".into(), liar.url.clone());
    };
    let people = people(5);
    let mut ids = Vec::new();
    for (phone, messages) in people.iter().zip([1, 1, 1, 1, 6]) {
        hear(&rig, phone).await;
        for message in 0..messages {
            ids.push(queue(&rig, phone, &format!("{message} to {phone}")).await);
        }
    }
    let patience = json!({"error": {"code": 130_429}});
    for (phone, times, fault) in [
        (&people[0], 9, json!({"delay": {"ms": SLOW_MS}})),
        (&people[1], 1, json!({"lost_reply": {}})),
        (&people[2], 1, json!({"error": {"code": 131_026}})),
        (&people[3], 1, json!({"reset_before": {}})),
        (&people[4], 2, patience),
    ] {
        let rule = json!({"match": {"to": phone}, "times": times, "fault": fault});
        rig.meta().fault(serde_json::from_value(rule).unwrap());
    }
    let first = rig.process_with("sender", lied_to).await;
    let second = rig.process_with("sender", lied_to).await;
    in_two_hands(&rig, [&first, &second], &ids[0], jumbled).await;
    drop((first, second));
    let api = rig.process("api").await;
    let run = run_its_course(&rig, &api, ids.clone(), Statuses::Late).await;
    let mut found = checker::outbound(&run);
    // The answer that was lost, and the connection that broke: what had left by then may have been taken.
    found.extend(checker::doubted(&run, &[ids[1].clone(), ids[3].clone()]));
    found.extend(checker::order(&conversation(&run, ids[4..].to_vec())));
    drop(api);
    rig.close().await;
    found
}

/// The whole batch goes to the first; and while Meta has `raced`, that record to the second as well.
async fn in_two_hands(rig: &Rig, [first, second]: [&Function; 2], raced: &str, jumbled: bool) {
    let (outbound, timeout) = (&rig.local.ready().queues.outbound, rig.timeout("sender"));
    let mut records = rig.receive(outbound, 10).await;
    let again: Vec<_> = records.iter().filter(|record| record.body().unwrap().contains(raced)).cloned().collect();
    if jumbled {
        for record in &mut records {
            let id = record.message_id().unwrap().to_owned();
            let attributes = record.attributes.as_mut().unwrap();
            attributes.insert(aws_sdk_sqs::types::MessageSystemAttributeName::MessageGroupId, id);
        }
    }
    let late = async {
        let has_it = || rig.meta().sends().iter().any(|sent| sent.opaque.as_deref() == Some(raced));
        eventually("the call", async || has_it().then_some(())).await;
        rig.hand_over(second, outbound, &again, timeout).await
    };
    join(rig.hand_over(first, outbound, &records, timeout), late).await;
}

/// The state that an update would move a send to.
fn moves_to<'a>(operation: &str, request: &'a Value) -> Option<&'a str> {
    let value = request.pointer("/ExpressionAttributeValues/:to/S").filter(|_| operation == "UpdateItem");
    value.and_then(Value::as_str)
}

fn moved(operation: &str, mut request: Value, from: &str, to: &str) -> Lie {
    if moves_to(operation, &request) == Some(from) {
        request["ExpressionAttributeValues"][":to"]["S"] = to.into();
    }
    Lie::Pass(request)
}

/// The sender believes that it has written what it should have, where it has moved its send to `to` instead.
fn secretly(lie: Lie, to: &str, then: fn(Value) -> Value) -> Lie {
    match lie {
        Lie::Pass(request) if moves_to("UpdateItem", &request) == Some(to) => Lie::PassThen(request, then),
        other => other,
    }
}

/// The same update wherever it meets its item.
fn without_condition(mut request: Value) -> Value {
    let condition = request["ConditionExpression"].as_str().unwrap().to_owned();
    request.as_object_mut().unwrap().remove("ConditionExpression");
    let values = request["ExpressionAttributeValues"].as_object_mut().unwrap();
    values.retain(|name, _| !condition.contains(name.as_str()));
    request
}

/// Nothing but the time of the change is written.
fn touched(mut request: Value) -> Value {
    request["UpdateExpression"] = "SET updated_at = :now".into();
    let condition = request["ConditionExpression"].as_str().unwrap().to_owned();
    let values = request["ExpressionAttributeValues"].as_object_mut().unwrap();
    values.retain(|name, _| name == ":now" || condition.contains(name.as_str()));
    let names = request["ExpressionAttributeNames"].as_object_mut().unwrap();
    names.retain(|name, _| condition.contains(name.as_str()));
    request
}

/// A send is read as it was when it was queued.
fn stale(operation: &str, request: Value) -> Lie {
    if operation != "GetItem" || !request["Key"]["pk"]["S"].as_str().is_some_and(|key| key.starts_with("S#")) {
        return Lie::Pass(request);
    }
    Lie::PassThen(request, |mut answer| {
        if let Some(item) = answer["Item"].as_object_mut() {
            item.insert("state".into(), json!({"S": "queued"}));
            item.remove("lease_until");
        }
        answer
    })
}
