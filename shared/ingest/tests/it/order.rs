//! Whatever the order, and however often: one answer (invariant 3).

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::said::{number_changed, text};
use crate::world::{Number, World};

/// Every order of so many things.
pub(crate) fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(count - 1) {
        for place in 0..count {
            let mut order = shorter.clone();
            order.insert(place, count - 1);
            all.push(order);
        }
    }
    all
}

/// People, each with as many numbers as they had one after the other; and what they wrote by which of their ids.
#[derive(Clone, Debug)]
struct Lives(Vec<Vec<Vec<Known>>>);

#[derive(Clone, Copy, Debug)]
enum Known {
    Phone,
    User,
    Both,
}

fn lives() -> impl Strategy<Value = Lives> {
    let known = prop_oneof![Just(Known::Phone), Just(Known::User), Just(Known::Both)];
    let phase = proptest::collection::vec(known, 0..4);
    let life = proptest::collection::vec(phase, 1..4);
    proptest::collection::vec(life, 1..4).prop_map(Lives)
}

impl Lives {
    /// What Meta tells of them, and who wrote what. Each number begins with a message that has both ids: what never came
    /// together cannot be put together.
    fn told(&self) -> (Vec<Value>, BTreeSet<Vec<String>>) {
        let (mut told, mut people) = (Vec::new(), BTreeSet::new());
        for (person, phases) in self.0.iter().enumerate() {
            let (mut at, mut wrote) = (1, Vec::new());
            for (phase, messages) in phases.iter().enumerate() {
                let ids = |phase: usize| (format!("1555{person:02}{phase:02}00"), format!("US.p{person}x{phase}"));
                let (phone, user) = ids(phase);
                if phase > 0 {
                    let (old_phone, old_user) = ids(phase - 1);
                    let id = format!("p{person}-change{phase}");
                    told.push(number_changed(&id, &[&old_phone, &old_user], &[&phone, &user], at));
                    wrote.push(id);
                    at += 10;
                }
                for (nth, known) in std::iter::once(&Known::Both).chain(messages).enumerate() {
                    let id = format!("p{person}-{phase}-{nth}");
                    told.push(match known {
                        Known::Phone => text(&id, &[&phone], at),
                        Known::User => text(&id, &[&user], at),
                        Known::Both => text(&id, &[&phone, &user], at),
                    });
                    wrote.push(id);
                    at += 10;
                }
            }
            people.insert(wrote);
        }
        (told, people)
    }
}

async fn tell(world: &World, number: &Number, told: &[Value], sizes: &[usize]) {
    let mut rest = told;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            return;
        }
        let (now, later) = rest.split_at((*size).min(rest.len()));
        world.take(number, now).await;
        rest = later;
    }
}

/// K-05, W-01: however what Meta tells is ordered, cut into POSTs and repeated, each message is with the person who wrote
/// it, they are known by their newest number, and one window is open until the same moment by the same message.
#[test]
fn any_order_of_any_lives_is_one_answer() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(24) });
    let shuffled = lives().prop_flat_map(|lives| {
        let (told, _) = lives.told();
        let twice: Vec<Value> = told.iter().chain(&told).cloned().collect();
        (Just(lives), Just(twice).prop_shuffle(), proptest::collection::vec(1_usize..6, 1..5))
    });
    runner
        .run(&shuffled, |(lives, told, sizes)| {
            let (_, people) = lives.told();
            runtime.block_on(async {
                let number = world.number().await;
                tell(&world, &number, &told, &sizes).await;
                assert_eq!(world.inbox(&number).await, people);
                for (person, phases) in lives.0.iter().enumerate() {
                    let newest = format!("1555{person:02}{:02}00", phases.len() - 1);
                    let contact = world.find(&number, &newest).await.unwrap();
                    assert_eq!(contact.wa_id.as_ref().unwrap().as_str(), newest);
                    assert_eq!(
                        contact.user_id.as_ref().unwrap().as_str(),
                        format!("US.p{person}x{}", phases.len() - 1)
                    );
                    let last = world.history(&number, &contact).await.pop().unwrap();
                    assert_eq!(contact.opened_by.as_ref().unwrap().id, last);
                    assert!(contact.window().expires_at().is_some());
                }
            });
            Ok(())
        })
        .unwrap();
}
