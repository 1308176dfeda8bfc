//! Somebody in front of a part of the system who answers some requests differently and passes the others on.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What it does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Pass,
    /// As whoever is behind answers, but with this `Date`.
    Dated(&'static str),
    Hangup,
    Status(u16, String),
}

/// Of the first line of a request and its body.
pub(crate) type Rule = fn(&str, &str) -> Answer;

pub(crate) struct Front {
    pub(crate) url: String,
    rule: Arc<Mutex<(&'static str, Rule)>>,
    asked: Arc<Mutex<Vec<Request>>>,
}

/// A request that came: its first line with the headers, and its body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Front {
    pub(crate) fn of(behind: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let pass: Rule = |_, _| Answer::Pass;
        let rule = Arc::new(Mutex::new(("", pass)));
        let asked = Arc::<Mutex<Vec<Request>>>::default();
        let (behind, rules) = (behind.strip_prefix("http://").unwrap().to_owned(), Arc::clone(&rule));
        let keep = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (behind, rules, keep) = (behind.clone(), Arc::clone(&rules), Arc::clone(&keep));
                // Whoever hung up on it is nobody's trouble.
                thread::spawn(move || drop(serve(stream, &behind, &rules, &keep)));
            }
        });
        Self { url, rule, asked }
    }

    /// For requests whose first line holds `part`; the others pass.
    pub(crate) fn set(&self, part: &'static str, rule: Rule) {
        *self.rule.lock().unwrap() = (part, rule);
    }

    /// What came so far.
    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

/// One request, one connection.
fn serve(
    mut stream: TcpStream,
    behind: &str,
    rules: &Mutex<(&'static str, Rule)>,
    asked: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let (head, body) = request(&mut stream)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    asked.lock().unwrap().push(Request { head: head.clone(), body: text.clone() });
    let first = head.lines().next().unwrap_or_default();
    let (part, rule) = *rules.lock().unwrap();
    let answer = if first.contains(part) { rule(first, &text) } else { Answer::Pass };
    match answer {
        Answer::Pass => stream.write_all(&passed(&head, &body, behind)?),
        Answer::Dated(date) => {
            let answer = passed(&head, &body, behind)?;
            let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
            let lines = String::from_utf8_lossy(&answer[..at]).into_owned();
            let lines = lines.lines().filter(|line| !line.to_lowercase().starts_with("date:"));
            let lines = lines.collect::<Vec<_>>().join("\r\n");
            stream.write_all(format!("{lines}\r\ndate: {date}").as_bytes())?;
            stream.write_all(&answer[at..])
        }
        Answer::Hangup => Ok(()),
        Answer::Status(status, body) => {
            let length = body.len();
            write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        }
    }
}

fn passed(head: &str, body: &[u8], behind: &str) -> std::io::Result<Vec<u8>> {
    let mut upstream = TcpStream::connect(behind)?;
    let kept = head.trim_end().lines().filter(|line| !line.to_lowercase().starts_with("connection:"));
    let head = kept.collect::<Vec<_>>().join("\r\n");
    upstream.write_all(format!("{head}\r\nconnection: close\r\n\r\n").as_bytes())?;
    upstream.write_all(body)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    // The one who asked would wait for the next answer else.
    let text = String::from_utf8_lossy(&answer);
    let closes = text.split("\r\n\r\n").next().unwrap_or_default().to_lowercase().contains("connection: close");
    if !closes && let Some(at) = answer.windows(2).position(|two| two == b"\r\n") {
        answer.splice(at..at, *b"\r\nconnection: close");
    }
    Ok(answer)
}

fn request(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend_from_slice(&byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body)?;
    Ok((head, body))
}
