//! A consumer as a process, with tables of its own in the fake AWS.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::lambda::Function;
use crate::system::System;

const SEEN: &str = "consumer-seen";
const INBOX: &str = "consumer-inbox";
/// A Python and a Node that do once what Lambda does: an event in, an answer out.
pub(super) const PYTHON: &str = "import json, sys, app; print(json.dumps(app.handler(json.load(sys.stdin), None)))";
const NODE: &str = r#"
    import { text } from "node:stream/consumers";
    import { handler } from "./index.mjs";
    console.log(JSON.stringify(await handler(JSON.parse(await text(process.stdin)))));
"#;

#[derive(Clone, Copy, Debug)]
pub(super) enum Language {
    Rust,
    Python,
    Node,
}

pub(super) struct Consumer {
    runs: Runs,
    dynamodb: aws_sdk_dynamodb::Client,
    printed: Mutex<String>,
}

enum Runs {
    /// The real binary under a Runtime API.
    Function(Function),
    Script {
        program: PathBuf,
        arguments: Vec<&'static str>,
        folder: PathBuf,
        environment: BTreeMap<String, String>,
    },
}

impl Consumer {
    /// `None` where the language is not at hand.
    pub(super) async fn start(language: Language, system: &System) -> Option<Self> {
        let aws = system.local.ready().aws.clone();
        let environment: BTreeMap<String, String> = [
            ("AWS_ENDPOINT_URL", aws.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("SEEN_TABLE", SEEN),
            ("INBOX_TABLE", INBOX),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        let runs = match language {
            Language::Rust => Runs::Function(Function::start("consumer", &environment).await),
            Language::Python => {
                let folder = folder("python");
                let program = python().await?;
                Runs::Script { program, arguments: vec!["-B", "-c", PYTHON], folder, environment }
            }
            Language::Node => {
                let folder = folder("node");
                let program = node(&folder).await?;
                Runs::Script { program, arguments: vec!["--input-type=module", "-e", NODE], folder, environment }
            }
        };
        let dynamodb = system.aws.dynamodb();
        create(&dynamodb, SEEN, "id").await;
        create(&dynamodb, INBOX, "conversation").await;
        Some(Self { runs, dynamodb, printed: Mutex::default() })
    }

    /// Hands it a batch; the ids that it reports as failed.
    pub(super) async fn take(&self, records: &[Value]) -> Vec<String> {
        let event = json!({"Records": records});
        let answer = match &self.runs {
            Runs::Function(function) => function.invoke(event, Duration::from_secs(45)).await.answer(),
            Runs::Script { program, arguments, folder, environment } => {
                let mut child = Command::new(program)
                    .args(arguments)
                    .current_dir(folder)
                    .envs(environment)
                    .env_remove("AWS_PROFILE")
                    .env_remove("AWS_SESSION_TOKEN")
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .kill_on_drop(true)
                    .spawn()
                    .unwrap();
                child.stdin.take().unwrap().write_all(event.to_string().as_bytes()).await.unwrap();
                let output = child.wait_with_output().await.unwrap();
                let told = String::from_utf8(output.stderr).unwrap();
                assert!(output.status.success(), "{told}");
                self.printed.lock().await.push_str(&told);
                serde_json::from_slice(&output.stdout).unwrap()
            }
        };
        let failures = answer["batchItemFailures"].as_array().unwrap_or_else(|| panic!("{answer}"));
        failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect()
    }

    /// How many messages of a conversation are unread, and the last one.
    pub(super) async fn inbox(&self, conversation: &str) -> (u32, String) {
        let key = AttributeValue::S(conversation.to_owned());
        let found = self.dynamodb.get_item().table_name(INBOX).key("conversation", key).send().await.unwrap();
        let item = found.item.unwrap();
        (item["unread"].as_n().unwrap().parse().unwrap(), item["last_message_id"].as_s().unwrap().clone())
    }

    /// Marks an event as done, as the consumer itself would.
    pub(super) async fn mark(&self, event: &str) {
        let ttl = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_hours(30 * 24);
        let put = self.dynamodb.put_item().table_name(SEEN).item("id", AttributeValue::S(event.to_owned()));
        put.item("ttl", AttributeValue::N(ttl.as_secs().to_string())).send().await.unwrap();
    }

    /// Exactly these events are marked as done, for at least 14 days.
    pub(super) async fn remembers(&self, events: &[String]) {
        let marks = self.dynamodb.scan().table_name(SEEN).send().await.unwrap().items.unwrap();
        let mut ids: Vec<&String> = marks.iter().map(|mark| mark["id"].as_s().unwrap()).collect();
        ids.sort();
        assert_eq!(ids, events.iter().collect::<Vec<_>>());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        for mark in &marks {
            let ttl: u64 = mark["ttl"].as_n().unwrap().parse().unwrap();
            assert!(ttl >= now + 14 * 24 * 60 * 60, "{ttl}");
        }
    }

    /// It said which records failed, and nothing of what is in them.
    pub(super) async fn said_nothing_personal(self) {
        let printed = match self.runs {
            Runs::Function(function) => {
                let output = function.output();
                function.stop().await;
                output.whole().await
            }
            Runs::Script { .. } => self.printed.into_inner(),
        };
        assert!(printed.lines().filter(|line| line.contains("failed")).count() >= 4, "{printed}");
        for word in ["canary", "Canary", "15550177", "wamid."] {
            assert!(!printed.contains(word), "{printed}");
        }
    }
}

async fn create(dynamodb: &aws_sdk_dynamodb::Client, table: &str, key: &str) {
    let attribute = AttributeDefinition::builder().attribute_name(key).attribute_type(ScalarAttributeType::S);
    let hash = KeySchemaElement::builder().attribute_name(key).key_type(KeyType::Hash);
    dynamodb
        .create_table()
        .table_name(table)
        .attribute_definitions(attribute.build().unwrap())
        .key_schema(hash.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(super) fn folder(language: &str) -> PathBuf {
    root().join("infra/docs/consumers").join(language)
}

/// The one that `.ci/run` installs, else the machine's own.
pub(super) async fn python() -> Option<PathBuf> {
    for program in [root().join("target/ci/consumer/bin/python"), PathBuf::from("python3")] {
        if works(Command::new(&program).args(["-c", "import boto3"])).await {
            return Some(program);
        }
    }
    eprintln!("skipped: the Python consumer: no python3 with boto3");
    None
}

async fn node(folder: &Path) -> Option<PathBuf> {
    if works(Command::new("node").args(["-e", "require('@aws-sdk/client-dynamodb')"]).current_dir(folder)).await {
        return Some(PathBuf::from("node"));
    }
    eprintln!("skipped: the Node consumer: no node, or no `npm ci` in infra/docs/consumers/node");
    None
}

async fn works(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().await.is_ok_and(|status| status.success())
}
