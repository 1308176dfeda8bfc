//! Real SDK clients pointed at an endpoint.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::Credentials;
use sandbox::{Aws, AwsConfig};

/// One AWS and the clients for it.
pub(crate) struct World {
    /// `None` when the checks run against another AWS.
    pub(crate) aws: Option<Aws>,
    pub(crate) config: SdkConfig,
}

impl World {
    /// The AWS that conformance checks are to judge.
    pub(crate) async fn to_judge() -> Self {
        match std::env::var("WAYPOST_CONFORMANCE_ENDPOINT") {
            Ok(endpoint) => Self { aws: None, config: config(&endpoint).await },
            Err(_) => Self::sandbox(AwsConfig::default()).await,
        }
    }

    pub(crate) async fn sandbox(config_of_aws: AwsConfig) -> Self {
        let aws = Aws::start(config_of_aws).await.unwrap();
        let config = config(&aws.url()).await;
        Self { aws: Some(aws), config }
    }

    /// Whether this is another AWS, some of whose known deviations a check has to leave out.
    pub(crate) fn is_foreign(&self) -> bool {
        self.aws.is_none()
    }

    pub(crate) fn own(&self) -> &Aws {
        self.aws.as_ref().unwrap()
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    pub(crate) fn dynamo(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    pub(crate) fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }
}

pub(crate) async fn config(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::from_keys("test", "test", None))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint)
        .load()
        .await
}

/// A name no other test uses: checks may run against one AWS in parallel, and again.
pub(crate) fn fresh(name: &str) -> String {
    format!("{name}-{}", uuid::Uuid::new_v4().simple())
}

/// The code of a service error.
pub(crate) fn code<E: aws_smithy_types::error::metadata::ProvideErrorMetadata, R>(
    result: Result<impl Sized, aws_smithy_runtime_api::client::result::SdkError<E, R>>,
) -> String {
    match result {
        Ok(_) => panic!("succeeded where an error was expected"),
        Err(error) => error.as_service_error().and_then(E::code).unwrap_or("no code").to_owned(),
    }
}

/// A client that signs nothing.
pub(crate) fn http() -> reqwest::Client {
    // reqwest is built without a TLS provider of its own, and wants one even for plain HTTP.
    let _: Result<(), _> = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
