//! `multipart/form-data`, as far as an upload needs it.

use bytes::Bytes;

pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

/// The parts of a whole body, or `None` when it is not well formed.
pub(crate) fn parts(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let boundary = content_type.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?.trim_matches('"');
    let delimiter = format!("--{boundary}");
    let mut at = find(body, delimiter.as_bytes(), 0)? + delimiter.len();
    let mut parts = Vec::new();
    let closing = format!("\r\n{delimiter}");
    loop {
        if body.get(at..at + 2)? == b"--" {
            return Some(parts);
        }
        let head_from = at + 2;
        let head_to = find(body, b"\r\n\r\n", head_from.checked_sub(2)?)?;
        let body_from = head_to + 4;
        let body_to = find(body, closing.as_bytes(), body_from)?;
        let head = std::str::from_utf8(body.get(head_from..head_to).unwrap_or_default()).ok()?;
        parts.push(part(head, body.slice(body_from..body_to))?);
        at = body_to + closing.len();
    }
}

fn part(head: &str, body: Bytes) -> Option<Part> {
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let disposition = header("content-disposition")?;
    let parameter = |name: &str| {
        disposition.split(';').find_map(|part| {
            let (key, value) = part.trim().split_once('=')?;
            (key == name).then(|| value.trim_matches('"').to_owned())
        })
    };
    Some(Part { name: parameter("name")?, filename: parameter("filename"), content_type: header("content-type"), body })
}

fn find(body: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    while let Some(step) = body.get(at..)?.iter().position(|byte| *byte == first) {
        at += step;
        if body.get(at..at + needle.len())? == needle {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields_and_a_file() {
        let body = Bytes::from_static(
            b"--x\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n--x\r\nContent-Disposition: \
              form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\r\n--y\x00\xff\r\n--x--\r\n",
        );
        let parts = parts("multipart/form-data; boundary=x", &body).unwrap();
        assert_eq!((parts[0].name.as_str(), &parts[0].body[..]), ("type", &b"image/png"[..]));
        assert_eq!(parts[1].filename.as_deref(), Some("a.png"));
        assert_eq!(parts[1].content_type.as_deref(), Some("image/png"));
        assert_eq!(&parts[1].body[..], b"\r\n--y\x00\xff");
        assert!(super::parts("multipart/form-data", &body).is_none());
    }
}
