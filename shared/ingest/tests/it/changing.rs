//! People who change their number or user id (K-05), in whatever order Meta tells.

use std::collections::BTreeSet;

use model::window::Standing;
use serde_json::{Value, json};

use crate::order::permutations;
use crate::said::{changed, number_changed, text};
use crate::world::{Number, World, now, second};

const OLD: &[&str] = &["15550101", "US.1"];
const NEW: &[&str] = &["15550199", "US.2"];

async fn take_each(world: &World, number: &Number, changes: &[Value]) {
    for change in changes {
        world.take(number, std::slice::from_ref(change)).await;
    }
}

/// The same person before and after, whatever comes first and however often: history kept, the window not carried.
#[tokio::test]
async fn a_number_change_keeps_the_person() {
    let world = World::new().await;
    let all = [
        text("before", OLD, 10),
        text("just before", &["15550101"], 19),
        number_changed("change", OLD, NEW, 20),
        text("after", NEW, 30),
    ];
    for order in permutations(all.len()) {
        let number = world.number().await;
        let changes: Vec<Value> = order.iter().map(|at| all[*at].clone()).collect();
        take_each(&world, &number, &changes).await;
        take_each(&world, &number, &changes).await;
        let inbox = world.inbox(&number).await;
        let one = ["before", "just before", "change", "after"].map(str::to_owned).to_vec();
        assert_eq!(inbox, BTreeSet::from([one]), "{order:?}");
        for identity in ["15550199", "US.1", "US.2"] {
            let contact = world.find(&number, identity).await.unwrap();
            assert_eq!(contact.wa_id.as_ref().unwrap().as_str(), "15550199", "{order:?} {identity}");
            assert_eq!(contact.user_id.as_ref().unwrap().as_str(), "US.2");
            assert_eq!(contact.identity_since, Some(second(20)));
            assert_eq!(contact.window().standing(now()), Standing::Open);
            assert_eq!(contact.opened_by.unwrap().id, "after");
        }
        assert!(world.find(&number, "15550101").await.is_none(), "nobody has it now");
    }
}

/// However much one POST says of one person, it is taken.
#[tokio::test]
async fn many_changes_of_one_person_come_in_one_post() {
    let world = World::new().await;
    let number = world.number().await;
    let phones: Vec<String> = (0..31).map(|nth| format!("155501{nth:02}")).collect();
    let ids: Vec<String> = (0..31).map(|nth| format!("US.{nth}")).collect();
    let of = |nth: usize| [phones[nth].as_str(), ids[nth].as_str()];
    let mut changes = vec![text("first", &of(0), 1)];
    changes.extend((0..30).map(|nth| {
        let at = i64::try_from(nth).unwrap() + 2;
        number_changed(&format!("change {nth}"), &of(nth), &of(nth + 1), at)
    }));
    world.take(&number, &changes).await;
    let contact = world.find(&number, ids[0].as_str()).await.unwrap();
    assert_eq!(contact.wa_id.as_ref().unwrap().as_str(), phones[30]);
    assert_eq!(world.find(&number, &phones[30]).await.unwrap().key, contact.key);
    assert_eq!(world.inbox(&number).await.len(), 1);
}

/// Without a message since, nothing may be sent but templates: Meta's window is by number.
#[tokio::test]
async fn the_window_of_the_old_number_is_closed() {
    let world = World::new().await;
    let all = [text("before", OLD, 10), number_changed("change", OLD, NEW, 20), text("late", &["15550101"], 15)];
    for order in permutations(all.len()) {
        let number = world.number().await;
        let changes: Vec<Value> = order.iter().map(|at| all[*at].clone()).collect();
        take_each(&world, &number, &changes).await;
        let contact = world.find(&number, "15550199").await.unwrap();
        assert_eq!(contact.window().standing(now()), Standing::Renamed, "{order:?}");
        assert_eq!(contact.last_inbound_at, Some(second(15)));
        assert_eq!(contact.wa_id.unwrap().as_str(), "15550199", "late words set nothing back");
        assert_eq!(world.inbox(&number).await.len(), 1, "{order:?}");
    }
}

/// A number goes to somebody else, who is not taken for the one before: with a user id, and without.
#[tokio::test]
async fn the_next_person_on_a_number_is_another() {
    let world = World::new().await;
    for ids in [&["15550101", "US.9"][..], &["15550101"]] {
        let number = world.number().await;
        let change = number_changed("change", OLD, NEW, 20);
        take_each(&world, &number, &[text("a", OLD, 10), change.clone(), text("b", ids, 30), change]).await;
        take_each(&world, &number, &[text("late", &["15550101"], 12), text("c", NEW, 40)]).await;
        let people =
            BTreeSet::from([["a", "late", "change", "c"].map(str::to_owned).to_vec(), vec![String::from("b")]]);
        assert_eq!(world.inbox(&number).await, people);
        let next = world.find(&number, "15550101").await.unwrap();
        let key =
            if ids.len() > 1 { "user:US.9".to_owned() } else { format!("wa:15550101~{}", second(20).as_second()) };
        assert_eq!(next.key.as_str(), key);
        assert_eq!(next.wa_id.unwrap().as_str(), "15550101");
        assert_eq!(world.contact(&number, "wa:15550101").await.wa_id.unwrap().as_str(), "15550199");
    }
}

/// Somebody moves to a number that another contact had: the phone passes on, and they stay two.
#[tokio::test]
async fn a_number_taken_over_is_not_its_former_holder() {
    let world = World::new().await;
    let number = world.number().await;
    let taken = [text("other", &["15550199", "US.7"], 5), text("a", OLD, 10), number_changed("change", OLD, NEW, 20)];
    take_each(&world, &number, &taken).await;
    take_each(&world, &number, &[text("b", &["15550199"], 30), text("late", &["15550199"], 8)]).await;
    let people = BTreeSet::from([
        ["a", "change", "b"].map(str::to_owned).to_vec(),
        ["other", "late"].map(str::to_owned).to_vec(),
    ]);
    assert_eq!(world.inbox(&number).await, people);
    assert!(world.find(&number, "US.7").await.unwrap().wa_id.is_none());
}

/// Twice in a row, told in any order.
#[tokio::test]
async fn a_chain_of_changes_leads_to_one_person() {
    let world = World::new().await;
    let newest: &[&str] = &["15550198", "US.3"];
    let all = [
        text("a", OLD, 10),
        number_changed("first", OLD, NEW, 20),
        number_changed("second", NEW, newest, 40),
        text("b", newest, 50),
    ];
    for order in permutations(all.len()) {
        let number = world.number().await;
        let changes: Vec<Value> = order.iter().map(|at| all[*at].clone()).collect();
        take_each(&world, &number, &changes).await;
        let one = ["a", "first", "second", "b"].map(str::to_owned).to_vec();
        assert_eq!(world.inbox(&number).await, BTreeSet::from([one]), "{order:?}");
        let contact = world.find(&number, "US.1").await.unwrap();
        assert_eq!(
            (contact.wa_id.unwrap().as_str(), contact.identity_since),
            ("15550198", Some(second(40))),
            "{order:?}"
        );
    }
}

/// Every way in which Meta has told of it (contract §3.6, §3.8).
#[tokio::test]
async fn each_spelling_of_a_change_is_understood() {
    let world = World::new().await;
    let number_changes = [
        json!({"type": "user_changed_number", "wa_id": "15550199", "user_id": "US.2", "body": "User A changed from +1 555 0101 to +1 555 0199"}),
        json!({"type": "customer_changed_number", "wa_id": "15550199", "customer": "15550101"}),
        json!({"new_wa_id": "15550199", "identity": "x"}),
        json!({"type": "user_changed_number", "wa_id": "+15550199", "previous_user_id": "US.1", "user_id": "US.2"}),
    ];
    for system in number_changes {
        let number = world.number().await;
        take_each(&world, &number, &[text("a", OLD, 10), changed("change", Some("15550101"), &system, 20)]).await;
        let contact = world.find(&number, "15550199").await.unwrap();
        assert_eq!(contact.key.as_str(), "wa:15550101", "{system}");
        assert_eq!(contact.wa_id.unwrap().as_str(), "15550199");
    }
    let user_changes = [
        changed("c", None, &json!({"type": "user_changed_user_id", "user_id": "US.2", "previous_user_id": "US.1"}), 20),
        changed(
            "c",
            None,
            &json!({"type": "user_changed_user_id", "user_id": "US.2", "body": "Ana changed from US.1 to US.2."}),
            20,
        ),
        changed("c", Some("15550101"), &json!({"type": "user_changed_user_id", "user_id": "US.2"}), 20),
        json!({"field": "user_id_update", "value": {"user_id_update": [
            {"wa_id": "15550101", "detail": "x", "user_id": {"previous": "US.1", "current": "US.2"},
                "timestamp": second(20).as_second().to_string()}]}}),
    ];
    for change in user_changes {
        let number = world.number().await;
        take_each(&world, &number, &[text("a", OLD, 10), change.clone(), text("b", &["US.2"], 30)]).await;
        let contact = world.find(&number, "US.2").await.unwrap();
        assert_eq!(contact.key.as_str(), "wa:15550101", "{change}");
        assert_eq!((contact.user_id.unwrap().as_str(), contact.wa_id.unwrap().as_str()), ("US.2", "15550101"));
        assert_eq!(contact.identity_since, Some(second(20)));
        assert_eq!(world.inbox(&number).await.len(), 1);
    }
}

/// Nothing of theirs is known yet: the change makes the contact, under the first identity of which is told.
#[tokio::test]
async fn a_change_can_be_the_first_thing_known() {
    let world = World::new().await;
    let number = world.number().await;
    take_each(&world, &number, &[number_changed("change", OLD, NEW, 20)]).await;
    let contact = world.find(&number, "15550199").await.unwrap();
    assert_eq!(contact.key.as_str(), "wa:15550101");
    assert_eq!(contact.identities, ["user:US.1", "user:US.2", "wa:15550101", "wa:15550199"]);
    assert_eq!(contact.window().standing(now()), Standing::Unknown);
    // An identity that was checked anew, and a word of tomorrow, change nobody.
    for system in
        [json!({"type": "customer_identity_changed", "customer": "15550101"}), json!({"type": "user_grew_up"})]
    {
        take_each(&world, &number, &[changed("other", Some("15550155"), &system, 25)]).await;
    }
    assert_eq!(world.find(&number, "15550199").await.unwrap(), contact);
}
