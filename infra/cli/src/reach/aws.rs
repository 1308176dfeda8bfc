//! The operator's own AWS configuration: environment, profiles, SSO, instance roles.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use url::Url;

use crate::api::is_loopback;

/// A fake AWS on this machine takes any credentials: none of the operator's own go there.
pub(super) async fn config(endpoint: Option<&Url>, region: Option<String>) -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint.as_str().trim_end_matches('/'));
    }
    if let Some(region) = region {
        loader = loader.region(Region::new(region));
    } else if endpoint.is_some_and(is_loopback) {
        loader = loader.region(Region::new("us-east-1"));
    }
    if endpoint.is_some_and(is_loopback) {
        loader = loader.credentials_provider(Credentials::new("local", "local", None, None, "local"));
    }
    loader.load().await
}
