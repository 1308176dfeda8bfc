//! Starting and stopping it all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::{PhoneNumberId, WabaId};
use runtime::Env;
use sandbox::aws::{AwsConfig, REGION};
use sandbox::meta::{App, Meta, MetaConfig, Token};
use sandbox::{Aws, Clock, Proxy, ProxyOptions};
use serde_json::Value;
use store::{Created, NewChannel, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::function::Function;
use crate::gateway::Gateway;
use crate::options::{Account, Pace};
use crate::provision::provision;
use crate::stack::{self, Stack, TEMPLATE};
use crate::worker::Worker;
use crate::{Error, Options, Ready, mapping, schedule};

/// What the initial channel is called.
const CHANNEL: &str = "local";
/// The number it has, as Meta would show it.
const DISPLAY_PHONE_NUMBER: &str = "+1 555-0100";
/// How long running requests and batches have to end.
const GRACE: Duration = Duration::from_millis(1_500);

/// A running system. Dropping it ends it at once; [`Local::shutdown`] lets what runs end first.
pub struct Local {
    ready: Ready,
    clock: Clock,
    aws: Aws,
    meta: Option<Meta>,
    proxies: BTreeMap<String, Proxy>,
    schedules: Vec<schedule::Player>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Local {
    /// Starts everything; returns once it takes requests. Must run inside a Tokio runtime.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let port = options.port;
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| Error::Listen { port, source })?;
        let address = listener.local_addr().map_err(|source| Error::Listen { port, source })?;
        let api = format!("http://{address}");

        let aws = start_aws(&options).await?;
        let meta = match &options.graph_url {
            None => Some(Meta::start(meta_config(&options, &api)).await?),
            Some(_) => None,
        };
        let given = options.graph_url.as_deref().unwrap_or_default().trim_end_matches('/');
        let graph_url = meta.as_ref().map_or_else(|| given.to_owned(), Meta::url);

        let parameters = BTreeMap::from([
            ("EventTypes", options.event_types.clone()),
            ("GraphBaseUrl", graph_url.clone()),
            ("UncertainAfterSeconds", options.uncertain_after_s.to_string()),
        ]);
        let stack = Stack::read(TEMPLATE, &parameters, &aws.url(), &api)?;
        let ready = Ready::of(&stack, api, graph_url, aws.url());
        let clients = runtime::Aws::from_env(&environment(&BTreeMap::new(), &aws.url())?)
            .map_err(|error| Error::Start { function: String::from("local"), reason: error.to_string() })?;
        provision(&clients, &stack, &options).await?;
        for described in stack.described()? {
            aws.cloudformation().put(described);
        }
        let store = Store::new(clients.dynamodb(), clients.s3(), &ready.table, &ready.bucket);
        add_channel(&store, &options).await?;

        let mut local = Self {
            ready,
            clock: options.clock.clone(),
            aws,
            meta,
            proxies: BTreeMap::new(),
            schedules: Vec::new(),
            stop: watch::Sender::new(false),
            tasks: JoinSet::new(),
        };
        local.run(&stack, &options, listener, &clients.sqs()).await?;
        Ok(local)
    }

    /// Addresses and names.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The fake AWS.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The fake Meta; none where another Graph API was given.
    pub fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }

    /// What stands between a function (`webhook`, `sender`, …) and the fake AWS, where [`Options::recorded`] asked for it.
    pub fn proxy(&self, function: &str) -> Option<&Proxy> {
        self.proxies.get(function)
    }

    /// The time in there. Advancing it moves functions, fake AWS and fake Meta alike; schedules run by the machine's.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Calls the sender as its schedule does, and gives back its answer.
    pub async fn tick(&self) -> Result<Value, Error> {
        self.call_schedule("sender").await
    }

    /// Calls the sync as its schedule does, and gives back its answer.
    pub async fn sync(&self) -> Result<Value, Error> {
        self.call_schedule("template-sync").await
    }

    /// Stops taking requests and messages, lets what runs end, and closes every port.
    pub async fn shutdown(self) {
        let Self { aws, meta, stop, mut tasks, .. } = self;
        if let Some(meta) = meta {
            meta.shutdown().await;
        }
        stop.send_replace(true);
        let ended = tokio::time::timeout(GRACE, async { while tasks.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::info!("requests or batches that still ran were cut off");
            tasks.shutdown().await;
        }
        aws.shutdown().await;
    }

    async fn run(
        &mut self,
        stack: &Stack,
        options: &Options,
        listener: TcpListener,
        sqs: &aws_sdk_sqs::Client,
    ) -> Result<(), Error> {
        let mut routes = Vec::new();
        let worker = Worker::start().map_err(|error| Error::Start {
            function: String::from("any"),
            reason: format!("there is no thread for it: {error}"),
        })?;
        for planned in &stack.functions {
            let mut aws_url = self.ready.aws.clone();
            if options.recorded {
                let proxy =
                    Proxy::start(&aws_url, ProxyOptions { name: planned.code.clone(), ..ProxyOptions::default() })
                        .await?;
                aws_url = proxy.url();
                self.proxies.insert(planned.code.clone(), proxy);
            }
            let env = environment(&planned.environment, &aws_url)?;
            let function = Function::start(&planned.code, planned.timeout, &env, &self.clock, &worker)?;
            routes.extend(planned.routes.iter().map(|route| (route.clone(), Arc::clone(&function))));
            let idle = options.idle.contains(&planned.code);
            for schedule in &planned.schedules {
                self.play_schedule(schedule, &function, options, idle)?;
            }
            for mapping in planned.mappings.iter().filter(|_| !idle) {
                self.play_mapping(mapping, &function, stack, sqs)?;
            }
        }
        self.tasks.spawn(Gateway { routes }.serve(listener, self.stop.subscribe()));
        Ok(())
    }

    fn play_schedule(
        &mut self,
        schedule: &stack::Schedule,
        function: &Arc<Function>,
        options: &Options,
        idle: bool,
    ) -> Result<(), Error> {
        let event = serde_json::from_str(&schedule.input).map_err(|_| Error::Start {
            function: function.name.clone(),
            reason: String::from("its schedule's Input is no JSON"),
        })?;
        let player = schedule::Player { function: Arc::clone(function), event };
        self.schedules.push(player.clone());
        let pace = if function.name == "sender" { options.tick } else { options.sync };
        let every = match pace {
            Pace::Template => schedule.every,
            Pace::Every(every) => every,
            Pace::Never => return Ok(()),
        };
        if !idle {
            self.tasks.spawn(player.run(every, self.stop.subscribe()));
        }
        Ok(())
    }

    fn play_mapping(
        &mut self,
        mapping: &stack::Mapping,
        function: &Arc<Function>,
        stack: &Stack,
        sqs: &aws_sdk_sqs::Client,
    ) -> Result<(), Error> {
        let queue = stack.queues.iter().find(|queue| queue.arn == mapping.queue_arn).ok_or_else(|| Error::Start {
            function: function.name.clone(),
            reason: format!("the queue {} of its mapping is not in the template", mapping.queue_arn),
        })?;
        let player = mapping::Player {
            sqs: sqs.clone(),
            queue_url: queue.url.clone(),
            mapping: mapping.clone(),
            function: Arc::clone(function),
        };
        for _ in 0..player.pollers() {
            self.tasks.spawn(player.clone().poll(self.stop.subscribe()));
        }
        Ok(())
    }

    async fn call_schedule(&self, function: &str) -> Result<Value, Error> {
        match self.schedules.iter().find(|schedule| schedule.function.name == function) {
            Some(schedule) => schedule.call().await,
            None => Err(Error::UnknownFunction(format!("{function} with a schedule"))),
        }
    }
}

async fn start_aws(options: &Options) -> Result<Aws, Error> {
    let config = AwsConfig { port: options.aws_port, data_dir: options.data_dir.clone(), clock: options.clock.clone() };
    Ok(Aws::start(config).await?)
}

/// The sandbox's own account, under the ids and secrets chosen here.
fn meta_config(options: &Options, api: &str) -> MetaConfig {
    let Account { phone_number_id, waba_id, app_id, app_secret, verify_token, access_token } = &options.account;
    let mut config = MetaConfig {
        port: options.meta_port,
        apps: vec![App::new(app_id, app_secret, verify_token)],
        tokens: vec![Token::system_user(access_token, app_id)],
        callback_url: Some(format!("{api}/webhook")),
        clock: options.clock.clone(),
        ..MetaConfig::local()
    };
    for waba in &mut config.wabas {
        waba.id.clone_from(waba_id);
        waba.node.insert("id".into(), waba_id.as_str().into());
        for number in &mut waba.numbers {
            number.id.clone_from(phone_number_id);
            number.node.insert("id".into(), phone_number_id.as_str().into());
        }
        for subscription in &mut waba.subscribed {
            subscription.app_id.clone_from(app_id);
        }
    }
    config
}

/// A function's environment: the template's, and what Lambda itself adds. Every endpoint in it is on this machine.
fn environment(variables: &BTreeMap<String, String>, aws_url: &str) -> Result<Env, Error> {
    let mut all = variables.clone();
    let of_lambda = [
        ("AWS_ENDPOINT_URL", aws_url),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ];
    all.extend(of_lambda.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for (name, value) in all.iter().filter(|(name, _)| name.starts_with("AWS_ENDPOINT_URL")) {
        if !is_loopback(value) {
            return Err(Error::NotLoopback { name: name.clone() });
        }
    }
    Ok(all.into_iter().collect())
}

fn is_loopback(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    })
}

/// The channel that is there from the start; on a kept table it may be there already, under whatever name.
async fn add_channel(store: &Store, options: &Options) -> Result<(), Error> {
    let id = &options.account.phone_number_id;
    // Another number may have taken the name in an earlier run.
    for name in [CHANNEL.to_owned(), format!("{CHANNEL} {id}")] {
        let channel = NewChannel {
            phone_number_id: PhoneNumberId::new(id.as_str()),
            waba_id: WabaId::new(options.account.waba_id.as_str()),
            name,
            display_phone_number: Some(DISPLAY_PHONE_NUMBER.to_owned()),
            fallback_text: None,
        };
        match store.create_channel(channel, options.clock.now()).await? {
            Created::Done(_) | Created::Exists(_) => return Ok(()),
            Created::NameTaken => {}
        }
    }
    Err(Error::Provision { what: String::from("the first channel"), reason: String::from("its names are taken") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_function_may_be_pointed_at_the_real_aws() {
        let elsewhere = BTreeMap::from([(
            String::from("AWS_ENDPOINT_URL_SQS"),
            String::from("https://sqs.us-east-1.amazonaws.com"),
        )]);
        let refused = environment(&elsewhere, "http://127.0.0.1:1");
        assert!(matches!(refused, Err(Error::NotLoopback { name }) if name == "AWS_ENDPOINT_URL_SQS"));
        assert!(environment(&BTreeMap::new(), "http://10.0.0.1:1").is_err());
        assert!(environment(&BTreeMap::new(), "http://127.0.0.1:1").is_ok());
    }
}
