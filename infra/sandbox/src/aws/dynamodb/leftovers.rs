//! Batches of which some entries fail on request, as they do on AWS when a partition is hot.

use axum::body::{Body, Bytes};
use http::{Response, StatusCode, header::CONTENT_LENGTH};
use serde_json::{Map, Value, json};

use super::{refusal, reply};
use crate::aws::faults::FailEntries;

/// Takes the failing entries out, lets `forward` carry out the rest, and puts the failures into the answer.
pub(super) async fn answer<A>(
    operation: &str,
    request: Bytes,
    failing: &FailEntries,
    forward: impl FnOnce(Bytes) -> A,
) -> Response<Body>
where
    A: Future<Output = Response<Body>>,
{
    let Ok(Value::Object(mut request)) = serde_json::from_slice(&request) else {
        return forward(request).await;
    };
    let Some(kept) = Kept::take(operation, &mut request, failing) else {
        return refusal(StatusCode::NOT_IMPLEMENTED, "InternalServerError");
    };
    if kept.nothing_left(&request) {
        let mut answer = Map::new();
        kept.put_back(&mut answer, failing);
        return reply::json(StatusCode::OK, reply::JSON_1_0, &Value::Object(answer));
    }
    let response = forward(Bytes::from(Value::Object(request).to_string())).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Some(Value::Object(mut answer)) =
        reply::whole(body).await.and_then(|bytes| serde_json::from_slice(&bytes).ok())
    else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError");
    };
    kept.put_back(&mut answer, failing);
    // The engine's length and checksum are those of its own answer.
    head.headers.remove(CONTENT_LENGTH);
    head.headers.remove("x-amz-crc32");
    Response::from_parts(head, Body::from(Value::Object(answer).to_string()))
}

/// The entries that were taken out.
enum Kept {
    /// Positions of the statements that fail.
    Statements(Vec<usize>),
    /// What comes back unprocessed, by table: keys of a read or requests of a write, under this name.
    Unprocessed { name: &'static str, tables: Map<String, Value> },
}

impl Kept {
    fn take(operation: &str, request: &mut Map<String, Value>, failing: &FailEntries) -> Option<Self> {
        match operation {
            "BatchExecuteStatement" => {
                let statements = request.get_mut("Statements")?.as_array_mut()?;
                let hit = (0..statements.len()).filter(|position| failing.hits(*position)).collect();
                let mut position = 0;
                statements.retain(|_| {
                    position += 1;
                    !failing.hits(position - 1)
                });
                Some(Self::Statements(hit))
            }
            "BatchGetItem" => Some(Self::Unprocessed {
                name: "UnprocessedKeys",
                tables: take_by_table(request, failing, |table| table.get_mut("Keys")),
            }),
            "BatchWriteItem" => Some(Self::Unprocessed {
                name: "UnprocessedItems",
                tables: take_by_table(request, failing, |table| Some(table)),
            }),
            _ => None,
        }
    }

    fn nothing_left(&self, request: &Map<String, Value>) -> bool {
        match self {
            Self::Statements(_) => request.get("Statements").and_then(Value::as_array).is_none_or(Vec::is_empty),
            Self::Unprocessed { .. } => {
                request.get("RequestItems").and_then(Value::as_object).is_none_or(Map::is_empty)
            }
        }
    }

    fn put_back(self, answer: &mut Map<String, Value>, failing: &FailEntries) {
        match self {
            Self::Statements(positions) => {
                let responses = answer.entry("Responses").or_insert_with(|| json!([]));
                if let Some(responses) = responses.as_array_mut() {
                    let failure = json!({ "Error": { "Code": failing.code, "Message": "on request" } });
                    for position in positions {
                        responses.insert(position.min(responses.len()), failure.clone());
                    }
                }
            }
            Self::Unprocessed { name, tables } => {
                answer.insert(name.to_owned(), Value::Object(tables));
            }
        }
    }
}

/// Splits the entries of every table into those that stay in the request and those that are returned.
fn take_by_table(
    request: &mut Map<String, Value>,
    failing: &FailEntries,
    entries: fn(&mut Value) -> Option<&mut Value>,
) -> Map<String, Value> {
    let mut taken = Map::new();
    let mut position = 0;
    let Some(tables) = request.get_mut("RequestItems").and_then(Value::as_object_mut) else {
        return taken;
    };
    for (name, table) in tables.iter_mut() {
        let mut copy = table.clone();
        let Some(list) = entries(table).and_then(Value::as_array_mut) else { continue };
        let (hit, rest): (Vec<_>, Vec<_>) = std::mem::take(list).into_iter().partition(|_| {
            position += 1;
            failing.hits(position - 1)
        });
        *list = rest;
        if !hit.is_empty()
            && let Some(list) = entries(&mut copy)
        {
            *list = Value::Array(hit);
            taken.insert(name.clone(), copy);
        }
    }
    tables.retain(|_, table| entries(table).and_then(|list| list.as_array()).is_none_or(|list| !list.is_empty()));
    taken
}
