//! What comes in from outside: from Meta, from strangers, and from callers of the API.

use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::json;

use super::watch::Watch;
use crate::binaries::canary::{self, PHONE};
use crate::binaries::mailbox::Post;
use crate::binaries::rig::Rig;
use crate::system::eventually;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_strangers_and_meta_post() {
    let watch = Watch::start().await;
    let webhook = watch.rig.process("webhook").await;
    let forged = Post { body: "{}".to_owned(), signature: format!("sha256={}", "0".repeat(64)) };
    for round in 1..=20 {
        assert_eq!(watch.rig.post(&webhook, &forged, false).await, Some(401));
        if round == 19 {
            eventually("19 lines", async || (watch.counted("BadSignature") == 19).then_some(())).await;
            watch.raises(&[]).await;
        }
    }
    watch.raises(&["BadSignatureAlarm"]).await;
    assert_eq!(watch.rig.post(&webhook, &Rig::signed(&json!({})), false).await, Some(200));
    watch.raises(&["BadSignatureAlarm", "UnprocessableAlarm"]).await;
    webhook.stop().await;
    watch.close().await;
}

/// Requests that bear no certificate of Meta's, where one is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_without_a_certificate() {
    let watch = Watch::start().await;
    let webhook = watch.rig.process_with("webhook", |environment| {
        environment.insert("CLIENT_CERTIFICATE_CN".into(), "client.webhooks.fbclientcerts.com".into());
    });
    let webhook = webhook.await;
    let post = Rig::signed(&json!({}));
    for round in 1..=20 {
        assert_eq!(watch.rig.post(&webhook, &post, false).await, Some(403));
        eventually("a line", async || (watch.counted("BadCertificate") == round).then_some(())).await;
        watch.raises(if round < 20 { &[] } else { &["BadCertificateAlarm"] }).await;
    }
    webhook.stop().await;
    watch.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_answered() {
    let mut watch = Watch::start().await;
    let (webhook, api) = (watch.rig.process("webhook").await, watch.rig.process("api").await);
    watch.rig.meta().write_in(PHONE, &json!({"text": canary::TEXT})).await.unwrap();
    let post = watch.rig.mailbox.take().pop().unwrap();
    watch.rig.aws().faults().add(Fault::unavailable().on(Service::DynamoDb));
    for round in 1..=5 {
        let status = watch.rig.post(&webhook, &post, false).await.unwrap();
        watch.answered("POST /webhook", status);
        watch.raises(if round < 5 { &[] } else { &["WebhookErrorAlarm"] }).await;
    }
    for _ in 0..5 {
        let status = watch.rig.get(&api, "/v1/channels").await.status;
        watch.answered("ANY /v1/{proxy+}", status);
    }
    watch.raises(&["ServerErrorAlarm", "WebhookErrorAlarm"]).await;
    webhook.stop().await;
    api.stop().await;
    watch.close().await;

    // The requests that API Gateway refuses reach no function.
    let mut watch = Watch::start().await;
    for round in 1..=100 {
        watch.answered("POST /webhook", 429);
        watch.raises(if round < 100 { &[] } else { &["ThrottledRequestAlarm"] }).await;
    }
    watch.close().await;
}
