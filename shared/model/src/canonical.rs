//! One text for all spellings of a JSON value: members sorted, spaces gone, strings escaped one way, and numbers
//! left as they were written, since `7.90` and `7.9` are different prices to someone.

use data_encoding::HEXLOWER;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::json::{Fields, items, text, too_deep};

/// SHA-256 of the canonical text, in hex.
pub fn canonical_hash(raw: &RawValue) -> String {
    HEXLOWER.encode(&Sha256::digest(canonical(raw)))
}

/// The canonical text itself.
pub fn canonical(raw: &RawValue) -> String {
    canonical_without(raw, &[])
}

/// The canonical text without the members named, at any depth.
pub(crate) fn canonical_without(raw: &RawValue, left_out: &[&str]) -> String {
    let mut out = String::with_capacity(raw.get().len());
    if too_deep(raw) {
        // Stable, if not canonical, and it keeps the recursion below bounded.
        out.push_str(raw.get());
    } else {
        write(raw, left_out, &mut out);
    }
    out
}

fn write(raw: &RawValue, left_out: &[&str], out: &mut String) {
    if let Some(fields) = Fields::parse_any(raw) {
        let mut members: Vec<_> = fields.iter().filter(|(name, _)| !left_out.contains(name)).collect();
        members.sort_by_key(|(name, _)| *name);
        out.push('{');
        for (index, (name, value)) in members.into_iter().enumerate() {
            separate(index, out);
            write_string(name, out);
            out.push(':');
            write(value, left_out, out);
        }
        out.push('}');
    } else if let Some(elements) = items(raw) {
        out.push('[');
        for (index, element) in elements.into_iter().enumerate() {
            separate(index, out);
            write(element, left_out, out);
        }
        out.push(']');
    } else if let Some(string) = text(raw) {
        write_string(&string, out);
    } else {
        out.push_str(raw.get());
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

fn write_string(string: &str, out: &mut String) {
    // `Value`'s Display writes a string as JSON and, unlike to_string, has no error to drop.
    out.push_str(&serde_json::Value::from(string).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> String {
        canonical(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn order_spaces_and_escapes_do_not_count() {
        let one = of(r#"{"b":[1, {"d":null,"c":"caf\u00e9\/"}],"a":true}"#);
        assert_eq!(one, r#"{"a":true,"b":[1,{"c":"café/","d":null}]}"#);
        assert_eq!(one, of(r#"{ "a":true, "b":[1,{"c":"café/","\u0064":null}]}"#));
    }

    #[test]
    fn numbers_count_as_written() {
        assert_ne!(of("7.9"), of("7.90"));
        assert_ne!(of("[1,2]"), of("[2,1]"));
        assert_eq!(of("1e400"), "1e400");
    }

    #[test]
    fn the_hash_is_of_the_canonical_text() {
        let hash = |json: &str| canonical_hash(serde_json::from_str(json).unwrap());
        assert_eq!(hash("{}"), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
        assert_eq!(hash(r#"{"a":1,"b":2}"#), hash(r#"{"b":2,"a":1}"#));
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(hash(&deep).len(), 64);
    }

    #[test]
    fn a_member_can_be_left_out() {
        let raw = serde_json::from_str(r#"[{"keep":1,"url":"x"}]"#).unwrap();
        assert_eq!(canonical_without(raw, &["url"]), r#"[{"keep":1}]"#);
    }
}
