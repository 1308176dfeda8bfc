//! F2: the signature header. The first byte says how much of the input is the body; the rest is the header, or, where the
//! byte is odd, what is done to the right one.

use model::signature::verify;

use super::world::{APP_SECRET, sign};

pub fn signature(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let (body, given) = rest.split_at(usize::from(first / 2).min(rest.len()));
    let right = sign(body);
    let header = if first % 2 == 0 { String::from_utf8_lossy(given).into_owned() } else { bent(&right, given) };
    assert_eq!(verify(&[APP_SECRET], Some(&header), body), header == right);
    assert_eq!(verify(&["", "another", APP_SECRET], Some(&header), body), header == right);
    assert!(!verify(&["another", ""], Some(&header), body));
    let none: [&str; 0] = [];
    assert!(!verify(&none, Some(&header), body) && !verify(&[APP_SECRET], None, body));
}

/// The right header with bytes exchanged: each pair of the input is a place and what is put there.
fn bent(right: &str, by: &[u8]) -> String {
    let mut bytes = right.as_bytes().to_vec();
    for pair in by.chunks_exact(2) {
        let place = usize::from(pair[0]) % bytes.len();
        bytes[place] = pair[1];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
