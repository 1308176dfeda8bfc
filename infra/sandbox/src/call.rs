//! What a request asks of whom, read from its first line and headers: the words faults and records are keyed by.

use std::fmt;

use http::{Method, Request, request::Parts};

/// Who a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    DynamoDb,
    Sqs,
    SecretsManager,
    S3,
    /// Another AWS service, by the name in the signature's scope: CloudFormation, and what the sandbox does not play.
    OtherAws,
    /// Not signed for AWS: Meta, or anything else over HTTP.
    Http,
}

impl Service {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::SecretsManager => "secretsmanager",
            Self::S3 => "s3",
            Self::OtherAws => "aws",
            Self::Http => "http",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A service and the operation on it, as AWS names it (`PutItem`, `SendMessageBatch`, `UploadPart`).
/// Plain HTTP has no such names: there it is the method and the class of the path (`POST /v24.0/{id}/messages`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Call {
    pub service: Service,
    pub operation: String,
}

impl Call {
    pub fn of<B>(request: &Request<B>) -> Self {
        Self::read(request.method(), request.uri(), request.headers())
    }

    pub(crate) fn of_parts(parts: &Parts) -> Self {
        Self::read(&parts.method, &parts.uri, &parts.headers)
    }

    fn read(method: &Method, uri: &http::Uri, headers: &http::HeaderMap) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some((prefix, operation)) = header("x-amz-target").and_then(|target| target.split_once('.')) {
            let service = match prefix {
                "DynamoDB_20120810" | "DynamoDBStreams_20120810" => Service::DynamoDb,
                "AmazonSQS" => Service::Sqs,
                "secretsmanager" => Service::SecretsManager,
                _ => Service::OtherAws,
            };
            return Self { service, operation: operation.to_owned() };
        }
        let query = uri.query().unwrap_or_default();
        match header("authorization").and_then(signed_for).or_else(|| presigned_for(query)) {
            Some(scope) if scope == "s3" => {
                Self { service: Service::S3, operation: s3_operation(method, uri.path(), query, headers).to_owned() }
            }
            Some(scope) => Self { service: Service::OtherAws, operation: scope },
            None => Self { service: Service::Http, operation: format!("{method} {}", path_class(uri.path())) },
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.operation)
    }
}

/// The service in `AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/s3/aws4_request, …`.
fn signed_for(authorization: &str) -> Option<String> {
    let credential = authorization.strip_prefix("AWS4-")?.split_once("Credential=")?.1;
    scope_service(credential.split([',', ' ']).next()?, "/")
}

fn presigned_for(query: &str) -> Option<String> {
    let credential = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
    scope_service(credential, "%2F").or_else(|| scope_service(credential, "/"))
}

fn scope_service(credential: &str, separator: &str) -> Option<String> {
    let mut from_the_end = credential.rsplit(separator);
    let terminator = from_the_end.next()?;
    (terminator == "aws4_request").then(|| from_the_end.next().map(str::to_owned))?
}

/// The name of an S3 REST operation, for path-style addresses.
pub(crate) fn s3_operation(method: &Method, path: &str, query: &str, headers: &http::HeaderMap) -> &'static str {
    let path = path.trim_start_matches('/');
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let in_object = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
    match (method, in_object) {
        (&Method::GET, false) if path.is_empty() => "ListBuckets",
        (&Method::GET, false) if has("list-type") => "ListObjectsV2",
        (&Method::GET, false) if has("location") => "GetBucketLocation",
        (&Method::GET, false) => "ListObjects",
        (&Method::HEAD, false) => "HeadBucket",
        (&Method::PUT, false) => "CreateBucket",
        (&Method::DELETE, false) => "DeleteBucket",
        (&Method::POST, false) if has("delete") => "DeleteObjects",
        (&Method::PUT, true) if has("partNumber") => "UploadPart",
        (&Method::PUT, true) if headers.contains_key("x-amz-copy-source") => "CopyObject",
        (&Method::PUT, true) => "PutObject",
        (&Method::GET, true) if has("uploadId") => "ListParts",
        (&Method::GET, true) => "GetObject",
        (&Method::HEAD, true) => "HeadObject",
        (&Method::DELETE, true) if has("uploadId") => "AbortMultipartUpload",
        (&Method::DELETE, true) => "DeleteObject",
        (&Method::POST, true) if has("uploads") => "CreateMultipartUpload",
        (&Method::POST, true) if has("uploadId") => "CompleteMultipartUpload",
        _ => "Unknown",
    }
}

/// `/v24.0/123456/messages` → `/v24.0/{id}/messages`: ids would make every request a class of its own.
fn path_class(path: &str) -> String {
    let is_id = |segment: &str| {
        segment.len() > 40
            || (segment.len() >= 8 && segment.bytes().any(|byte| byte.is_ascii_digit()))
            || (!segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit()))
    };
    path.split('/').map(|segment| if is_id(segment) { "{id}" } else { segment }).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, uri: &str, headers: &[(&str, &str)]) -> String {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Call::of(&request.body(()).unwrap()).to_string()
    }

    #[test]
    fn names_what_is_asked() {
        let signed = |service: &str| {
            format!("AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host")
        };
        assert_eq!(call("POST", "/", &[("x-amz-target", "AmazonSQS.SendMessage")]), "sqs:SendMessage");
        assert_eq!(call("PUT", "/b/k?partNumber=1&uploadId=u", &[("authorization", &signed("s3"))]), "s3:UploadPart");
        assert_eq!(call("POST", "/", &[("authorization", &signed("sts"))]), "aws:sts");
        assert_eq!(
            call("GET", "/b/k?X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2Fs3%2Faws4_request", &[]),
            "s3:GetObject"
        );
        assert_eq!(call("POST", "/v24.0/100000000000001/messages", &[]), "http:POST /v24.0/{id}/messages");
    }
}
