//! SigV4, for API Gateway (service `execute-api`) and for what has no client here.

use std::time::SystemTime;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::{HeaderName, HeaderValue, Request};

use crate::error::Error;

/// Signs requests with the operator's AWS credentials.
pub(crate) struct Signer {
    pub(crate) credentials: SharedCredentialsProvider,
    pub(crate) region: String,
    /// As AWS calls it in a signature.
    pub(crate) service: &'static str,
}

impl Signer {
    pub(crate) async fn signed(&self, mut request: Request<String>, now: SystemTime) -> Result<Request<String>, Error> {
        let credentials = self.credentials.provide_credentials().await.map_err(|_| Error::Unreachable {
            what: String::from("there are no AWS credentials to sign with"),
            remedy: String::from("sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE"),
        })?;
        let unsigned = |error: &dyn std::fmt::Display| Error::Failed(format!("the request cannot be signed: {error}"));
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| unsigned(&error))?
            .into();
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let uri = request.uri().to_string();
        let body = SignableBody::Bytes(request.body().as_bytes());
        let signable =
            SignableRequest::new(request.method().as_str(), uri, headers, body).map_err(|error| unsigned(&error))?;
        let (instructions, _) = sign(signable, &params).map_err(|error| unsigned(&error))?.into_parts();
        let (new, _) = instructions.into_parts();
        for header in new {
            let mut value = HeaderValue::from_str(header.value()).map_err(|error| unsigned(&error))?;
            // None of them is for a log.
            value.set_sensitive(true);
            request.headers_mut().insert(HeaderName::from_static(header.name()), value);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_credential_types::Credentials;
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::{Digest, Sha256};

    use super::*;

    fn hmac(key: &[u8], text: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// Worked out step by step as AWS describes it (IAM: Create a signed AWS API request).
    #[tokio::test]
    async fn it_is_aws_signature_version_4_for_execute_api() {
        let credentials = Credentials::new("AKID", "SECRET", Some(String::from("SESSION")), None, "test");
        let signer = Signer {
            credentials: SharedCredentialsProvider::new(credentials),
            region: String::from("eu-west-1"),
            service: "execute-api",
        };
        // 2023-11-14T22:13:20Z
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let uri = "https://abc.execute-api.eu-west-1.amazonaws.com/v1/messages/wamid.a%2Fb%3D?limit=1";
        let request = Request::post(uri).header("content-type", "application/json").body(String::from("{}")).unwrap();
        let signed = signer.signed(request, now).await.unwrap();

        let body = hex::encode(Sha256::digest("{}"));
        let headers = "content-type;host;x-amz-date;x-amz-security-token";
        let canonical = format!(
            "POST\n/v1/messages/wamid.a%252Fb%253D\nlimit=1\ncontent-type:application/json\n\
             host:abc.execute-api.eu-west-1.amazonaws.com\nx-amz-date:20231114T221320Z\n\
             x-amz-security-token:SESSION\n\n{headers}\n{body}"
        );
        let scope = "20231114/eu-west-1/execute-api/aws4_request";
        let to_sign =
            format!("AWS4-HMAC-SHA256\n20231114T221320Z\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
        let key = ["eu-west-1", "execute-api", "aws4_request"]
            .iter()
            .fold(hmac(b"AWS4SECRET", "20231114"), |key, part| hmac(&key, part));
        let signature = hex::encode(hmac(&key, &to_sign));
        assert_eq!(
            signed.headers()["authorization"].to_str().unwrap(),
            format!("AWS4-HMAC-SHA256 Credential=AKID/{scope}, SignedHeaders={headers}, Signature={signature}")
        );
        assert!(signed.headers()["authorization"].is_sensitive());
    }
}
