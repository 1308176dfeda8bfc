use model::{PhoneNumberId, WabaId};
use serde_json::value::RawValue;
use store::{Cause, Inbound, Kept};

use crate::table::{Table, at};

fn kept(cause: Cause, raw: &str, when: &str) -> Kept {
    Kept {
        cause: cause.as_str().to_owned(),
        field: "messages".into(),
        waba_id: Some(WabaId::new("2")),
        phone_number_id: Some(PhoneNumberId::new("9")),
        at: at(when),
        raw: RawValue::from_string(raw.to_owned()).unwrap(),
    }
}

/// H-03: what cannot be routed is kept once, whole, and found by its day.
#[tokio::test]
async fn what_is_kept_is_found_by_day_and_cause() {
    let table = Table::new().await;
    let now = at("2026-01-01T12:00:00Z");
    for _ in 0..2 {
        let all = (0..20)
            .map(|n| kept(Cause::Unregistered, &format!(r#"{{"n": {n}}}"#), &format!("2026-01-01T10:{n:02}:00Z")))
            .chain([kept(Cause::Change, "[1,2]", "2026-01-01T11:00:00Z")])
            .chain([kept(Cause::Unregistered, "{}", "2026-01-02T10:00:00Z")])
            .collect();
        table.store.record(Inbound { kept: all, ..Inbound::default() }, now).await.unwrap();
    }
    let page = table.store.kept("2026-01-01", Some("unregistered"), 15, None).await.unwrap();
    assert_eq!(page.items.len(), 15);
    assert_eq!(page.items[0].raw.get(), r#"{"n": 19}"#);
    let rest = table.store.kept("2026-01-01", Some("unregistered"), 15, page.cursor.as_deref()).await.unwrap();
    assert_eq!(rest.items.len(), 5);
    assert!(rest.cursor.is_none());
    assert_eq!(table.store.kept("2026-01-01", None, 100, None).await.unwrap().items.len(), 21);
}
