//! The checksums clients send along, and the digests S3 computes.

use base64::{Engine, prelude::BASE64_STANDARD};
use crc_fast::CrcAlgorithm;
use http::HeaderMap;
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::S3Error;

/// A checksum as S3 keeps and returns it: the header and its base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checksum {
    pub(super) header: String,
    pub(super) value: String,
}

/// What is computed while a body passes.
pub(super) struct Digests {
    md5: Md5,
    sha256: Option<Sha256>,
    additional: Option<(&'static str, Additional)>,
    expected: Expected,
}

enum Additional {
    Crc(crc_fast::Digest, usize),
    Sha256(Sha256),
}

/// What the client says it must come out as.
#[derive(Default)]
struct Expected {
    md5: Option<String>,
    sha256: Option<String>,
    additional: Option<String>,
}

/// What came out.
pub(super) struct Digested {
    pub(super) md5: [u8; 16],
    pub(super) checksum: Option<Checksum>,
}

const PREFIX: &str = "x-amz-checksum-";

impl Digests {
    /// Reads from the headers what to compute and to compare.
    pub(super) fn wanted(headers: &HeaderMap) -> Result<Self, S3Error> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let sha256 = text("x-amz-content-sha256").filter(|value| value.len() == 64);
        let mut additional = None;
        let mut expected = None;
        let in_header = headers.keys().map(http::HeaderName::as_str).find(|name| {
            name.starts_with(PREFIX) && !matches!(name.trim_start_matches(PREFIX), "mode" | "algorithm" | "type")
        });
        if let Some(name) = in_header {
            additional = Some(Additional::named(name)?);
            expected = text(name);
        } else if let Some(name) = text("x-amz-trailer") {
            additional = Some(Additional::named(&name.to_ascii_lowercase())?);
        }
        Ok(Self {
            md5: Md5::new(),
            sha256: sha256.as_ref().map(|_| Sha256::new()),
            additional,
            expected: Expected { md5: text("content-md5"), sha256, additional: expected },
        })
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        match &mut self.additional {
            Some((_, Additional::Crc(crc, _))) => crc.update(bytes),
            Some((_, Additional::Sha256(sha256))) => sha256.update(bytes),
            None => {}
        }
    }

    /// Compares with what the headers said, or the trailers that came behind the body.
    pub(super) fn finish(self, trailers: &[(String, String)]) -> Result<Digested, S3Error> {
        let Self { md5, sha256, additional, expected } = self;
        let md5: [u8; 16] = md5.finalize().into();
        if expected.md5.is_some_and(|given| given != BASE64_STANDARD.encode(md5)) {
            return Err(S3Error::bad("BadDigest", "The Content-MD5 you specified did not match what we received."));
        }
        let sha256 = sha256.map(|sha256| hex::encode(sha256.finalize()));
        if sha256 != expected.sha256 {
            let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
            return Err(S3Error::bad("XAmzContentSHA256Mismatch", message));
        }
        let checksum =
            additional.map(|(header, computed)| Checksum { header: header.to_owned(), value: computed.encode() });
        if let Some(Checksum { header, value }) = &checksum {
            let in_trailer = trailers.iter().find(|(name, _)| name == header).map(|(_, value)| value);
            if expected.additional.as_ref().or(in_trailer) != Some(value) {
                let message = format!("The {header} you specified did not match the calculated checksum.");
                return Err(S3Error::bad("BadDigest", message));
            }
        }
        Ok(Digested { md5, checksum })
    }
}

impl Additional {
    fn named(header: &str) -> Result<(&'static str, Self), S3Error> {
        let crc = |algorithm, bytes| Self::Crc(crc_fast::Digest::new(algorithm), bytes);
        match header {
            "x-amz-checksum-crc32" => Ok(("x-amz-checksum-crc32", crc(CrcAlgorithm::Crc32IsoHdlc, 4))),
            "x-amz-checksum-crc32c" => Ok(("x-amz-checksum-crc32c", crc(CrcAlgorithm::Crc32Iscsi, 4))),
            "x-amz-checksum-crc64nvme" => Ok(("x-amz-checksum-crc64nvme", crc(CrcAlgorithm::Crc64Nvme, 8))),
            "x-amz-checksum-sha256" => Ok(("x-amz-checksum-sha256", Self::Sha256(Sha256::new()))),
            other => Err(S3Error::not_implemented(other)),
        }
    }

    fn encode(self) -> String {
        match self {
            Self::Crc(crc, bytes) => {
                let all = crc.finalize().to_be_bytes();
                BASE64_STANDARD.encode(all.get(all.len() - bytes..).unwrap_or_default())
            }
            Self::Sha256(sha256) => BASE64_STANDARD.encode(sha256.finalize()),
        }
    }
}
