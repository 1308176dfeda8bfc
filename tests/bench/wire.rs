//! HTTP/1.1 as the ends on loopback need it: requests with a content length, read as fast as can be, on a thread per
//! connection.

use std::io::{self, Read, Write};

/// One connection.
pub(crate) struct Wire<S> {
    stream: S,
    buffer: Vec<u8>,
    /// Bytes at the front of the buffer that belong to the request given out last.
    taken: usize,
}

/// A request, in place.
pub(crate) struct Request<'a> {
    head: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl<S: Read + Write> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::with_capacity(64 * 1024), taken: 0 }
    }

    /// The next request; `None` once the other end has closed.
    pub(crate) fn read(&mut self) -> io::Result<Option<Request<'_>>> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if self.more()? == 0 {
                return Ok(None);
            }
        };
        let length = content_length(&self.buffer[..head])?;
        while self.buffer.len() < head + length {
            if self.more()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.taken = head + length;
        let (head, body) = self.buffer[..self.taken].split_at(head);
        Ok(Some(Request { head, body }))
    }

    pub(crate) fn write(&mut self, answer: &[u8]) -> io::Result<()> {
        self.stream.write_all(answer)?;
        self.stream.flush()
    }

    fn more(&mut self) -> io::Result<usize> {
        let filled = self.buffer.len();
        self.buffer.resize(filled + 64 * 1024, 0);
        let read = self.stream.read(&mut self.buffer[filled..]);
        self.buffer.truncate(filled + read.as_ref().copied().unwrap_or(0));
        read
    }
}

impl Request<'_> {
    /// Method, path and version.
    pub(crate) fn line(&self) -> &str {
        let end = self.head.iter().position(|byte| *byte == b'\r').unwrap_or(self.head.len());
        std::str::from_utf8(&self.head[..end]).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    head.split(|byte| *byte == b'\n').skip(1).find_map(|line| {
        let line = std::str::from_utf8(line).ok()?;
        let (named, value) = line.split_once(':')?;
        named.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn content_length(head: &[u8]) -> io::Result<usize> {
    if header(head, "transfer-encoding").is_some() {
        return Err(io::Error::other("a body without a content length"));
    }
    let length = header(head, "content-length").map_or(Ok(0), str::parse);
    length.map_err(|_| io::Error::other("a content length that is no number"))
}

/// A whole answer, ready to be written again and again.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
