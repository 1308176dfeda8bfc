//! Merges by an operator, and back: nothing is lost, whatever was written meanwhile (K-02).

use std::collections::BTreeSet;

use model::contact::MergedBy;
use model::{Contact, ContactKey, PhoneNumberId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};
use store::{MergeOutcome, Merging, UnmergeOutcome};

use crate::said::{message, status, text};
use crate::world::{Number, World, bare, now, second};

fn merging(from: &str, into: &str) -> Merging {
    let (from, into) = (ContactKey::new(from), ContactKey::new(into));
    Merging { from, into, by: MergedBy::Operator, reason: String::from("same person") }
}

async fn merge(world: &World, number: &Number, from: &str, into: &str) -> MergeOutcome {
    world.ingest.store.merge(&number.0, &merging(from, into), false, now()).await.unwrap()
}

async fn unmerge(world: &World, number: &Number, key: &str) -> UnmergeOutcome {
    world.ingest.store.unmerge(&number.0, &ContactKey::new(key), false).await.unwrap()
}

fn ids(all: &[&[&str]]) -> BTreeSet<Vec<String>> {
    all.iter().map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()).collect()
}

#[tokio::test]
async fn merged_they_are_one_and_unmerged_two() {
    let world = World::new().await;
    let number = world.number().await;
    world.take(&number, &[text("a", &["15550101"], 1), text("b", &["15550102"], 2)]).await;
    let alone = (world.contact(&number, "wa:15550101").await, world.contact(&number, "wa:15550102").await);
    let dry = world.ingest.store.merge(&number.0, &merging("wa:15550102", "wa:15550101"), true, now()).await.unwrap();
    let MergeOutcome::Merged(planned) = dry else { panic!("not merged") };
    assert_eq!(world.inbox(&number).await.len(), 2, "a rehearsal changes nothing");
    let MergeOutcome::Merged(done) = merge(&world, &number, "wa:15550102", "wa:15550101").await else { panic!() };
    assert_eq!(done, planned);
    assert_eq!(bare(*done), world.contact(&number, "wa:15550102").await);
    assert!(matches!(merge(&world, &number, "wa:15550102", "wa:15550101").await, MergeOutcome::Already(_)));
    // In this process, which believed otherwise, and in another.
    world.told().await;
    world.take(&number, &[text("c", &["15550102"], 3)]).await;
    world
        .another()
        .body(
            &crate::world::body(&number, &[text("d", &["15550102"], 4), status("s", "read", &["15550102"], 5)]),
            now(),
        )
        .await
        .unwrap();
    let told = world.told().await;
    assert_eq!([&told["c"]["key"], &told["d"]["key"], &told["s"]["key"]], ["wa:15550101"; 3]);
    assert_eq!(world.inbox(&number).await, ids(&[&["a", "b", "c", "d"]]));
    let one = world.contact(&number, "wa:15550101").await;
    assert_eq!((one.last_inbound_at, one.opened_by.clone().unwrap().id.as_str()), (Some(second(4)), "d"));
    assert_eq!(one.identities, ["wa:15550101", "wa:15550102"]);
    let UnmergeOutcome::Unmerged { contact, from } = unmerge(&world, &number, "wa:15550102").await else { panic!() };
    assert_eq!((bare(*contact.clone()), bare(*from)), (world.contact(&number, "wa:15550102").await, alone.0));
    assert_eq!(world.inbox(&number).await, ids(&[&["a"], &["b", "c", "d"]]));
    assert!(matches!(unmerge(&world, &number, "wa:15550102").await, UnmergeOutcome::NotMerged(_)));
    assert_eq!(contact.first_seen_at, alone.1.first_seen_at);
}

/// A merge into what is merged goes into the whole; taking out takes what came along.
#[tokio::test]
async fn merges_of_merges_are_one_whole() {
    let world = World::new().await;
    let number = world.number().await;
    let key = |n: i64| format!("wa:1555010{n}");
    for n in 1..=4 {
        world.take(&number, &[text(&format!("m{n}"), &[&format!("1555010{n}")], n)]).await;
    }
    merge(&world, &number, &key(2), &key(1)).await;
    merge(&world, &number, &key(3), &key(2)).await;
    assert_eq!(world.inbox(&number).await, ids(&[&["m1", "m2", "m3"], &["m4"]]));
    merge(&world, &number, &key(1), &key(4)).await;
    let MergeOutcome::Already(whole) = merge(&world, &number, &key(4), &key(2)).await else { panic!("a circle") };
    assert_eq!(whole.key.as_str(), key(4));
    assert_eq!(world.inbox(&number).await, ids(&[&["m1", "m2", "m3", "m4"]]));
    for n in 1..=4 {
        assert_eq!(world.contact(&number, &key(n)).await, bare(*whole.clone()));
    }
    // Out with what was merged into it before.
    let UnmergeOutcome::Unmerged { contact, from } = unmerge(&world, &number, &key(1)).await else { panic!() };
    assert_eq!((contact.keys().len(), from.keys().len()), (3, 1));
    assert_eq!(world.inbox(&number).await, ids(&[&["m1", "m2", "m3"], &["m4"]]));
    unmerge(&world, &number, &key(2)).await;
    assert_eq!(world.inbox(&number).await, ids(&[&["m1", "m3"], &["m2"], &["m4"]]));
}

/// Two operators, or two messages, at once: one way or the other, never a circle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merges_at_once_make_no_circle() {
    let world = World::new().await;
    for _ in 0..10 {
        let number = world.number().await;
        world.take(&number, &[text("a", &["15550101"], 1), text("b", &["15550102"], 2)]).await;
        let (one, other) = (merging("wa:15550101", "wa:15550102"), merging("wa:15550102", "wa:15550101"));
        let store = &world.ingest.store;
        let both = futures::future::join(
            store.merge(&number.0, &one, false, now()),
            store.merge(&number.0, &other, false, now()),
        );
        let (one, other) = both.await;
        for outcome in [one.unwrap(), other.unwrap()] {
            assert!(matches!(outcome, MergeOutcome::Merged(_) | MergeOutcome::Already(_)));
        }
        assert_eq!(world.inbox(&number).await, ids(&[&["a", "b"]]));
        assert_eq!(world.contact(&number, "wa:15550101").await, world.contact(&number, "wa:15550102").await);
    }
}

/// The transaction is made and its answer lost, or it is not made at all; and nothing after it, as after a crash: the two
/// are one or two, never in between, and asking again completes it.
#[tokio::test]
async fn nothing_is_done_by_half() {
    let world = World::new().await;
    let faults = [
        Fault::lose_reply().on(Service::DynamoDb).operation("ExecuteTransaction").times(1),
        Fault::unavailable().on(Service::DynamoDb).operation("ExecuteTransaction").times(20),
        Fault::unavailable().on(Service::DynamoDb).operation("BatchExecuteStatement").times(20),
    ];
    for fault in faults {
        let number = world.number().await;
        world.take(&number, &[text("a", &["15550101"], 1), text("b", &["15550102"], 2)]).await;
        let store = &world.ingest.store;
        world.aws.faults().add(fault.clone());
        let tried = store.merge(&number.0, &merging("wa:15550102", "wa:15550101"), false, now()).await;
        world.aws.faults().clear();
        let halves = world.inbox(&number).await.len();
        assert!(halves == 1 || tried.is_err());
        merge(&world, &number, "wa:15550102", "wa:15550101").await;
        assert_eq!(world.inbox(&number).await, ids(&[&["a", "b"]]));
        world.aws.faults().add(fault);
        let tried = store.unmerge(&number.0, &ContactKey::new("wa:15550102"), false).await;
        world.aws.faults().clear();
        assert!(world.inbox(&number).await.len() == 2 || tried.is_err());
        unmerge(&world, &number, "wa:15550102").await;
        assert_eq!(world.inbox(&number).await, ids(&[&["a"], &["b"]]));
        // What was not noted on the aliases before is found out by the next message.
        world.told().await;
        world.another().body(&crate::world::body(&number, &[text("c", &["15550102"], 3)]), now()).await.unwrap();
        assert_eq!(world.told().await["c"]["key"], "wa:15550102");
    }
}

/// What an operator took apart stays apart, though a message carries the phone of one and the user id of the other.
#[tokio::test]
async fn what_was_taken_apart_stays_apart() {
    let world = World::new().await;
    let number = world.number().await;
    world.take(&number, &[text("a", &["15550101"], 1), text("b", &["US.1"], 2)]).await;
    world.take(&number, &[text("c", &["15550101", "US.1"], 3)]).await;
    assert_eq!(world.inbox(&number).await.len(), 1);
    unmerge(&world, &number, "wa:15550101").await;
    world.take(&number, &[text("d", &["15550101", "US.1"], 4)]).await;
    assert_eq!(world.inbox(&number).await, ids(&[&["a"], &["b", "c", "d"]]));
    assert_eq!(world.find(&number, "15550101").await.unwrap().key.as_str(), "user:US.1", "the phone moved");
}

#[derive(Clone, Debug)]
enum Step {
    Text(usize),
    Reaction(usize),
    Status(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0_usize..3).prop_flat_map(
        |who| prop_oneof![3 => Just(Step::Text(who)), 1 => Just(Step::Reaction(who)), 1 => Just(Step::Status(who))],
    );
    proptest::collection::vec(step, 0..10)
}

fn said(step: &Step, at: i64) -> Value {
    let people: [&[&str]; 3] = [&["15550101", "US.1"], &["15550102"], &["US.3"]];
    match step {
        Step::Text(who) => text(&format!("t{at}"), people[*who], at),
        Step::Reaction(who) => {
            message(&format!("r{at}"), people[*who], at, "reaction", &json!({"message_id": "x", "emoji": "x"}))
        }
        Step::Status(who) => status(&format!("s{at}"), "delivered", people[*who], at),
    }
}

async fn everybody(world: &World, number: &Number) -> Vec<(Contact, Vec<String>)> {
    let mut all = Vec::new();
    for contact in world.ingest.store.contacts(&number.0, 100, None).await.unwrap().items {
        let history = world.history(number, &contact).await;
        all.push((Contact { phone_number_id: PhoneNumberId::new("1"), ..bare(contact) }, history));
    }
    all.sort_by(|one, other| one.0.key.cmp(&other.0.key));
    all
}

/// Merge, traffic, unmerge is the same as the traffic without a merge: every contact, every word.
#[test]
fn a_merge_taken_back_was_never_there() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(24) });
    let keys = ["wa:15550101", "wa:15550102", "user:US.3"];
    let case = (steps(), steps(), (0_usize..3, 0_usize..3).prop_filter("two", |(one, other)| one != other));
    runner
        .run(&case, |(before, meanwhile, (from, into))| {
            runtime.block_on(async {
                let (merged, plain) = (world.number().await, world.number().await);
                let all: Vec<Value> = (0..3)
                    .map(Step::Text)
                    .chain(before.clone())
                    .chain(meanwhile.clone())
                    .zip(1..)
                    .map(|(step, at)| said(&step, at))
                    .collect();
                let first = 3 + before.len();
                for change in &all[..first] {
                    world.take(&merged, std::slice::from_ref(change)).await;
                }
                merge(&world, &merged, keys[from], keys[into]).await;
                assert_eq!(everybody(&world, &merged).await.len(), 2);
                for change in &all[first..] {
                    world.take(&merged, std::slice::from_ref(change)).await;
                }
                assert!(matches!(unmerge(&world, &merged, keys[from]).await, UnmergeOutcome::Unmerged { .. }));
                for change in &all {
                    world.take(&plain, std::slice::from_ref(change)).await;
                }
                let (merged, plain) = (everybody(&world, &merged).await, everybody(&world, &plain).await);
                assert!(merged == plain);
            });
            Ok(())
        })
        .unwrap();
}
