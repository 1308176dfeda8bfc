//! `X-Hub-Signature-256`, as Meta makes it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::Error;

pub(crate) fn signature(app_secret: &str, body: &[u8]) -> Result<String, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes())
        .map_err(|_| Error::Failed(String::from("the app secret cannot be a key")))?;
    mac.update(body);
    Ok(format!("sha256={}", hex::encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_the_webhook_accepts() {
        let header = signature("secret", b"{}").unwrap();
        assert!(model::signature::verify(&["secret"], Some(&header), b"{}"));
    }
}
