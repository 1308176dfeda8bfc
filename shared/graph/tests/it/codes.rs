//! Every code the contract documents, through a real answer, and what is done about it.

use std::time::Duration;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use graph::{Cause, Reason, Verdict};
use model::PhoneNumberId;
use serde_json::{Value, json};

use crate::server::{client, token};

const fn retry(seconds: u64) -> Verdict {
    Verdict::Retry { after: Duration::from_secs(seconds) }
}

const TRANSIENT: Verdict = retry(30);
const APP: Verdict = retry(300);
const TOKEN: Verdict = Verdict::Park { cause: Cause::Token };
const BILLING: Verdict = Verdict::Park { cause: Cause::Billing };
const ACCOUNT: Verdict = Verdict::Park { cause: Cause::Account };
const CATEGORIES: Verdict = Verdict::Park { cause: Cause::Categories };
const SETUP: Verdict = Verdict::Park { cause: Cause::Setup };
const REQUEST: Verdict = Verdict::Reject { reason: Reason::Request };
const RECIPIENT: Verdict = Verdict::Reject { reason: Reason::Recipient };
const TEMPLATE: Verdict = Verdict::Reject { reason: Reason::Template };
const WINDOW: Verdict = Verdict::Reject { reason: Reason::Window };
const POLICY: Verdict = Verdict::Reject { reason: Reason::Policy };
const EXHAUSTED: Verdict = Verdict::Reject { reason: Reason::Exhausted };

/// HTTP status as the contract's tables have it (400 where they have none), codes, verdict of the first attempt.
#[rustfmt::skip]
const DOCUMENTED: &[(u16, &[i64], Verdict)] = &[
    (401, &[0, 102, 190], TOKEN),
    (500, &[3], TOKEN),
    (403, &[10, 200, 201, 250, 299, 131_005], TOKEN),
    (400, &[104], TOKEN),
    (404, &[803], REQUEST),
    (403, &[368, 131_031, 131_207], ACCOUNT),
    (403, &[130_497], POLICY),
    (400, &[33, 1_752_041], ACCOUNT),
    (400, &[4, 17, 32, 341, 613, 80_007, 80_008], APP),
    (400, &[130_429], retry(1)),
    (400, &[131_056], retry(1)),
    (400, &[131_048, 471], retry(3600)),
    (400, &[131_064], CATEGORIES),
    (400, &[133_016], retry(72 * 3600)),
    (400, &[133_008, 133_009], REQUEST),
    (400, &[1], TRANSIENT),
    (503, &[2, 133_004], TRANSIENT),
    (500, &[131_000, 131_016, 131_057, 133_000], TRANSIENT),
    (400, &[131_059, 139_102, 139_103, 2_388_103, 2_494_100], TRANSIENT),
    (400, &[100, 131_008, 131_009, 131_021, 131_051, 130_501, 131_014, 131_052, 131_053, 131_055, 134_100, 135_000, 2046, 2047], REQUEST),
    (400, &[130_403, 130_472, 131_026, 131_030, 131_035, 131_036, 131_049, 131_050, 131_062, 137_000, 1026], RECIPIENT),
    (400, &[131_037], ACCOUNT),
    (400, &[131_063, 134_011], SETUP),
    (500, &[131_045], ACCOUNT),
    (500, &[134_102], SETUP),
    (400, &[131_042, 131_044], BILLING),
    (400, &[131_047, 470], WINDOW),
    (400, &[134_101], retry(600)),
    (400, &[132_000, 132_005, 132_008, 132_012, 132_018], REQUEST),
    (404, &[132_001], TEMPLATE),
    (400, &[132_007, 132_015, 132_016, 132_068], TEMPLATE),
    (400, &[132_069], retry(3600)),
    (400, &[139_000, 139_001, 139_002, 139_003, 139_004, 139_100], REQUEST),
    (400, &[133_005, 136_024, 2200], REQUEST),
    (400, &[133_006, 133_010, 139_101], ACCOUNT),
    (400, &[133_015], retry(300)),
    (400, &[2_388_001, 2_388_012, 2_388_091, 2_388_093, 2_494_164, 2_494_179, 2_593_079, 2_593_085], ACCOUNT),
    (400, &[2_593_107, 2_593_108, 2_593_109, 200_005, 200_006, 200_007], ACCOUNT),
    (400, &[131_020, 131_041, 131_202, 131_203, 131_204, 131_209, 131_210, 131_211, 131_212, 131_213, 131_215], REQUEST),
    (206, &[131_201], REQUEST),
    (429, &[131_208], APP),
    (400, &[131_214], retry(24 * 3600)),
    (400, &[138_000, 138_006, 138_007, 138_009, 138_012, 138_013, 138_014, 138_015, 138_017, 138_018, 138_023], REQUEST),
    (400, &[147_001, 147_002, 147_003, 147_004, 147_005, 141_002, 141_006, 141_010, 141_014], ACCOUNT),
    // Not documented: by the side the status blames.
    (400, &[999_999, -1], REQUEST),
    (500, &[999_999, -1], TRANSIENT),
];

/// Answers a send with the status and code its phone number id names.
async fn refusals() -> String {
    async fn refuse(Path(id): Path<String>) -> (StatusCode, Json<Value>) {
        let mut parts = id.split('_');
        let mut next = || parts.next().unwrap().to_owned();
        let status = next().parse().unwrap();
        let code: i64 = next().parse().unwrap();
        let body = json!({"error": {"message": "x", "code": code, "is_transient": next() == "true"}});
        (StatusCode::from_u16(status).unwrap(), Json(body))
    }
    let app = Router::new().route("/v24.0/{id}/messages", post(refuse));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}

async fn refusal(url: &str, status: u16, code: i64, transient: bool) -> graph::Error {
    let number = PhoneNumberId::new(format!("{status}_{code}_{transient}"));
    client(url).send(&token(), &number, "{}".to_owned()).await.unwrap_err()
}

#[tokio::test]
async fn every_documented_code_has_its_verdict() {
    let url = refusals().await;
    for (status, codes, verdict) in DOCUMENTED {
        for code in *codes {
            let error = refusal(&url, *status, *code, false).await;
            assert_eq!(error.code(), Some(*code));
            assert_eq!(error.verdict(1, 0.0), *verdict, "{status} {code}");
        }
    }
}

#[tokio::test]
async fn a_code_means_the_same_under_another_status() {
    let url = refusals().await;
    for status in [400, 429, 500] {
        assert_eq!(refusal(&url, status, 131_047, false).await.verdict(1, 0.0), WINDOW);
        assert_eq!(refusal(&url, status, 190, false).await.verdict(1, 0.0), TOKEN);
        assert_eq!(refusal(&url, status, 130_429, false).await.verdict(1, 0.0), retry(1));
    }
}

#[tokio::test]
async fn is_transient_retries_what_is_not_final() {
    let url = refusals().await;
    for (code, verdict) in [
        (131_047, TRANSIENT),
        (132_015, TRANSIENT),
        (131_045, TRANSIENT),
        (999_999, TRANSIENT),
        (190, TOKEN),
        (368, ACCOUNT),
        (130_497, POLICY),
        (131_026, RECIPIENT),
        (100, REQUEST),
    ] {
        assert_eq!(refusal(&url, 400, code, true).await.verdict(1, 0.0), verdict, "{code}");
    }
}

#[tokio::test]
async fn tries_are_counted_by_kind() {
    let url = refusals().await;
    for (code, last) in [(131_016, 6), (2, 6), (999_999, 6), (1, 3), (133_000, 2)] {
        let error = refusal(&url, 503, code, false).await;
        for attempt in 1..last {
            let Verdict::Retry { after } = error.verdict(attempt, 0.5) else { panic!("{code} at {attempt}") };
            assert!(after >= Duration::from_secs(30), "{code}");
        }
        assert_eq!(error.verdict(last, 0.5), EXHAUSTED, "{code}");
    }
    for code in [130_429, 131_056, 4, 80_007, 131_048] {
        let error = refusal(&url, 400, code, false).await;
        assert!(matches!(error.verdict(1_000_000, 1.0), Verdict::Retry { .. }), "{code}: throttled is never failed");
    }
}
