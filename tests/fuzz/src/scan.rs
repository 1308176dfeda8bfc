//! JSON cut into pieces by its brackets alone: knows nothing of numbers, escapes or duplicates, and never recurses. Only
//! for what is well-formed JSON already.

/// The elements of an array; `None` where it is none.
pub(super) fn elements(json: &str) -> Option<Vec<&str>> {
    let inside = inside(json, '[', ']')?;
    Some(pieces(inside))
}

/// The members of an object with their names as they stand there, quotes included.
pub(super) fn members(json: &str) -> Option<Vec<(&str, &str)>> {
    let inside = inside(json, '{', '}')?;
    let member = |piece| {
        let end = end_of_string(piece);
        let (name, rest) = str::split_at(piece, end);
        (name, rest.trim_start_matches(blank).strip_prefix(':').unwrap().trim_matches(blank))
    };
    Some(pieces(inside).into_iter().map(member).collect())
}

fn inside(json: &str, open: char, close: char) -> Option<&str> {
    json.trim_matches(blank).strip_prefix(open)?.strip_suffix(close)
}

fn blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

/// Behind the closing quote.
fn end_of_string(json: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// Cut at the commas that are in no bracket and in no string.
fn pieces(inside: &str) -> Vec<&str> {
    let (mut depth, mut from, mut at) = (0_usize, 0, 0);
    let mut pieces = Vec::new();
    let bytes = inside.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += end_of_string(&inside[at..]);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                pieces.push(inside[from..at].trim_matches(blank));
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    let last = inside[from..].trim_matches(blank);
    if !last.is_empty() {
        pieces.push(last);
    }
    pieces
}
