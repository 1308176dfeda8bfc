//! Sender processes, and the event source mapping that feeds them: up to ten records to each at a time, what did not fail
//! deleted, the rest left to its visibility.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use super::BATCH;
use crate::machine;
use crate::process::Process;
use crate::variant::Variant;
use crate::world::World;

/// As the template has it.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a mapping did, of one sender or of all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Polls that brought something.
    pub(super) receives: u32,
    pub(super) deletes: u32,
    pub(super) invocations: u32,
    /// From handing over to the answer: what Lambda bills.
    pub(super) busy: Duration,
    /// Processor time of the sender's process, and what it printed.
    pub(super) cpu: Duration,
    pub(super) logged: u64,
}

pub(super) struct Fleet {
    stop: Arc<AtomicBool>,
    players: Vec<JoinHandle<Tally>>,
}

impl Fleet {
    /// Starts so many senders at once and feeds them until told to stop.
    pub(super) fn start(world: &World, sender: &Variant, size: usize, counted: bool) -> Self {
        let environment = world.environment(counted);
        let stop = Arc::new(AtomicBool::new(false));
        let processes: Vec<(Process, File)> = (0..size)
            .map(|at| {
                let log = File::create(machine::folder().join(format!("sender-{at}.log"))).unwrap();
                let process = Process::start_with(&[], sender, &environment, TIMEOUT, log.try_clone().unwrap());
                (process, log)
            })
            .collect();
        for (process, _) in &processes {
            process.api.polled(1).expect("a sender asks for work");
        }
        let players = processes
            .into_iter()
            .map(|(process, log)| {
                let player = Player {
                    sqs: world.sqs.clone(),
                    queue: world.local.ready().queues.outbound.clone(),
                    handle: world.runtime.handle().clone(),
                    stop: Arc::clone(&stop),
                };
                std::thread::spawn(move || player.play(process, &log))
            })
            .collect();
        Self { stop, players }
    }

    /// Lets what is under way end.
    pub(super) fn stop(self) -> Tally {
        self.stop.store(true, Ordering::Relaxed);
        let each = self.players.into_iter().map(|player| player.join().expect("a mapping"));
        each.fold(Tally::default(), Tally::and)
    }
}

struct Player {
    sqs: aws_sdk_sqs::Client,
    queue: String,
    handle: Handle,
    stop: Arc<AtomicBool>,
}

impl Player {
    fn play(self, process: Process, log: &File) -> Tally {
        let (before, printed) = (process.cpu(), log.metadata().unwrap().len());
        let mut tally = Tally::default();
        while !self.stop.load(Ordering::Relaxed) {
            let messages = self.handle.block_on(self.receive());
            if messages.is_empty() {
                continue;
            }
            tally.receives += 1;
            let event = event(&messages).to_string().into_bytes().into();
            let answers = process.api.run([event]).expect("a sender answers");
            tally.invocations += 1;
            tally.busy += answers[0].took;
            let failed = failed(&answers[0].body);
            let done = messages.iter().filter(|message| !failed.iter().any(|id| Some(&**id) == message.message_id()));
            tally.deletes += u32::from(self.handle.block_on(self.delete(done)));
        }
        tally.cpu = process.cpu().saturating_sub(before);
        tally.logged = log.metadata().unwrap().len() - printed;
        process.end();
        tally
    }

    async fn receive(&self) -> Vec<Message> {
        let request = self.sqs.receive_message().queue_url(&self.queue).wait_time_seconds(1);
        let request = request.max_number_of_messages(i32::try_from(BATCH).unwrap());
        let received = request.message_system_attribute_names(MessageSystemAttributeName::All).send().await.unwrap();
        received.messages.unwrap_or_default()
    }

    /// Whether there was anything to delete.
    async fn delete(&self, done: impl Iterator<Item = &Message>) -> bool {
        let entries: Vec<_> = done
            .filter_map(|message| {
                let id = message.message_id()?.to_owned();
                DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(message.receipt_handle()?).build().ok()
            })
            .collect();
        if entries.is_empty() {
            return false;
        }
        self.sqs.delete_message_batch().queue_url(&self.queue).set_entries(Some(entries)).send().await.unwrap();
        true
    }
}

impl Tally {
    fn and(self, other: Self) -> Self {
        Self {
            receives: self.receives + other.receives,
            deletes: self.deletes + other.deletes,
            invocations: self.invocations + other.invocations,
            busy: self.busy + other.busy,
            cpu: self.cpu + other.cpu,
            logged: self.logged + other.logged,
        }
    }
}

/// As Lambda hands over what it received.
fn event(messages: &[Message]) -> Value {
    let record = |message: &Message| {
        let attributes: Map<String, Value> = message
            .attributes()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_str().into()))
            .collect();
        json!({
            "messageId": message.message_id(), "receiptHandle": message.receipt_handle(), "body": message.body(),
            "attributes": attributes, "messageAttributes": {}, "md5OfBody": message.md5_of_body(),
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench-outbound.fifo",
            "awsRegion": "us-east-1",
        })
    };
    json!({"Records": messages.iter().map(record).collect::<Vec<_>>()})
}

fn failed(answer: &[u8]) -> Vec<String> {
    let answer: Value = serde_json::from_slice(answer).expect("an answer in JSON");
    let failures = answer["batchItemFailures"].as_array().expect("what failed");
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}
