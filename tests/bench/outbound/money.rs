//! Dollars for a million messages: what was counted, times list prices (P8).

use jiff::Timestamp;
use sandbox::Service;
use sandbox::meta::{SendRecord, local as names};
use serde_json::json;

use super::prices::{
    EGRESS_BYTE, GIB_SECOND, HTTP_API_REQUEST, INVOCATION, LOG_BYTE, MEMORY, Price, READ_UNIT, SQS_REQUEST, WRITE_UNIT,
};
use super::rate::Standard;
use crate::event::Sender;
use crate::process::Process;
use crate::report::{Section, short};
use crate::stats::number;
use crate::variant::Variant;
use crate::world::NUMBER;

/// Statuses of a message: sent, delivered, read.
const STATUSES: [&str; 3] = ["sent", "delivered", "read"];
/// Messages whose statuses are looked at.
const SAMPLE: usize = 100;
/// Bytes of a request's head, and of TLS around it.
const HEAD: usize = 500;

pub(super) fn measure(standard: &Standard, webhook: &Variant) -> Section {
    let mut section = Section::new("Dollars for a million messages (P8)", &["", "a message", "$ a million"]);
    let (seen, messages) = (&standard.seen, standard.seen.messages());
    let bytes: usize = seen.accepted.iter().map(|sent| sent.request.get().len() + HEAD).sum();
    let logged = u32::try_from(seen.tally.logged).unwrap();
    let send = total(
        &mut section,
        "sending",
        &[
            (&WRITE_UNIT, "for the send and the pair", standard.a_message(|units| units.written)),
            (&WRITE_UNIT, "of indexes", standard.a_message(|units| units.indexed)),
            (&READ_UNIT, "", standard.a_message(|units| units.read)),
            (&SQS_REQUEST, "", standard.sqs / messages),
            (&INVOCATION, "", f64::from(seen.tally.invocations) / messages),
            (&GIB_SECOND, "", seen.tally.busy.as_secs_f64() * MEMORY / messages),
            (&LOG_BYTE, "", f64::from(logged) / messages),
            (&EGRESS_BYTE, "", number(bytes) / messages),
        ],
    );
    section.at_most("P8", "a million messages sent", 1.9, send, "$");
    section.at_most(
        "P8",
        "bytes logged an invocation",
        300.0,
        f64::from(logged) / f64::from(seen.tally.invocations),
        "",
    );
    let statuses = of_statuses(&mut section, standard, webhook);
    section.at_most("P8", "with three statuses each", 8.3, send + statuses, "$");
    section.note(
        "Counted while four senders send 80 a second, the queue full. Not in it: storing the send, which whoever asks for it \
         pays (one insert and two index entries; by the API, one of its requests too), and Meta's own price.",
    );
    section
}

/// Three POSTs of one status each, as Meta sends them when there is little to do.
fn of_statuses(section: &mut Section, standard: &Standard, webhook: &Variant) -> f64 {
    let world = &standard.world;
    let account = local::Account::default();
    let meta = Sender {
        phone_number_id: NUMBER.to_owned(),
        waba_id: names::WABA_ID.to_owned(),
        app_secret: account.app_secret,
    };
    world.proxy.reset();
    let process = Process::start(webhook, &world.environment(true));
    process.api.polled(1).expect("the webhook polls");
    world.proxy.reset();
    let sample = &standard.seen.accepted[..SAMPLE.min(standard.seen.accepted.len())];
    let events = sample
        .iter()
        .flat_map(|sent| STATUSES.map(|status| meta.signed(&told(sent, status)).to_string().into_bytes().into()));
    let answers = process.api.run(events).expect("the webhook answers");
    assert!(answers.iter().all(|answer| answer.status == 200), "every status is taken");
    let (totals, messages) = (world.proxy.totals(), number(sample.len()));
    process.end();
    let sqs: u32 = totals.calls.iter().filter(|(call, _)| call.service == Service::Sqs).map(|(_, count)| count).sum();
    let busy: f64 = answers.iter().map(|answer| answer.took.as_secs_f64()).sum();
    total(
        section,
        "three statuses",
        &[
            (&HTTP_API_REQUEST, "", number(STATUSES.len())),
            (&WRITE_UNIT, "", totals.write_units / messages),
            (&READ_UNIT, "", totals.read_units / messages),
            (&SQS_REQUEST, "", f64::from(sqs) / messages),
            (&INVOCATION, "", number(STATUSES.len())),
            (&GIB_SECOND, "", busy * MEMORY / messages),
        ],
    )
}

fn told(sent: &SendRecord, status: &str) -> String {
    let at = Timestamp::now().as_second().to_string();
    let status = json!({"id": sent.wamid, "status": status, "timestamp": at, "recipient_id": sent.wa_id,
        "biz_opaque_callback_data": sent.opaque});
    let metadata = json!({"display_phone_number": "15550100", "phone_number_id": NUMBER});
    let value = json!({"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status]});
    let changes = [json!({"field": "messages", "value": value})];
    json!({"object": "whatsapp_business_account", "entry": [{"id": names::WABA_ID, "changes": changes}]}).to_string()
}

fn total(section: &mut Section, name: &str, items: &[(&Price, &str, f64)]) -> f64 {
    let mut sum = 0.0;
    for (price, of, count) in items {
        let dollars = price.of(*count);
        sum += dollars;
        let what = [name, ": ", price.what, if of.is_empty() { "" } else { " " }, of].concat();
        section.row([what, short(*count), format!("{dollars:.3}")]);
    }
    section.row([format!("{name}, together"), String::new(), format!("{sum:.2}")]);
    sum
}
