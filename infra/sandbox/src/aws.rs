//! The fake AWS: DynamoDB, SQS, Secrets Manager, S3, and looking at CloudFormation stacks, on one port.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;

use crate::{
    call::{Call, Service},
    clock::Clock,
    server::{Hangup, Server},
};

pub mod cloudformation;
pub mod dynamodb;
pub mod faults;
mod reply;
mod s3;
mod secrets;
pub mod sqs;

use cloudformation::CloudFormation;
use dynamodb::Dynamo;
use faults::{Faults, Plan};
use s3::S3;
use secrets::Secrets;
use sqs::Sqs;

/// The account every ARN and queue URL names.
pub const ACCOUNT: &str = "000000000000";
/// The one region.
pub const REGION: &str = "us-east-1";

/// How to start the fake AWS. The default is a free port, everything in memory or a temporary folder, the real clock.
#[derive(Clone, Debug, Default)]
pub struct AwsConfig {
    /// 0 takes any free port.
    pub port: u16,
    /// Keeps tables and objects here across restarts. Queues and secrets are always in memory.
    pub data_dir: Option<PathBuf>,
    pub clock: Clock,
}

/// Why the fake AWS did not start, or a call on its handle failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen { port: u16, source: io::Error },
    #[error("cannot use the folder {folder}")]
    Folder { folder: PathBuf, source: io::Error },
    #[error("the DynamoDB engine: {0}")]
    Engine(String),
}

/// A running fake AWS. Dropping it stops it.
#[derive(Debug)]
pub struct Aws {
    server: Server,
    services: Arc<Services>,
}

#[derive(Debug)]
struct Services {
    clock: Clock,
    faults: Faults,
    dynamo: Dynamo,
    sqs: Sqs,
    secrets: Secrets,
    s3: S3,
    cloudformation: CloudFormation,
}

impl Aws {
    /// Starts listening on 127.0.0.1. Must run inside a Tokio runtime.
    pub async fn start(config: AwsConfig) -> Result<Self, Error> {
        let AwsConfig { port, data_dir, clock } = config;
        if let Some(folder) = &data_dir {
            create_folder(folder)?;
        }
        let services = Arc::new(Services {
            faults: Faults::default(),
            dynamo: Dynamo::start(data_dir.as_deref(), clock.clone()).await?,
            sqs: Sqs::new(clock.clone()),
            secrets: Secrets::new(clock.clone()),
            s3: S3::open(data_dir.as_deref(), clock.clone())?,
            cloudformation: CloudFormation::default(),
            clock,
        });
        let serving = Arc::clone(&services);
        let server = Server::start(port, move |request, _| answer(Arc::clone(&serving), request))
            .await
            .map_err(|source| Error::Listen { port, source })?;
        services.sqs.listens_on(&server.url());
        Ok(Self { server, services })
    }

    /// The endpoint, `http://127.0.0.1:<port>`. Any credentials do; the region is [`REGION`].
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn clock(&self) -> &Clock {
        &self.services.clock
    }

    pub fn dynamo(&self) -> &Dynamo {
        &self.services.dynamo
    }

    pub fn sqs(&self) -> &Sqs {
        &self.services.sqs
    }

    /// The stacks that can be looked at.
    pub fn cloudformation(&self) -> &CloudFormation {
        &self.services.cloudformation
    }

    /// Errors, delays and lost replies to play.
    pub fn faults(&self) -> &Faults {
        &self.services.faults
    }

    /// TCP connections accepted so far.
    pub fn connections(&self) -> u64 {
        self.server.connections()
    }

    /// Stops listening and returns when every connection and the engine are closed.
    pub async fn shutdown(mut self) {
        self.services.sqs.stop();
        self.server.shutdown().await;
        self.services.dynamo.stop().await;
    }
}

fn create_folder(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Folder { folder: folder.to_owned(), source })
}

async fn answer(services: Arc<Services>, request: Request<Incoming>) -> Result<Response<Body>, Hangup> {
    let (parts, body) = request.into_parts();
    let body = Body::new(body);
    let call = Call::of_parts(&parts);
    let plan = services.faults.take(&call);
    if let Some(delay) = plan.delay {
        tokio::time::sleep(delay).await;
    }
    if plan.hang_up {
        return Err(Hangup);
    }
    if let Some(error) = &plan.error {
        // Read to the end: a connection closed on unread bytes resets, and the client would see that instead.
        reply::swallow(body).await;
        return Ok(reply::injected(call.service, error));
    }
    let response = serve(&services, &call, parts, body, &plan).await;
    if plan.lose_reply { Err(Hangup) } else { Ok(response) }
}

async fn serve(
    services: &Services,
    call: &Call,
    parts: http::request::Parts,
    body: Body,
    plan: &Plan,
) -> Response<Body> {
    match call.service {
        Service::DynamoDb => services.dynamo.answer(&call.operation, parts, body, plan.fail_entries.as_ref()).await,
        Service::Sqs => services.sqs.answer(&call.operation, body, plan.fail_entries.as_ref()).await,
        Service::SecretsManager => services.secrets.answer(&call.operation, body).await,
        Service::S3 | Service::Http => services.s3.answer(call, parts, body).await,
        Service::OtherAws if call.operation == "cloudformation" => services.cloudformation.answer(body).await,
        Service::OtherAws => {
            reply::swallow(body).await;
            reply::not_played(&call.operation)
        }
    }
}
