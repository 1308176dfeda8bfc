//! Every status.

use model::DeliveryStatus;
use serde_json::json;

use super::page::table;
use super::{change, posted, system};

#[tokio::test]
async fn every_status_is_dealt_with_as_the_page_says() {
    let system = system().await;
    for (word, row) in table("Statuses") {
        let [_, rank] = row.as_slice() else { panic!("{word}: not three cells") };
        let ranked = DeliveryStatus::parse(&word).rank().map_or_else(|| "—".to_owned(), |rank| rank.to_string());
        assert_eq!(rank, &ranked, "{word}");
        let wamid = format!("wamid.{word}");
        let status = json!({"id": wamid, "status": word, "timestamp": "1767614400", "recipient_id": "15550177899",
            "errors": [{"code": 131_026, "title": "Message undeliverable", "more": [1]}]});
        let events = posted(&system, &[change(&json!({"statuses": [status]}))]).await;
        let [told] = events.as_slice() else { panic!("{word}: {} events", events.len()) };
        assert_eq!((told.kind.as_str(), &told.data()), ("message.status", &status), "{word}");
        let shown = system.message(&wamid).await;
        let [kept] = shown["statuses"].as_array().unwrap().as_slice() else { panic!("{word}: {shown}") };
        assert_eq!((&kept["status"], &kept["at"]), (&json!(word), &json!("2026-01-05T12:00:00Z")), "{word}");
        assert_eq!(shown["errors"][0]["raw"], status["errors"][0], "{word}");
    }
    system.done().await;
}
