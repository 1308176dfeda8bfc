//! Where Meta's client certificate is asked for, nothing else is answered (quality.md, Security 6).

use serde_json::json;

use super::canary::{PHONE, TEXT, VERIFY_TOKEN};
use super::events::Request;
use super::rig::Rig;
use crate::lambda::{Function, Outcome};

const META: &str = "client.webhooks.fbclientcerts.com";

#[tokio::test]
async fn only_metas_certificate_is_answered() {
    let rig = Rig::start().await;
    let asking = rig.process_with("webhook", |environment| {
        environment.insert("CLIENT_CERTIFICATE_CN".into(), META.into());
    });
    let asking = asking.await;
    rig.meta().write_in(PHONE, &json!({"text": TEXT})).await.unwrap();
    let post = rig.mailbox.take().pop().unwrap();
    let signed = [("X-Hub-Signature-256", post.signature.as_str())];
    let query = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={VERIFY_TOKEN}");
    let shaken = Request { method: "GET", path: "/webhook", query: &query, headers: &[], body: "", base64: false };
    let posted =
        Request { method: "POST", path: "/webhook", query: "", headers: &signed, body: &post.body, base64: false };
    for request in [shaken, posted] {
        // The default endpoint, which asks nobody; another client of the same CA; and Meta.
        for (subject, status) in [
            (None, 403),
            (Some("CN=client.example.com,O=Example"), 403),
            (Some("CN=other,CN=client.webhooks.fbclientcerts.com"), 403),
            (Some(r"CN=client.webhooks.fbclientcerts.com,O=Meta Platforms\, Inc.,C=US"), 200),
        ] {
            let before = rig.events().len();
            assert_eq!(status_of(&rig, &asking, &request, subject).await, status, "{subject:?}");
            assert!(status == 200 || rig.events().len() == before, "{subject:?}");
        }
    }
    assert_eq!(rig.events().len(), 1);
    asking.stop().await;
    rig.close().await;
}

async fn status_of(rig: &Rig, webhook: &Function, request: &Request<'_>, subject: Option<&str>) -> u64 {
    let mut event = request.event();
    if let Some(subject) = subject {
        let validity = json!({"notBefore": "May 28 12:30:02 2026 GMT", "notAfter": "Aug  5 09:36:04 2027 GMT"});
        let certificate = json!({"clientCertPem": "-", "subjectDN": subject, "issuerDN": "CN=meta-outbound-api-ca-2025-12",
            "serialNumber": "1", "validity": validity});
        event["requestContext"]["authentication"] = json!({"clientCert": certificate});
    }
    match webhook.invoke(event, rig.timeout("webhook")).await {
        Outcome::Answered(answer) => answer["statusCode"].as_u64().unwrap(),
        Outcome::Failed(_) | Outcome::Died => panic!("it did not answer"),
    }
}
