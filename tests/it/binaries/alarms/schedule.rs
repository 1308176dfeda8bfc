//! Syncs that fail, and what the schedule finds.

use jiff::{SignedDuration, Timestamp};
use sandbox::meta::Token;
use serde_json::json;

use super::watch::Watch;
use crate::binaries::canary;
use crate::binaries::rig::NUMBER;
use crate::system::eventually;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn syncs_that_fail() {
    let watch = Watch::start().await;
    let sync = watch.rig.process("template-sync").await;
    let run = async |failed: u64| {
        let answer = sync.invoke(watch.rig.schedule("template-sync"), watch.rig.timeout("template-sync")).await;
        assert_eq!(answer.answer()["failed"], failed);
    };
    let fault = json!({"match": {"path": "message_templates"}, "fault": {"error": {"code": 100}}, "times": 1});
    let failures = || watch.rig.printed("template-sync").matches("templates could not be synced").count();
    // One that failed, and one that worked in between, are no two.
    for (round, (failed, alarm)) in
        [(1, None), (0, None), (1, None), (1, Some("SyncFailedAlarm"))].into_iter().enumerate()
    {
        if failed == 1 {
            watch.fault(fault.clone());
        }
        run(failed).await;
        let expected = if round == 0 { 1 } else { round };
        eventually("the line", async || (failures() == expected).then_some(())).await;
        watch.raises(alarm.as_slice()).await;
    }
    sync.stop().await;
    watch.close().await;
}

/// What the schedule finds of tokens, and of numbers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_schedule_finds() {
    let token = |change: fn(&mut Token)| {
        let mut token = Token::system_user(canary::TOKEN, sandbox::meta::local::APP_ID);
        change(&mut token);
        token
    };
    let soon = |token: &mut Token| token.expires_at = Some(Timestamp::now() + SignedDuration::from_hours(24));
    for (token, alarm) in
        [(token(|token| token.invalid = Some(460)), "TokenInvalidAlarm"), (token(soon), "TokenExpiringAlarm")]
    {
        let watch = Watch::start().await;
        let sync = watch.rig.process("template-sync").await;
        watch.looks(&sync).await;
        watch.raises(&[]).await;
        watch.rig.meta().put_token(token);
        watch.looks(&sync).await;
        watch.raises(&[alarm]).await;
        sync.stop().await;
        watch.close().await;
    }
    let watch = Watch::start().await;
    let sync = watch.rig.process("template-sync").await;
    let quality = |rating: &str| {
        watch.rig.meta().number(NUMBER, |number| drop(number.node.insert("quality_rating".into(), rating.into())));
    };
    quality("YELLOW");
    // First seen so, and then better: nothing was lowered.
    for rating in ["YELLOW", "GREEN"] {
        quality(rating);
        watch.looks(&sync).await;
        watch.raises(&[]).await;
    }
    quality("RED");
    watch.looks(&sync).await;
    watch.raises(&["DowngradedAlarm"]).await;
    watch.looks(&sync).await;
    assert_eq!(watch.counted("Downgraded"), 1, "once for each change");
    sync.stop().await;
    watch.close().await;
}
