use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{Template, TemplateId};
use serde_json::value::RawValue;
use store::{SyncOutcome, SyncStart};

use crate::table::{Table, at, waba};

fn template(name: &str, status: &str, seen: Timestamp) -> Template {
    Template {
        id: TemplateId::new("900000000000001"),
        waba_id: waba(),
        name: name.to_owned(),
        language: "en_US".to_owned(),
        category: "UTILITY".to_owned(),
        submitted_category: None,
        status: status.to_owned(),
        rejected_reason: (status == "REJECTED").then(|| "PROMOTIONAL".to_owned()),
        status_details: None,
        next_category: None,
        quality: Some("GREEN".to_owned()),
        parameter_format: "POSITIONAL".to_owned(),
        components: RawValue::from_string(r#"[{"type":"BODY", "text":"Hi"}]"#.to_owned()).unwrap(),
        extra: BTreeMap::from([("sub_category".to_owned(), RawValue::from_string("\"X\"".to_owned()).unwrap())]),
        updated_at: seen,
        absent: false,
    }
}

/// S-04, S-08: the newest observation wins in either order, and a reason is cleared on re-approval.
#[tokio::test]
async fn the_newest_observation_wins() {
    let (early, late) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    for order in [[early, late], [late, early]] {
        let table = Table::new().await;
        for seen in order {
            let status = if seen == early { "REJECTED" } else { "APPROVED" };
            table.store.write_templates(&[template("a", status, seen)], seen).await.unwrap();
        }
        let stored = table.store.templates(&waba()).await.unwrap();
        assert_eq!(stored.len(), 1);
        assert_eq!((stored[0].status.as_str(), &stored[0].rejected_reason), ("APPROVED", &None));
        assert_eq!(stored[0].components.get(), r#"[{"type":"BODY", "text":"Hi"}]"#);
        assert_eq!(stored[0].extra["sub_category"].get(), "\"X\"");
    }
}

#[tokio::test]
async fn hundreds_are_written_and_read() {
    let table = Table::new().await;
    let now = at("2026-01-01T00:00:00Z");
    let all: Vec<_> = (0..250).map(|n| template(&format!("t{n:03}"), "APPROVED", now)).collect();
    table.store.write_templates(&all, now).await.unwrap();
    let stored = table.store.templates(&waba()).await.unwrap();
    assert_eq!(stored.len(), 250);
    assert_eq!(stored[249].name, "t249");
}

/// S-07: a page reads what it shows; where few are wanted, a bounded part, and every one is found once.
#[tokio::test]
async fn a_page_reads_a_page() {
    let (table, now) = (Table::new().await, at("2026-01-01T00:00:00Z"));
    let status = |n: usize| if n.is_multiple_of(400) { "REJECTED" } else { "APPROVED" };
    let all: Vec<_> = (0..2_500).map(|n| template(&format!("t{n:04}"), status(n), now)).collect();
    table.store.write_templates(&all, now).await.unwrap();
    let (store, proxy) = table.counted().await;
    for limit in [1_u8, 50, 100] {
        let (most, limit) = ((f64::from(limit) + 1.0) / 14.0 + 1.0, usize::from(limit));
        let (mut names, mut cursor, mut pages): (Vec<String>, Option<String>, _) = (Vec::new(), None, 0);
        loop {
            proxy.reset();
            let page = store.templates_page(&waba(), None, limit, cursor.as_deref(), |_| true).await.unwrap();
            let totals = proxy.totals();
            // 500 bytes each, eventually consistent: a unit reads sixteen of them.
            assert!(totals.requests == 1 && totals.read_units <= most, "{limit}: {totals:?}");
            names.extend(page.items.into_iter().map(|template| template.name));
            cursor = page.cursor;
            pages += 1;
            if cursor.is_none() || pages == 25 {
                break;
            }
        }
        let expected: Vec<String> = (0..(25 * limit).min(2_500)).map(|n| format!("t{n:04}")).collect();
        assert_eq!((names, pages), (expected, 25), "{limit}");
        assert_eq!(cursor.is_none(), limit == 100);
    }
    let (mut names, mut cursor, mut most): (Vec<String>, Option<String>, u32) = (Vec::new(), None, 0);
    loop {
        proxy.reset();
        let rejected = |template: &Template| template.status == "REJECTED";
        let page = store.templates_page(&waba(), None, 3, cursor.as_deref(), rejected).await.unwrap();
        most = most.max(proxy.totals().requests);
        names.extend(page.items.into_iter().map(|template| template.name));
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(names, ["t0000", "t0400", "t0800", "t1200", "t1600", "t2000", "t2400"]);
    assert!(most <= 6, "{most}");
    for cursor in ["", "!", "YWJj"] {
        let refused = store.templates_page(&waba(), None, 3, Some(cursor), |_| true).await;
        assert!(matches!(refused, Err(store::Error::Cursor)), "{cursor}");
    }
}

/// S-01, S-03: one sync at a time; only success moves the last-synced time.
#[tokio::test]
async fn one_sync_runs_and_only_success_counts() {
    let table = Table::new().await;
    let (began, lease) = (at("2026-01-01T10:00:00Z"), at("2026-01-01T10:10:00Z"));
    assert_eq!(table.store.begin_sync(&waba(), lease, began).await.unwrap(), SyncStart::Started);
    let second = table.store.begin_sync(&waba(), lease, at("2026-01-01T10:05:00Z")).await.unwrap();
    assert!(matches!(second, SyncStart::InProgress(run) if run.running_until == Some(lease)));
    let done = SyncOutcome::Succeeded { listed: 250, written: 3, absent: 1 };
    let end = at("2026-01-01T10:00:02Z");
    assert!(
        table.store.finish_sync(&waba(), lease, began, &done, store::Calls::default(), end).await.unwrap().is_some()
    );
    let run = table.store.sync_run(&waba()).await.unwrap();
    assert_eq!((run.last_synced_at, run.duration_ms, run.listed), (Some(end), Some(2_000), Some(250)));

    let (began, lease) = (at("2026-01-01T11:00:00Z"), at("2026-01-01T11:10:00Z"));
    assert_eq!(table.store.begin_sync(&waba(), lease, began).await.unwrap(), SyncStart::Started);
    let failed = SyncOutcome::Failed { error: "page 3 failed".into() };
    assert!(
        table
            .store
            .finish_sync(&waba(), lease, began, &failed, store::Calls::default(), at("2026-01-01T11:00:01Z"))
            .await
            .unwrap()
            .is_some()
    );
    let run = table.store.sync_run(&waba()).await.unwrap();
    assert_eq!((run.last_synced_at, run.last_attempt_at), (Some(end), Some(began)));
    assert_eq!((run.result.as_deref(), run.error.as_deref()), (Some("failed"), Some("page 3 failed")));

    // A lease that ran out may be taken; its late owner then ends nothing.
    let (began, lease) = (at("2026-01-01T12:00:00Z"), at("2026-01-01T12:10:00Z"));
    table.store.begin_sync(&waba(), lease, began).await.unwrap();
    let taken = table.store.begin_sync(&waba(), at("2026-01-01T13:10:00Z"), at("2026-01-01T13:00:00Z")).await.unwrap();
    assert_eq!(taken, SyncStart::Started);
    assert_eq!(
        table
            .store
            .finish_sync(&waba(), lease, began, &done, store::Calls::default(), at("2026-01-01T13:00:01Z"))
            .await
            .unwrap(),
        None
    );
}

/// What changes while a sync runs is noted on its run, the newest of it, and only while it runs.
#[tokio::test]
async fn a_running_sync_is_told_to_look_again() {
    let table = Table::new().await;
    let (began, lease) = (at("2026-01-01T10:00:00Z"), at("2026-01-01T10:10:00Z"));
    let changed = [at("2026-01-01T10:00:05Z"), at("2026-01-01T10:00:03Z")];
    assert!(!table.store.want_sync(&waba(), changed[0], began).await.unwrap(), "none runs");
    table.store.begin_sync(&waba(), lease, began).await.unwrap();
    for changed in changed {
        assert!(table.store.want_sync(&waba(), changed, began).await.unwrap());
    }
    let done = SyncOutcome::Succeeded { listed: 0, written: 0, absent: 0 };
    let run = table
        .store
        .finish_sync(&waba(), lease, began, &done, store::Calls::default(), changed[0])
        .await
        .unwrap()
        .unwrap();
    assert_eq!((run.wanted_at, run.listed_at), (Some(changed[0]), Some(began)));
    assert!(!table.store.want_sync(&waba(), lease, began).await.unwrap(), "it is over");
}
