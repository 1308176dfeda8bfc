//! Cursor paging of every list edge (contract §1.1).

use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::call::Call;
use super::graph_error::GraphError;

const DEFAULT_LIMIT: usize = 25;
const MAX_LIMIT: usize = 1_000;

/// One page of `items`, each with the id its cursor is made of; only what stands on it is shown.
pub(crate) fn page<T>(
    items: Vec<(String, T)>,
    show: impl Fn(T) -> Result<Value, GraphError>,
    call: &Call,
    base: &str,
) -> Result<Value, GraphError> {
    let limit = limit(call)?;
    let at = |cursor: &str| position(&items, cursor).ok_or_else(|| bad_cursor(call));
    let range = match (call.param("after"), call.param("before")) {
        (Some(after), _) => {
            let start = at(after)? + 1;
            start..(start + limit).min(items.len())
        }
        (None, Some(before)) => {
            let end = at(before)?;
            end.saturating_sub(limit)..end
        }
        (None, None) => 0..limit.min(items.len()),
    };
    let (has_next, has_previous) = (range.end < items.len(), range.start > 0 && !range.is_empty());
    let ids: Vec<String> = items.get(range.clone()).unwrap_or_default().iter().map(|(id, _)| id.clone()).collect();
    let data = items.into_iter().skip(range.start).take(range.len()).map(|(_, item)| show(item));
    let data = data.collect::<Result<Vec<Value>, GraphError>>()?;
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
        return Ok(json!({ "data": data }));
    };
    let number = number(call);
    let mut paging = Map::new();
    paging.insert("cursors".into(), json!({"before": cursor(number, first), "after": cursor(number, last)}));
    if has_next {
        paging.insert("next".into(), link(call, base, limit, ("after", &cursor(number, last))).into());
    }
    if has_previous {
        paging.insert("previous".into(), link(call, base, limit, ("before", &cursor(number, first))).into());
    }
    Ok(json!({"data": data, "paging": paging}))
}

fn limit(call: &Call) -> Result<usize, GraphError> {
    let Some(text) = call.param("limit") else { return Ok(DEFAULT_LIMIT) };
    match text.parse() {
        Ok(limit) if limit > 0 => Ok(usize::min(limit, MAX_LIMIT)),
        _ => Err(GraphError::param("limit", "must be a positive integer")),
    }
}

/// Which page of a listing this call asks for, counted from 1: what faults on a page are matched by.
pub(crate) fn number(call: &Call) -> u64 {
    call.param("after").and_then(read).map_or(1, |(page, _)| page + 1)
}

/// A cursor names the item it stands at, and the page that ended or began there.
fn cursor(page: u64, id: &str) -> String {
    data_encoding::BASE64URL_NOPAD.encode(format!("QVFIU:{page}:{id}").as_bytes())
}

fn read(cursor: &str) -> Option<(u64, String)> {
    let text = String::from_utf8(data_encoding::BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
    let (page, id) = text.strip_prefix("QVFIU:")?.split_once(':')?;
    Some((page.parse().ok()?, id.to_owned()))
}

fn position<T>(items: &[(String, T)], cursor: &str) -> Option<usize> {
    let (_, id) = read(cursor)?;
    items.iter().position(|(item, _)| *item == id)
}

/// Since v24.0 a cursor that is expired or corrupt has a code of its own.
fn bad_cursor(call: &Call) -> GraphError {
    let code = if call.major() >= 24 { 131_059 } else { 100 };
    GraphError::new(code).details("The paging cursor is expired or corrupt: start the listing again without one.")
}

/// Meta puts the token into its links, which is why nobody should follow them as they are.
fn link(call: &Call, base: &str, limit: usize, (direction, cursor): (&str, &str)) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (key, value) in &call.query {
        if !["after", "before", "limit", "access_token"].contains(&key.as_str()) {
            query.append_pair(key, value);
        }
    }
    if let Some(token) = call.token() {
        query.append_pair("access_token", token);
    }
    query.append_pair("limit", &limit.to_string()).append_pair(direction, cursor);
    let version = call.version.as_deref().unwrap_or("v24.0");
    format!("{base}/{version}/{}?{}", call.joined(), query.finish())
}
