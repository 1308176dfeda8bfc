//! Clients of AWS, built once in init.
//!
//! No default chain: a Lambda function has its region and credentials in its environment, and the chain costs a cold
//! start several milliseconds. `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` work as in every AWS SDK.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use memchr::memmem;

use crate::env::{Env, EnvError};

/// What all clients of a process share: region, credentials, connections, and where each service is.
#[derive(Clone)]
pub struct Aws {
    shared: SdkConfig,
    env: Env,
}

impl Aws {
    /// Reads region, credentials and endpoints from `env`. Makes no call.
    pub fn from_env(env: &Env) -> Result<Self, EnvError> {
        Self::trusting(None, env)
    }

    /// The same, trusting one more root, in PEM: for the benchmark, whose ends on loopback have a root of their own. No
    /// variable leads here, so that nobody can make a function trust a stranger.
    pub fn trusting(root: Option<Vec<u8>>, env: &Env) -> Result<Self, EnvError> {
        let region = env.optional("AWS_REGION").or_else(|| env.optional("AWS_DEFAULT_REGION")).unwrap_or("us-east-1");
        let credentials = Credentials::new(
            env.required("AWS_ACCESS_KEY_ID")?,
            env.required("AWS_SECRET_ACCESS_KEY")?,
            env.optional("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        );
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(5))
            .build();
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client(root))
            .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50)))
            .timeout_config(timeouts)
            .build();
        Ok(Self { shared, env: env.clone() })
    }

    /// The same, but a call ends after this long with its retries: for a function whose caller waits no longer. The
    /// bucket's client keeps its own time.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        let timeouts = self.shared.timeout_config().map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder);
        self.shared = self.shared.to_builder().timeout_config(timeouts.operation_timeout(limit).build()).build();
        self
    }

    /// The table's client.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(&self.shared);
        let endpoint = self.endpoint("DYNAMODB");
        if let Some(endpoint) = &endpoint {
            // Several systems in one process, as tests have them, would else use up, or fill up, one another's retries.
            config.set_retry_partition(Some(RetryPartition::new(format!("dynamodb at {endpoint}"))));
        }
        config.set_endpoint_url(endpoint);
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// The queues' client.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        let mut config = aws_sdk_sqs::config::Builder::from(&self.shared);
        config.set_endpoint_url(self.endpoint("SQS"));
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    /// The secrets' client.
    pub fn secretsmanager(&self) -> aws_sdk_secretsmanager::Client {
        let mut config = aws_sdk_secretsmanager::config::Builder::from(&self.shared);
        config.set_endpoint_url(self.endpoint("SECRETS_MANAGER"));
        aws_sdk_secretsmanager::Client::from_conf(config.build())
    }

    /// The bucket's client. With an endpoint override it uses path style, which every emulator understands.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let endpoint = self.endpoint("S3");
        let mut config = aws_sdk_s3::config::Builder::from(&self.shared);
        config.set_force_path_style(Some(endpoint.is_some()));
        config.set_endpoint_url(endpoint);
        // Uploads take minutes, not the seconds of a table write.
        config.set_timeout_config(Some(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(2))
                .operation_attempt_timeout(Duration::from_mins(2))
                .build(),
        ));
        aws_sdk_s3::Client::from_conf(config.build())
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        self.env
            .optional(&format!("AWS_ENDPOINT_URL_{service}"))
            .or_else(|| self.env.optional("AWS_ENDPOINT_URL"))
            .map(str::to_owned)
    }
}

/// rustls with ring, trusting the roots that AWS endpoints chain to (Amazon Trust Services, and Starfield, which
/// cross-signs them) instead of loading the system's 144.
fn http_client(root: Option<Vec<u8>>) -> SharedHttpClient {
    let amazon = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter(|der| names(der, b"Amazon") || names(der, b"Starfield"))
        .fold(TrustStore::empty(), |store, der| store.with_pem_certificate(pem(der)));
    let trusted = root.into_iter().fold(amazon, TrustStore::with_pem_certificate);
    let tls = TlsContext::builder().with_trust_store(trusted).build();
    let builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    match tls {
        Ok(context) => builder.tls_context(context).build_https(),
        Err(_) => builder.build_https(),
    }
}

/// Byte by byte, looking through all roots would take a quarter of a cold start.
fn names(der: &[u8], organisation: &[u8]) -> bool {
    memmem::find(der, organisation).is_some()
}

fn pem(der: &[u8]) -> Vec<u8> {
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let encoded = data_encoding::BASE64.encode(der);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(extra: &[(&str, &str)]) -> Env {
        [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "s")].iter().chain(extra).copied().collect()
    }

    #[test]
    fn a_service_endpoint_goes_before_the_general_one() {
        let aws = Aws::from_env(&env(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:2"),
        ]))
        .unwrap();
        assert_eq!(aws.endpoint("SQS").as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(aws.endpoint("DYNAMODB").as_deref(), Some("http://127.0.0.1:1"));
    }

    #[test]
    fn the_bundled_roots_hold_amazons_and_few_others() {
        let kept = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .filter(|der| names(der, b"Amazon") || names(der, b"Starfield"))
            .count();
        assert!((5..=10).contains(&kept), "{kept} roots");
    }
}
