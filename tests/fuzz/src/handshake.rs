//! F4: the query of the GET handshake. A challenge comes back only to who knows the token, and then as it was.

use std::sync::LazyLock;

use lambda_http::Request;

use super::world::{VERIFY_TOKEN, World};

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// Longer ones are as none.
const QUERY_MAX: usize = 16_384;

pub fn handshake(data: &[u8]) {
    let query = String::from_utf8_lossy(data);
    let event = serde_json::json!({
        "version": "2.0", "routeKey": "GET /webhook", "rawPath": "/webhook", "rawQueryString": query, "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/webhook", "protocol": "HTTP/1.1"}, "stage": "$default"},
        "isBase64Encoded": false,
    });
    let event = serde_json::from_value(event).unwrap();
    let answer = WORLD.answer(Request::from(webhook::tamed(event)));
    let (status, told) = if query.len() > QUERY_MAX { (400, None) } else { expected(&query) };
    // A query near the limit may be beyond it once it is encoded.
    assert!(answer.status() == status || (answer.status() == 400 && query.len() * 3 > QUERY_MAX), "{query:?}");
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let body: &[u8] = answer.body();
    match told {
        Some(challenge) => assert!(answer.status() != 200 || body == challenge, "not what was asked"),
        None => assert!(!body.windows(VERIFY_TOKEN.len()).any(|part| part == VERIFY_TOKEN.as_bytes())),
    }
}

/// The status, and the challenge where it is told.
fn expected(query: &str) -> (u16, Option<Vec<u8>>) {
    let mut told: [Vec<Vec<u8>>; 3] = Default::default();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name);
        let place = [&b"hub.mode"[..], b"hub.verify_token", b"hub.challenge"].iter().position(|known| name == *known);
        match place {
            Some(place) => told[place].push(decoded(value)),
            // Of what is not asked for, only what calls itself Meta's must not repeat itself.
            None if name.starts_with(b"hub.") && repeats(query, &name) => return (400, None),
            None => {}
        }
    }
    let [mode, token, challenge] = told;
    let ([mode], [token], [challenge]) = (mode.as_slice(), token.as_slice(), challenge.as_slice()) else {
        return (400, None);
    };
    let is_printable = challenge.len() <= 1_024 && challenge.iter().all(|byte| (0x20..=0x7e).contains(byte));
    if mode.is_empty() || token.is_empty() || challenge.is_empty() || !is_printable {
        return (400, None);
    }
    if mode != b"subscribe" || token != VERIFY_TOKEN.as_bytes() {
        return (403, None);
    }
    (200, Some(challenge.clone()))
}

fn repeats(query: &str, name: &[u8]) -> bool {
    query.split('&').filter(|pair| decoded(pair.split('=').next().unwrap_or_default()) == name).count() > 1
}

/// By hand: `+` is a space, `%` and two digits a byte, and what is no UTF-8 is made it as everybody makes it.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digit = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        rest = match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap());
                &tail[2..]
            }
            (b'+', ..) => {
                bytes.push(b' ');
                tail
            }
            (other, ..) => {
                bytes.push(*other);
                tail
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned().into_bytes()
}
