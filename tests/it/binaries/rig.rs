//! One stack made from infra/template.yaml, and the five binaries between recording proxies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::Credentials;
use local::{Account, Local, Options, Pace};
use sandbox::meta::{AutoStatus, Meta, local as names};
use sandbox::{Aws, Call, Proxy, ProxyOptions};
use serde_json::Value;
use serde_yaml_ng::Value as Yaml;
use store::Store;

use super::canary;
use super::mailbox::Mailbox;
use crate::lambda::{Function, Output};
use crate::template::yaml;

pub(super) const NUMBER: &str = names::PHONE_NUMBER_ID;
pub(super) const WABA: &str = names::WABA_ID;
/// The binaries, and what the template calls them.
pub(super) const FUNCTIONS: [(&str, &str); 5] = [
    ("webhook", "Webhook"),
    ("sender", "Sender"),
    ("template-sync", "TemplateSync"),
    ("api", "Api"),
    ("media", "Media"),
];

pub(super) struct Rig {
    pub(super) local: Local,
    pub(super) store: Store,
    pub(super) mailbox: Mailbox,
    template: Yaml,
    config: SdkConfig,
    toward_aws: BTreeMap<&'static str, Proxy>,
    toward_meta: BTreeMap<&'static str, Proxy>,
    /// Of every process that was started, by function.
    outputs: Mutex<Vec<(String, Output)>>,
}

impl Rig {
    /// An account of canaries. Nothing calls a function but the tests.
    pub(super) async fn start() -> Self {
        let account = Account {
            app_secret: canary::APP_SECRET.to_owned(),
            verify_token: canary::VERIFY_TOKEN.to_owned(),
            access_token: canary::TOKEN.to_owned(),
            ..Account::default()
        };
        let idle: BTreeSet<String> = ["sender", "media", "template-sync"].map(str::to_owned).into();
        let options = Options { account, idle, tick: Pace::Never, sync: Pace::Never, ..Options::default() };
        let local = Local::start(options).await.unwrap();
        let mailbox = Mailbox::open().await;
        let meta = local.meta().unwrap();
        meta.set_callback(&mailbox.url).unwrap();
        let (mut toward_aws, mut toward_meta) = (BTreeMap::new(), BTreeMap::new());
        for (name, _) in FUNCTIONS {
            let options = ProxyOptions { name: name.to_owned(), ..ProxyOptions::default() };
            toward_aws.insert(name, Proxy::start(&local.ready().aws, options.clone()).await.unwrap());
            toward_meta.insert(name, Proxy::start(&local.ready().meta, options).await.unwrap());
        }
        meta.settings(|settings| {
            settings.auto_status = AutoStatus::none();
            // Only the Graph's own origin may be plain http.
            settings.files_at = Some(toward_meta["media"].url());
        });
        let config = sdk(&local.ready().aws).await;
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        let store = Store::new(
            aws_sdk_dynamodb::Client::new(&config),
            aws_sdk_s3::Client::from_conf(s3),
            &local.ready().table,
            &local.ready().bucket,
        );
        let template = yaml::template();
        Self { local, store, mailbox, template, config, toward_aws, toward_meta, outputs: Mutex::default() }
    }

    pub(super) fn aws(&self) -> &Aws {
        self.local.aws()
    }

    pub(super) fn meta(&self) -> &Meta {
        self.local.meta().unwrap()
    }

    /// What stands between a function and the fake AWS.
    pub(super) fn toward_aws(&self, function: &str) -> &Proxy {
        &self.toward_aws[function]
    }

    /// What stands between a function and the fake Meta.
    pub(super) fn toward_meta(&self, function: &str) -> &Proxy {
        &self.toward_meta[function]
    }

    pub(super) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    pub(super) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    pub(super) fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&self.config).force_path_style(true).build())
    }

    /// A new process of a function, with the environment that the template gives it.
    pub(super) async fn process(&self, function: &str) -> Function {
        self.process_with(function, |_| {}).await
    }

    pub(super) async fn process_with(
        &self,
        function: &str,
        change: impl FnOnce(&mut BTreeMap<String, String>),
    ) -> Function {
        let mut environment = self.environment(function);
        change(&mut environment);
        let process = Function::start(function, &environment).await;
        self.watch(function, process.output());
        process
    }

    /// From now on what it prints is looked through.
    pub(super) fn watch(&self, name: &str, output: Output) {
        self.outputs.lock().unwrap().push((name.to_owned(), output));
    }

    /// What the processes of a function printed so far.
    pub(super) fn printed(&self, function: &str) -> String {
        let outputs = self.outputs.lock().unwrap();
        outputs.iter().filter(|(name, _)| name == function).map(|(_, output)| output.so_far()).collect()
    }

    /// Read from the template; the most talkative log level, because the promise is about every level.
    pub(super) fn environment(&self, function: &str) -> BTreeMap<String, String> {
        let properties = self.properties(function);
        let variables = yaml::entries(&properties["Environment"]["Variables"]);
        let mut environment: BTreeMap<String, String> = variables
            .map(|(name, value)| (name, yaml::otherwise(value)))
            .map(|(name, value)| (name.to_owned(), yaml::target(value).map(|id| self.resolved(function, id))))
            .map(|(name, value)| (name, value.unwrap_or_default()))
            .collect();
        environment.insert("LOG_LEVEL".into(), "debug".into());
        let namespace = yaml::text(&properties["Environment"]["Variables"]["METRIC_NAMESPACE"]);
        environment.insert("METRIC_NAMESPACE".into(), namespace.replace("${AWS::StackName}", "waypost-local"));
        // As Lambda sets them.
        let of_lambda = [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "ASIALOCAL"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
        ];
        environment.extend(of_lambda.map(|(name, value)| (name.to_owned(), value.to_owned())));
        environment.insert("AWS_ENDPOINT_URL".into(), self.toward_aws(function).url());
        environment
    }

    pub(super) fn timeout(&self, function: &str) -> Duration {
        Duration::from_secs(yaml::number(&self.template, &self.properties(function)["Timeout"]))
    }

    /// The `Input` of a function's schedule.
    pub(super) fn schedule(&self, function: &str) -> Value {
        let properties = self.properties(function);
        let input = yaml::entries(&properties["Events"])
            .find(|(_, event)| event["Type"] == "ScheduleV2")
            .map(|(_, event)| yaml::text(&event["Properties"]["Input"]));
        serde_json::from_str(input.unwrap()).unwrap()
    }

    fn properties(&self, function: &str) -> &Yaml {
        let (_, id) = FUNCTIONS.iter().find(|(name, _)| *name == function).unwrap();
        &self.template["Resources"][*id]["Properties"]
    }

    fn resolved(&self, function: &str, id: &str) -> String {
        let ready = self.local.ready();
        match id {
            "Table" => ready.table.clone(),
            "Bucket" => ready.bucket.clone(),
            "WebhookSecret" => ready.webhook_secret_id.clone(),
            "TokensSecret" => ready.tokens_secret_id.clone(),
            "OutboundQueue" => ready.queues.outbound.clone(),
            "OutboundDeadLetterQueue" => ready.queues.outbound_dlq.clone(),
            "MediaDeadLetterQueue" => ready.queues.media_dlq.clone(),
            "EventsQueue" => ready.queues.events.clone(),
            "MediaQueue" => ready.queues.media.clone(),
            "SyncQueue" => ready.queues.sync.clone(),
            "HttpApi" => ready.api.clone(),
            "GraphBaseUrl" => self.toward_meta(function).url(),
            "EventTypes" => "*".to_owned(),
            parameter => {
                let default = &self.template["Parameters"][parameter]["Default"];
                default.as_str().map_or_else(|| default.as_u64().unwrap().to_string(), str::to_owned)
            }
        }
    }

    /// What every function asked of AWS so far.
    pub(super) fn used(&self) -> BTreeMap<&'static str, BTreeSet<Call>> {
        let calls = |proxy: &Proxy| proxy.totals().calls.into_keys().collect();
        self.toward_aws.iter().map(|(name, proxy)| (*name, calls(proxy))).collect()
    }

    /// Ends it, and looks through everything that was ever printed. Every process must have ended before.
    pub(super) async fn close(self) {
        let outputs = std::mem::take(&mut *self.outputs.lock().unwrap());
        for (function, output) in outputs {
            holds_nothing_personal(&function, &output.whole().await);
        }
    }
}

impl Drop for Rig {
    /// Whoever does not close it is looked through all the same.
    fn drop(&mut self) {
        for (function, output) in std::mem::take(&mut *self.outputs.lock().unwrap()) {
            if !std::thread::panicking() {
                holds_nothing_personal(&function, &output.so_far());
            }
        }
    }
}

fn holds_nothing_personal(function: &str, printed: &str) {
    let found = canary::found_in(printed);
    assert!(found.is_empty(), "{function} printed {found:?}:\n{printed}");
}

async fn sdk(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::from_keys("test", "test", None))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint)
        .load()
        .await
}
