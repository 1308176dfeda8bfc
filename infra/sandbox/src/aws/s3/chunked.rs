//! Decodes `aws-chunked` bodies: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n … 0\r\n<trailers>\r\n`.

use bytes::{Buf, Bytes, BytesMut};

use super::error::S3Error;

/// Longer lines than this are no chunk heads and no trailers.
const LONGEST_LINE: usize = 8 * 1024;

#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    pending: BytesMut,
    pub(super) trailers: Vec<(String, String)>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    Data {
        left: usize,
    },
    DataEnd,
    Trailers,
    Done,
}

impl Decoder {
    /// Takes what came in and gives what of it is content.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Result<Vec<Bytes>, S3Error> {
        self.pending.extend_from_slice(bytes);
        let mut content = Vec::new();
        loop {
            match &mut self.state {
                State::Head => {
                    let Some(line) = self.line()? else { return Ok(content) };
                    let size = line.split(';').next().unwrap_or_default().trim();
                    let size = usize::from_str_radix(size, 16).map_err(|_| malformed())?;
                    self.state = if size == 0 { State::Trailers } else { State::Data { left: size } };
                }
                State::Data { left } => {
                    let take = self.pending.len().min(*left);
                    if take == 0 {
                        return Ok(content);
                    }
                    content.push(self.pending.split_to(take).freeze());
                    *left -= take;
                    if *left == 0 {
                        self.state = State::DataEnd;
                    }
                }
                State::DataEnd => {
                    if self.pending.len() < 2 {
                        return Ok(content);
                    }
                    if !self.pending.starts_with(b"\r\n") {
                        return Err(malformed());
                    }
                    self.pending.advance(2);
                    self.state = State::Head;
                }
                State::Trailers => {
                    let Some(line) = self.line()? else { return Ok(content) };
                    match line.split_once(':') {
                        Some((name, value)) => {
                            self.trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                        }
                        None if line.is_empty() => self.state = State::Done,
                        None => return Err(malformed()),
                    }
                }
                State::Done => return Ok(content),
            }
        }
    }

    /// Whether the body came to its end.
    pub(super) fn is_complete(&self) -> bool {
        match self.state {
            State::Done => true,
            // Some clients leave the last empty line out.
            State::Trailers => self.pending.is_empty(),
            _ => false,
        }
    }

    fn line(&mut self) -> Result<Option<String>, S3Error> {
        let Some(end) = self.pending.windows(2).position(|pair| pair == b"\r\n") else {
            return if self.pending.len() > LONGEST_LINE { Err(malformed()) } else { Ok(None) };
        };
        let line = self.pending.split_to(end);
        self.pending.advance(2);
        String::from_utf8(line.to_vec()).map(Some).map_err(|_| malformed())
    }
}

fn malformed() -> S3Error {
    S3Error::bad("IncompleteBody", "The request body terminated unexpectedly")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"5;chunk-signature=abc\r\nhello\r\n7\r\n, world\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";

    #[test]
    fn decodes_wherever_the_body_is_cut() {
        for cut in 0..BODY.len() {
            let mut decoder = Decoder::default();
            let mut content = decoder.decode(&BODY[..cut]).unwrap();
            content.extend(decoder.decode(&BODY[cut..]).unwrap());
            assert_eq!(content.concat(), b"hello, world", "cut at {cut}");
            assert!(decoder.is_complete());
            assert_eq!(decoder.trailers, [("x-amz-checksum-crc32".to_owned(), "AAAA".to_owned())]);
        }
    }

    #[test]
    fn a_body_that_ends_early_is_not_complete() {
        let mut decoder = Decoder::default();
        decoder.decode(&BODY[..20]).unwrap();
        assert!(!decoder.is_complete());
        assert!(Decoder::default().decode(b"zz\r\n").is_err());
    }
}
