//! A running local system, its fake Meta steered and its fake AWS looked into.

use std::process::Output;
use std::sync::OnceLock;

use local::Options;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::front::Front;
use crate::running::Running;
use crate::waypost;

pub(crate) const NUMBER: &str = "100000000000001";
pub(crate) const WABA: &str = "200000000000001";
pub(crate) const APP: &str = "300000000000001";
pub(crate) const SECRETS: [&str; 2] = ["waypost-local-WebhookSecret", "waypost-local-TokensSecret"];

pub(crate) struct World {
    pub(crate) running: Running,
    /// Before the API and before AWS, where somebody is.
    pub(crate) fronts: Option<[Front; 2]>,
}

impl World {
    pub(crate) fn start() -> Self {
        Self { running: Running::start(&[]), fronts: None }
    }

    /// In this process.
    pub(crate) fn here(options: Options) -> Self {
        Self { running: Running::here(options), fronts: None }
    }

    /// In this process, somebody in front of it.
    pub(crate) fn fronted(options: Options) -> Self {
        let mut world = Self::here(options);
        let (api, aws) = (Front::of(world.running.at("api")), Front::of(world.running.at("aws")));
        world.running.ready["api"] = api.url.clone().into();
        world.running.ready["aws"] = aws.url.clone().into();
        world.at_meta(&format!("apps/{APP}"), &json!({"callback_url": format!("{}/webhook", api.url)}));
        world.fronts = Some([api, aws]);
        world
    }

    /// `waypost` with no more than the API's address; it has to succeed.
    #[track_caller]
    pub(crate) fn api(&self, args: &[&str]) -> Value {
        crate::json(&[args, &["--json", "--api", self.running.at("api")]].concat())
    }

    /// `waypost` against it, with secrets in the environment.
    pub(crate) fn run_with(&self, args: &[&str], secrets: &[(&str, &str)]) -> Output {
        let at = |name| self.running.at(name);
        waypost()
            .args(args)
            .args(["--api", at("api"), "--aws-endpoint", at("aws")])
            // Not every command asks Meta, and takes a flag for it.
            .env("WAYPOST_GRAPH_URL", at("meta"))
            .envs(secrets.iter().copied())
            .output()
            .unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.run_with(args, &[])
    }

    /// The JSON it prints, and its exit code.
    #[track_caller]
    pub(crate) fn json_with(&self, args: &[&str], secrets: &[(&str, &str)]) -> (Value, i32) {
        let output = self.run_with(&[args, &["--json"]].concat(), secrets);
        let printed = serde_json::from_slice(&output.stdout);
        (printed.unwrap_or_else(|_| panic!("{args:?}: {}", crate::stderr(&output))), output.status.code().unwrap())
    }

    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> (Value, i32) {
        self.json_with(args, &[])
    }

    /// Something that a person, or somebody else's program, does at Meta.
    pub(crate) fn at_meta(&self, path: &str, body: &Value) -> Value {
        post(&format!("{}/_sandbox/{path}", self.running.at("meta")), None, body)
    }

    /// All faults that were asked for end.
    pub(crate) fn no_faults(&self) {
        let url = format!("{}/_sandbox/faults", self.running.at("meta"));
        runtime().block_on(async { client().delete(url).send().await.unwrap().error_for_status().unwrap() });
    }

    /// The app takes its own callback away.
    pub(crate) fn unsubscribe_app(&self) {
        let url = format!("{}/v24.0/{APP}/subscriptions", self.running.at("meta"));
        let token = format!("{APP}|local-app-secret");
        runtime().block_on(async {
            client().delete(url).bearer_auth(token).send().await.unwrap().error_for_status().unwrap()
        });
    }

    /// What the fake Meta was asked to change: method and path.
    pub(crate) fn writes(&self) -> Vec<String> {
        let calls = get(&format!("{}/_sandbox/calls", self.running.at("meta")));
        let calls = calls["calls"].as_array().unwrap().iter();
        let line = |call: &Value| format!("{} {}", call["method"].as_str().unwrap(), call["path"].as_str().unwrap());
        calls.map(line).filter(|line| !line.starts_with("GET ")).collect()
    }

    /// A secret's content, and which version it is.
    pub(crate) fn secret(&self, id: &str) -> (Value, String) {
        let answer = post(self.running.at("aws"), Some("secretsmanager.GetSecretValue"), &json!({"SecretId": id}));
        let content = serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap();
        (content, answer["VersionId"].as_str().unwrap().to_owned())
    }

    pub(crate) fn put_secret(&self, id: &str, content: &Value) {
        let body = json!({"SecretId": id, "SecretString": content.to_string(), "ClientRequestToken": uuid()});
        post(self.running.at("aws"), Some("secretsmanager.PutSecretValue"), &body);
    }

    /// A queue of that name in the ready line.
    pub(crate) fn to_queue(&self, name: &str, operation: &str, mut body: Value) -> Value {
        body["QueueUrl"] = self.running.ready["queues"][name].clone();
        post(self.running.at("aws"), Some(&format!("AmazonSQS.{operation}")), &body)
    }

    /// Every item of the table, as text.
    pub(crate) fn items(&self) -> Vec<String> {
        let body = json!({"TableName": self.running.at("table"), "ConsistentRead": true});
        let answer = post(self.running.at("aws"), Some("DynamoDB_20120810.Scan"), &body);
        let mut items: Vec<String> = answer["Items"].as_array().unwrap().iter().map(Value::to_string).collect();
        items.sort();
        items
    }

    /// Everything that a second run must not touch.
    pub(crate) fn state(&self) -> (Vec<String>, Vec<String>, Vec<String>) {
        (self.writes(), SECRETS.map(|id| self.secret(id).1).to_vec(), self.items())
    }
}

/// The ids of findings that are worse than worth knowing.
pub(crate) fn bad(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap().iter();
    let bad = findings.filter(|finding| ["warn", "error"].contains(&finding["level"].as_str().unwrap()));
    bad.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

fn uuid() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).unwrap();
    hex::encode(bytes)
}

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        drop(rustls::crypto::ring::default_provider().install_default());
        Runtime::new().unwrap()
    })
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// With an operation it is a call to AWS.
fn post(url: &str, operation: Option<&str>, body: &Value) -> Value {
    runtime().block_on(async {
        let mut request = client().post(url).body(body.to_string());
        request = match operation {
            Some(operation) => {
                let (service, kind) = match operation.split('.').next() {
                    Some("AmazonSQS") => ("sqs", "1.0"),
                    Some("secretsmanager") => ("secretsmanager", "1.1"),
                    _ => ("dynamodb", "1.0"),
                };
                let scope = format!("AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request");
                request
                    .header("content-type", format!("application/x-amz-json-{kind}"))
                    .header("x-amz-target", operation)
                    .header("x-amz-date", "20260101T000000Z")
                    .header("authorization", format!("{scope}, SignedHeaders=host, Signature=0"))
            }
            None => request.header("content-type", "application/json"),
        };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{url}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    })
}

/// Whether somebody was there to take it.
pub(crate) fn try_post(url: &str, body: &Value) -> bool {
    runtime().block_on(async { client().post(url).body(body.to_string()).send().await.is_ok() })
}

fn get(url: &str) -> Value {
    runtime().block_on(async {
        serde_json::from_str(&client().get(url).send().await.unwrap().text().await.unwrap()).unwrap()
    })
}
