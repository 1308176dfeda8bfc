//! The API dies over a request to send. Asked again with the same key it is one send, and sent once; and what was stored
//! is sent even where nobody asks again.

use model::{PhoneNumberId, SendId};

use super::{Moment, at_every, doomed};
use crate::binaries::canary::PHONE;
use crate::binaries::checker;
use crate::binaries::passing::{Statuses, hear, run_its_course, shown, text};
use crate::binaries::rig::{NUMBER, Rig};
use crate::lambda::Function;

const KEY: &str = "order-1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dying_api_queues_once() {
    let rig = Rig::start().await;
    hear(&rig, PHONE).await;
    let api = rig.process("api").await;
    assert!(ask(&rig, &api).await.is_some());
    drop(api);
    let requests = [rig.toward_aws("api").records().len(), 0];
    rig.close().await;
    at_every("api, asked again", requests, |moment| killed_at(moment, true)).await;
    at_every("api, not asked again", requests, |moment| killed_at(moment, false)).await;
}

async fn killed_at(moment: Moment, asks_again: bool) -> bool {
    let rig = Rig::start().await;
    hear(&rig, PHONE).await;
    let (dying, trap) = doomed(&rig, "api", moment).await;
    let first = ask(&rig, &dying).await;
    drop(dying);
    let api = rig.process("api").await;
    let ours = SendId::from_idempotency(&PhoneNumberId::new(NUMBER), KEY).into_string();
    let mut promised: Vec<String> = first.into_iter().collect();
    if asks_again {
        promised.push(ask(&rig, &api).await.expect("an answer the second time"));
    } else {
        // Nobody was promised it, but what is stored is not left lying.
        promised.extend(shown(&rig, &api, &[ours]).await.into_iter().map(|shown| shown.id));
    }
    promised.dedup();
    assert!(promised.len() <= 1, "{moment:?}: one key, {promised:?}");
    let run = run_its_course(&rig, &api, promised, Statuses::Late).await;
    assert_eq!(checker::outbound(&run), [], "{moment:?}, again {asks_again}: {run:?}");
    assert!(!asks_again || run.accepted.len() == 1, "{moment:?}: {run:?}");
    drop(api);
    rig.close().await;
    trap.is_sprung()
}

/// The id it is promised, where there is an answer.
async fn ask(rig: &Rig, api: &Function) -> Option<String> {
    let path = format!("/v1/channels/{NUMBER}/messages");
    let answer = rig.ask(api, "POST", &path, Some(KEY), &text(PHONE)).await?;
    assert_eq!(answer.status, 202, "{}", answer.body);
    Some(answer.body["id"].as_str().unwrap().to_owned())
}
