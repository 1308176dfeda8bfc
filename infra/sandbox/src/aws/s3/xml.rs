//! As much XML as S3's requests and answers need.

/// Text as it stands between tags.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\r', "&#13;")
}

/// The contents of every `<name>…</name>`, in order; S3's requests do not nest an element in itself.
pub(super) fn elements<'x>(xml: &'x str, name: &str) -> Vec<&'x str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((content, after)) = after.split_once(&close) else { break };
        found.push(content);
        rest = after;
    }
    found
}

/// The text of the first `<name>`.
pub(super) fn text(xml: &str, name: &str) -> Option<String> {
    elements(xml, name).first().map(|content| unescaped(content.trim()))
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after.split_once(';').and_then(|(entity, after)| Some((character(entity)?, after)));
        // An ampersand that begins no entity is one.
        let (character, after) = entity.unwrap_or(('&', after));
        plain.push(character);
        rest = after;
    }
    plain + rest
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_escapes() {
        let key = "a&b <c> \"d\" 'e'";
        let xml = format!("<Object><Key>{}</Key></Object><Object><Key>&#x41;&#66;</Key></Object>", escaped(key));
        let keys: Vec<_> = elements(&xml, "Object").into_iter().filter_map(|object| text(object, "Key")).collect();
        assert_eq!(keys, [key, "AB"]);
    }
}
