//! Where a file is, and what it should be (`WhatsApp Cloud API/Media`).

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use model::{MediaId, PhoneNumberId};
use serde::{Deserialize, Deserializer};

use crate::{Client, Error, Token};

/// A file at Meta. The URL lives five minutes and needs the token; read it again by the id when it has passed.
#[derive(Clone)]
pub struct MediaInfo {
    pub url: String,
    pub mime_type: Option<String>,
    pub sha256: Option<[u8; 32]>,
    pub file_size: Option<u64>,
}

impl Client {
    /// `phone_number_id` lets Meta check that the file belongs to the number.
    pub async fn media(
        &self,
        token: &Token,
        media_id: &MediaId,
        phone_number_id: &PhoneNumberId,
    ) -> Result<MediaInfo, Error> {
        let mut url = self.url(&[media_id.as_str()])?;
        url.query_pairs_mut().append_pair("phone_number_id", phone_number_id.as_str());
        let wire: Wire = self.get(token, url).await?.read()?;
        Ok(MediaInfo {
            url: wire.url,
            mime_type: wire.mime_type,
            sha256: wire.sha256.as_deref().and_then(sha256),
            file_size: wire.file_size,
        })
    }
}

/// Meta spells the digest in base64 in some places and in hex in others.
pub fn sha256(text: &str) -> Option<[u8; 32]> {
    let text = text.trim().as_bytes();
    let bytes = match text.len() {
        64 => HEXLOWER_PERMISSIVE.decode(text).ok()?,
        _ => BASE64.decode(text).ok().or_else(|| {
            let unpadded = text.strip_suffix(b"=").unwrap_or(text);
            BASE64URL_NOPAD.decode(unpadded).ok()
        })?,
    };
    bytes.try_into().ok()
}

#[derive(Deserialize)]
struct Wire {
    url: String,
    mime_type: Option<String>,
    sha256: Option<String>,
    /// A string in Meta's pages, a number on the wire.
    #[serde(default, deserialize_with = "size")]
    file_size: Option<u64>,
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_u64().or_else(|| value.as_str()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_in_either_spelling() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let digest = sha256(hex).unwrap();
        assert_eq!(sha256("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="), Some(digest));
        assert_eq!(sha256("n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg="), Some(digest));
        assert_eq!(sha256(&hex.to_uppercase()), Some(digest));
        for odd in ["", "n4bQ", &hex[1..], "not a digest"] {
            assert_eq!(sha256(odd), None, "{odd}");
        }
    }
}
