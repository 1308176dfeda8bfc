//! What a sync of 6,000 templates takes (quality goal P7): counted at the wire of the real binary. Nothing here is a time.

use std::collections::BTreeMap;

use sandbox::meta::Template;
use sandbox::{Proxy, ProxyOptions, Service};
use serde_json::{Value, json};

use super::rig::{Rig, WABA};
use crate::lambda::Function;

const COUNT: usize = 6_000;

/// What one sync took.
#[derive(Debug)]
struct Cost {
    /// Calls to Meta for pages of templates.
    pages: usize,
    /// Templates written.
    written: usize,
    /// Sort keys of the other items that were written.
    others: Vec<String>,
    read_units: f64,
}

/// Statements of a batch, or the sort key of an item.
fn subject(body: &[u8]) -> String {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    match request["Statements"].as_array() {
        Some(statements) => statements.len().to_string(),
        None => request["Key"]["sk"]["S"].as_str().unwrap_or_default().to_owned(),
    }
}

struct Account {
    rig: Rig,
    table: Proxy,
    sync: Function,
}

impl Account {
    async fn of(count: usize) -> Self {
        let rig = Rig::start().await;
        rig.meta().waba(WABA, |waba| waba.templates = (0..count).map(template).collect());
        let options = ProxyOptions { ask_for_capacity: true, subject: Some(subject), ..ProxyOptions::default() };
        let table = Proxy::start(&rig.local.ready().aws, options).await.unwrap();
        let sync = process(&rig, &table).await;
        Self { rig, table, sync }
    }

    /// With another process, which knows nothing yet.
    async fn anew(self) -> Self {
        let Self { rig, table, sync } = self;
        sync.stop().await;
        let sync = process(&rig, &table).await;
        Self { rig, table, sync }
    }

    async fn sync(&self) -> Cost {
        self.table.reset();
        let meta = self.rig.toward_meta("template-sync");
        meta.reset();
        let event = self.rig.schedule("template-sync");
        let answer = self.sync.invoke(event, self.rig.timeout("template-sync")).await;
        assert_eq!(answer.answer()["failed"], 0);
        let records = self.table.records();
        let of_table = || records.iter().filter(|record| record.call.service == Service::DynamoDb);
        let batches = of_table().filter(|record| record.call.operation == "BatchExecuteStatement");
        let others = of_table().filter(|record| record.write_units > 0.0).filter(|record| !record.subject.is_empty());
        let others = others.filter(|record| record.call.operation != "BatchExecuteStatement");
        Cost {
            pages: meta.records().iter().filter(|record| record.path.ends_with("/message_templates")).count(),
            written: batches.map(|record| record.subject.parse::<usize>().unwrap()).sum(),
            others: others.map(|record| record.subject.clone()).collect(),
            read_units: of_table().map(|record| record.read_units).sum(),
        }
    }

    fn change(&self, at: usize, status: &str) {
        self.rig.meta().waba(WABA, |waba| drop(waba.templates[at].node.insert("status".into(), status.into())));
    }
}

async fn process(rig: &Rig, table: &Proxy) -> Function {
    let through = |environment: &mut BTreeMap<String, String>| {
        environment.insert("AWS_ENDPOINT_URL".into(), table.url());
        // A line for each request would be most of the work.
        environment.insert("LOG_LEVEL".into(), "info".into());
    };
    rig.process_with("template-sync", through).await
}

fn template(n: usize) -> Template {
    let text =
        format!("Hi {{{{1}}}}, your order {n} of the spring collection has left our house. It will be with you soon.");
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Your order"},
        {"type": "BODY", "text": text, "example": {"body_text": [["Ana"]]}},
        {"type": "FOOTER", "text": "Demo Shop"},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Follow it", "url": "https://shop.example/orders"}]},
    ]);
    Template::new(&format!("9{n:014}"), &format!("order_{n:04}"), "en_US", "UTILITY", components)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_did_not_change_costs_no_write_and_hardly_a_read() {
    let account = Account::of(COUNT).await;
    let first = account.sync().await;
    let run = account.rig.store.sync_run(&model::WabaId::new(WABA)).await.unwrap();
    assert_eq!((first.pages <= 61, run.written), (true, Some(6_000)), "{first:?}");

    let same = account.sync().await;
    eprintln!("unchanged: {same:?}");
    assert!(same.pages <= 61 && same.read_units <= 80.0, "{same:?}");
    // The record of the sync itself: the lease, and how it ended.
    assert_eq!((same.written, same.others.as_slice()), (0, &["SYNC".to_owned(), "SYNC".to_owned()][..]), "{same:?}");

    for at in [7, 3_000, 5_999] {
        account.change(at, "PAUSED");
    }
    let three = account.sync().await;
    eprintln!("three changed: {three:?}");
    assert_eq!((three.written, three.others.iter().filter(|sort| *sort != "SYNC").count()), (3, 1), "{three:?}");
    assert!(three.pages <= 61 && three.read_units <= 90.0, "{three:?}");

    eprintln!("peak of the first sync: {}", account.sync.peak_memory());
    let account = account.anew().await;
    let same = account.sync().await;
    assert_eq!((same.written, same.others.len()), (0, 2), "{same:?}");
    let peak = account.sync.peak_memory();
    eprintln!("peak of the next: {peak}");
    assert!(peak <= 64 * 1024 * 1024, "{peak}");

    // What is gone is found, and then nothing is to be done once more.
    account.rig.meta().waba(WABA, |waba| drop(waba.templates.remove(4_000)));
    let gone = account.sync().await;
    assert_eq!(gone.written, 1, "{gone:?}");
    let run = account.rig.store.sync_run(&model::WabaId::new(WABA)).await.unwrap();
    assert_eq!((run.listed, run.absent), (Some(5_999), Some(1)));
    let same = account.sync().await;
    assert!(same.written == 0 && same.read_units <= 80.0, "{same:?}");

    // Somebody's change here is no listing's: then all are compared, and what differs from Meta is mended.
    let named = account.rig.store.template(&model::WabaId::new(WABA), "order_0001", "en_US").await.unwrap().template;
    let other = model::Template { status: String::from("REJECTED"), ..named.unwrap() };
    account.rig.store.write_changed_template(&other, account.rig.local.clock().now()).await.unwrap();
    let mended = account.sync().await;
    assert_eq!(mended.written, 1, "{mended:?}");
    account.sync.stop().await;
    account.rig.close().await;
}
