//! Numbers of Brazil, Mexico and Argentina, as Meta is called for them (contract §5.10), by what Meta received.

use sandbox::meta::local;
use serde_json::{Value, json};

use crate::world::{ANA, World, text};

const AS_DIALLED: &str = "5491155550100";
const AS_LISTED: &str = "541155550100";

/// What stood in `to` of everything that Meta accepted.
fn called(world: &World) -> Vec<String> {
    let to = |sent: &sandbox::meta::SendRecord| {
        let request: Value = serde_json::from_str(sent.request.get()).unwrap();
        request["to"].as_str().unwrap().to_owned()
    };
    world.meta.sends().iter().map(to).collect()
}

/// The list of a test number has another spelling than whoever queued the message.
#[tokio::test]
async fn a_number_that_is_refused_is_tried_in_its_other_spelling_once() {
    let world = World::start().await;
    let lists = |list: &[&str]| {
        let list = list.iter().map(|number| (*number).to_owned()).collect();
        assert!(world.meta.waba(local::WABA_ID, |waba| waba.numbers[0].allow_list = Some(list)));
    };
    lists(&[&format!("+{AS_LISTED}")]);
    let sent = world.text("one", AS_DIALLED).await;
    world.meta.open_window(local::PHONE_NUMBER_ID, AS_LISTED);
    assert_eq!(world.deliver().await.failed, 0);
    assert_eq!((world.state(&sent).await.0.as_str(), world.calls()), ("accepted", 2));
    assert_eq!(called(&world), [format!("+{AS_LISTED}")]);

    lists(&[]);
    let refused = world.text("two", AS_DIALLED).await;
    assert_eq!(world.deliver().await.failed, 0);
    assert_eq!(world.state(&refused).await, ("failed".into(), Some("131030".into())));
    assert_eq!(world.calls(), 4);
    // Nobody else has two spellings.
    let elsewhere = world.text("three", ANA).await;
    assert_eq!(world.deliver().await.failed, 0);
    assert_eq!(world.state(&elsewhere).await, ("failed".into(), Some("131030".into())));
    assert_eq!((world.calls(), world.meta.sends().len()), (5, 1));
}

/// Another refusal says nothing about the spelling.
#[tokio::test]
async fn no_other_refusal_is_about_the_spelling() {
    let world = World::start().await;
    world.refuse_with(131_047);
    world.text("one", AS_DIALLED).await;
    assert_eq!(world.deliver().await.failed, 0);
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn whoever_wrote_is_called_as_meta_spells_them() {
    let world = World::start().await;
    let (dialled, theirs) = ("5511987654321", "551187654321");
    world.hear_as(theirs, dialled).await;
    let id = world.store_send("one", &text(dialled, "Oi")).await;
    world.queue(&id).await;
    assert_eq!(world.deliver().await.failed, 0);
    assert_eq!(called(&world), [format!("+{theirs}")]);
    // What was asked for is kept as it was.
    let kept: Value = serde_json::from_str(world.send(&id).await.message.get()).unwrap();
    assert_eq!(kept["to"], json!(dialled));
}
