//! Lists and lookups.

use graph::{Error, Kind, Verdict};
use model::{MediaId, PhoneNumberId, WabaId};
use serde_json::json;

use crate::server::{Reply, Server, client, http, token};

fn page(ids: &[u32], after: Option<&str>, more: bool) -> Reply {
    let data: Vec<_> = ids.iter().map(|id| json!({"id": id.to_string(), "name": "n", "extra": 7.90})).collect();
    let mut paging = json!({"cursors": {"before": "b"}});
    if let Some(after) = after {
        paging["cursors"]["after"] = json!(after);
    }
    if more {
        paging["next"] =
            json!("https://graph.facebook.com/v24.0/2/message_templates?access_token=LEAK&after=from-next");
    }
    Reply::Bytes(http("200 OK", &json!({"data": data, "paging": paging}).to_string()))
}

fn error(code: i64) -> Reply {
    Reply::Bytes(http("400 Bad Request", &json!({"error": {"code": code}}).to_string()))
}

async fn templates(server: &Server) -> Result<Vec<String>, Error> {
    let fields = ["id", "name", "quality_score"];
    let listed = client(&server.url).templates(&token(), &WabaId::new("2"), &fields, 100).await?;
    Ok(listed
        .iter()
        .map(|raw| serde_json::from_str::<serde_json::Value>(raw.get()).unwrap()["id"].to_string())
        .collect())
}

fn lines(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.lines().next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_page_is_read_by_its_cursor() {
    let script = vec![page(&[1, 2], Some("c/1="), true), page(&[], Some("c2"), true), page(&[3], Some("c3"), false)];
    let server = Server::start(script).await;
    assert_eq!(templates(&server).await.unwrap(), [r#""1""#, r#""2""#, r#""3""#]);
    let first = "GET /v24.0/2/message_templates?fields=id%2Cname%2Cquality_score&limit=100";
    let expected =
        [format!("{first} HTTP/1.1"), format!("{first}&after=c%2F1%3D HTTP/1.1"), format!("{first}&after=c2 HTTP/1.1")];
    assert_eq!(lines(&server), expected);
}

#[tokio::test]
async fn a_missing_cursor_is_taken_from_the_next_link_without_following_it() {
    let server = Server::start(vec![page(&[1], None, true), page(&[2], None, false)]).await;
    assert_eq!(templates(&server).await.unwrap().len(), 2);
    assert!(lines(&server)[1].contains("after=from-next") && !lines(&server)[1].contains("LEAK"));
}

#[tokio::test]
async fn a_failing_page_fails_the_listing() {
    for failure in [error(131_016), Reply::Reset, Reply::Bytes(http("200 OK", "{}")), Reply::Bytes(http("502 Bad", ""))]
    {
        let server = Server::start(vec![page(&[1], Some("c1"), true), failure]).await;
        let error = templates(&server).await.unwrap_err();
        assert!(matches!(error.verdict(1, 0.0), Verdict::Retry { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_cursor_that_comes_back_ends_the_listing() {
    let script = vec![page(&[1], Some("c1"), true), page(&[2], Some("c2"), true), page(&[3], Some("c1"), true)];
    let server = Server::start(script).await;
    assert_eq!(templates(&server).await.unwrap_err().kind(), Kind::Unreadable);
    assert_eq!(lines(&server).len(), 3);
}

#[tokio::test]
async fn a_stale_cursor_starts_the_listing_again_once() {
    let start = || page(&[1], Some("c1"), true);
    let server = Server::start(vec![start(), error(131_059), start(), page(&[2], None, false)]).await;
    assert_eq!(templates(&server).await.unwrap().len(), 2);

    let server = Server::start(vec![start(), error(131_059), start(), error(131_059), start()]).await;
    assert_eq!(templates(&server).await.unwrap_err().code(), Some(131_059));
    assert_eq!(lines(&server).len(), 4);
}

#[tokio::test]
async fn phone_numbers_are_read_whatever_their_shape() {
    let body = json!({"data": [
        {"id": "1", "display_phone_number": "+1 555-0100", "verified_name": "Shop", "quality_rating": "GREEN",
         "status": "CONNECTED", "name_status": "APPROVED", "code_verification_status": "VERIFIED",
         "platform_type": "CLOUD_API", "account_mode": "LIVE", "throughput": {"level": "STANDARD"},
         "whatsapp_business_manager_messaging_limit": "TIER_2K", "is_pin_enabled": true, "new": [1]},
        {"id": 3, "status": 7, "throughput": "HIGH", "messaging_limit_tier": "TIER_250"},
        {"status": "CONNECTED"},
    ]});
    let server = Server::start(vec![Reply::Bytes(http("200 OK", &body.to_string()))]).await;
    let numbers = client(&server.url).phone_numbers(&token(), &WabaId::new("2")).await.unwrap();
    assert_eq!(numbers.len(), 2, "what has no id is nobody's health");
    assert_eq!(numbers[0].throughput.as_deref(), Some("STANDARD"));
    assert_eq!(numbers[0].messaging_limit.as_deref(), Some("TIER_2K"));
    assert_eq!(numbers[0].is_pin_enabled, Some(true));
    assert!(numbers[0].raw.get().contains(r#""new":[1]"#));
    assert_eq!((numbers[1].id.as_str(), numbers[1].status.as_deref()), ("3", None));
    assert_eq!(numbers[1].messaging_limit.as_deref(), Some("TIER_250"));
    assert!(lines(&server)[0].contains("whatsapp_business_manager_messaging_limit"));
}

#[tokio::test]
async fn a_portfolio_is_read_where_it_is_told() {
    for (body, expected) in [
        (json!({"id": "2", "owner_business_info": {"id": "4", "name": "Shop"}}), Some("4")),
        (json!({"id": "2", "owner_business_info": {"id": 4}}), Some("4")),
        (json!({"id": "2", "owner_business_info": {"id": ""}}), None),
        (json!({"id": "2", "owner_business_info": "4"}), None),
        (json!({"id": "2"}), None),
    ] {
        let server = Server::start(vec![Reply::Bytes(http("200 OK", &body.to_string()))]).await;
        let portfolio = client(&server.url).portfolio(&token(), &WabaId::new("2")).await.unwrap();
        assert_eq!(portfolio.as_ref().map(model::PortfolioId::as_str), expected, "{body}");
        assert_eq!(lines(&server), ["GET /v24.0/2?fields=owner_business_info HTTP/1.1"]);
    }
    let server = Server::start(vec![error(190)]).await;
    assert_eq!(client(&server.url).portfolio(&token(), &WabaId::new("2")).await.unwrap_err().code(), Some(190));
}

#[tokio::test]
async fn a_file_is_described_in_either_spelling() {
    let script = [
        json!({"url": "https://lookaside.fbsbx.com/x", "mime_type": "image/jpeg", "file_size": "1234", "id": "9",
               "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}),
        json!({"url": "https://lookaside.fbsbx.com/x", "file_size": 1234,
               "sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="}),
    ];
    let script = script.map(|body| Reply::Bytes(http("200 OK", &body.to_string())));
    let server = Server::start(script.to_vec()).await;
    let client = client(&server.url);
    let (media, number) = (MediaId::new("9"), PhoneNumberId::new("1"));
    let first = client.media(&token(), &media, &number).await.unwrap();
    let second = client.media(&token(), &media, &number).await.unwrap();
    assert_eq!(first.file_size, Some(1234));
    assert_eq!((first.sha256, first.file_size), (second.sha256, second.file_size));
    assert!(first.sha256.is_some());
    assert_eq!(lines(&server)[0], "GET /v24.0/9?phone_number_id=1 HTTP/1.1");
}
