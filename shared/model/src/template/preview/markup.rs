//! WhatsApp's formatting of text, as HTML: `*bold*`, `_italic_`, `~struck~`, `` `mono` `` and ```` ```block``` ````.

/// The text, escaped and formatted. Marks that stand alone are letters.
pub(super) fn html(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inner, after)) = rest.split_once("```").and_then(|(before, behind)| {
        let (inner, after) = behind.split_once("```")?;
        Some((before, inner, after))
    }) {
        out.push_str(&inline(before));
        out.extend(["<code>", &lines(&escaped(inner)), "</code>"]);
        rest = after;
    }
    out.push_str(&inline(rest));
    out
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

const MARKS: [(char, &str); 4] = [('*', "b"), ('_', "i"), ('~', "s"), ('`', "code")];

fn inline(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    lines(&marked(&letters))
}

/// Marks touch what they mark inside, and no letter outside.
fn marked(letters: &[char]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < letters.len() {
        let tag = MARKS.iter().find(|(mark, _)| *mark == letters[at]).and_then(|(mark, tag)| {
            let free = at == 0 || !letters[at - 1].is_alphanumeric();
            let end = closing(letters, at, *mark).filter(|_| free)?;
            Some((*tag, end))
        });
        if let Some((tag, end)) = tag {
            let inner = &letters[at + 1..end];
            let inner = if tag == "code" { escaped(&inner.iter().collect::<String>()) } else { marked(inner) };
            out.extend(["<", tag, ">", &inner, "</", tag, ">"]);
            at = end + 1;
        } else {
            out.push_str(&escaped(&letters[at].to_string()));
            at += 1;
        }
    }
    out
}

fn closing(letters: &[char], opening: usize, mark: char) -> Option<usize> {
    if letters.get(opening + 1).is_none_or(|next| next.is_whitespace() || *next == mark) {
        return None;
    }
    let line = letters[opening + 1..].iter().position(|c| *c == '\n').map_or(letters.len(), |n| opening + 1 + n);
    (opening + 2..line).find(|at| {
        letters[*at] == mark
            && !letters[at - 1].is_whitespace()
            && letters.get(at + 1).is_none_or(|next| !next.is_alphanumeric())
    })
}

fn lines(html: &str) -> String {
    html.replace('\n', "<br>")
}
