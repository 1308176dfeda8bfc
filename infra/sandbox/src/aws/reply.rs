//! Answers in the shapes of AWS's protocols.

use axum::body::{Body, Bytes};
use futures::StreamExt;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::faults::InjectedError;
use crate::call::Service;

/// What DynamoDB and SQS speak.
pub(super) const JSON_1_0: &str = "application/x-amz-json-1.0";
/// What Secrets Manager speaks.
pub(super) const JSON_1_1: &str = "application/x-amz-json-1.1";
/// No request of the JSON protocols is larger (DynamoDB takes 16 MB).
const LARGEST_JSON: usize = 16 * 1024 * 1024;

/// A JSON answer with a request id.
pub(super) fn json(status: StatusCode, content_type: &'static str, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    stamp(&mut response);
    response
}

/// An XML answer with a request id, as S3 gives.
pub(super) fn xml(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    stamp(&mut response);
    response
}

/// Gives the answer a request id under both names AWS uses.
pub(super) fn stamp(response: &mut Response<Body>) {
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
        response.headers_mut().insert("x-amzn-requestid", id.clone());
        response.headers_mut().insert("x-amz-request-id", id);
    }
}

/// The whole body of a JSON request; `None` when it is too large or the client left.
pub(super) async fn whole(body: Body) -> Option<Bytes> {
    axum::body::to_bytes(body, LARGEST_JSON).await.ok()
}

/// Reads a body to its end and forgets it.
pub(super) async fn swallow(body: Body) {
    let mut pieces = body.into_data_stream();
    while let Some(Ok(_)) = pieces.next().await {}
}

/// An error a test asked for, in the words of the service.
pub(super) fn injected(service: Service, error: &InjectedError) -> Response<Body> {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let InjectedError { code, message, .. } = error;
    match service {
        Service::S3 | Service::Http => xml(
            status,
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            ),
        ),
        Service::DynamoDb => json(
            status,
            JSON_1_0,
            &json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": message }),
        ),
        Service::Sqs => {
            let mut response =
                json(status, JSON_1_0, &json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": message }));
            let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
            if let Ok(value) = HeaderValue::from_str(&format!("{code};{fault}")) {
                response.headers_mut().insert("x-amzn-query-error", value);
            }
            response
        }
        Service::SecretsManager | Service::OtherAws => {
            json(status, JSON_1_1, &json!({ "__type": code, "Message": message }))
        }
    }
}

/// A service nobody plays here.
pub(super) fn not_played(service: &str) -> Response<Body> {
    let message = format!("The sandbox does not play the AWS service {service}.");
    json(StatusCode::NOT_IMPLEMENTED, JSON_1_1, &json!({ "__type": "UnknownOperationException", "message": message }))
}

/// An operation of a JSON service nobody plays here.
pub(super) fn unknown_operation(content_type: &'static str, operation: &str) -> Response<Body> {
    let message = format!("The sandbox does not play the operation {operation}.");
    let body = json!({ "__type": "com.amazon.coral.service#UnknownOperationException", "message": message });
    json(StatusCode::BAD_REQUEST, content_type, &body)
}
