//! A number's verification by code, registration and two-step PIN (`WhatsApp Cloud API/Registration`; contract §1.6,
//! §4.7). Registering and deregistering are taken ten times in 72 hours, then refused with 133016.

use std::fmt;

use model::PhoneNumberId;
use serde_json::{Value, json};

use crate::{Client, Error, Token};

/// How a code comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeMethod {
    Sms,
    Voice,
}

/// A two-step PIN: six digits, which cannot print themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// `None` for anything but six digits.
    pub fn new(digits: &str) -> Option<Self> {
        let digits = digits.trim();
        (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| Self(digits.to_owned()))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

impl Client {
    /// Has a code sent to the number. Refused with 136024 where the number is verified already.
    pub async fn request_code(
        &self,
        token: &Token,
        id: &PhoneNumberId,
        method: CodeMethod,
        language: &str,
    ) -> Result<(), Error> {
        let method = match method {
            CodeMethod::Sms => "SMS",
            CodeMethod::Voice => "VOICE",
        };
        self.to_number(token, id, "request_code", &json!({"code_method": method, "language": language})).await
    }

    /// Gives the code back. The hyphen that the message shows is not part of it.
    pub async fn verify_code(&self, token: &Token, id: &PhoneNumberId, code: &str) -> Result<(), Error> {
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        self.to_number(token, id, "verify_code", &json!({"code": digits})).await
    }

    /// Registers the number on the Cloud API. The PIN is the number's, or becomes it.
    pub async fn register(&self, token: &Token, id: &PhoneNumberId, pin: &Pin) -> Result<(), Error> {
        let body = json!({"messaging_product": "whatsapp", "pin": pin.0});
        self.to_number(token, id, "register", &body).await
    }

    /// Ends the registration: the number neither sends nor receives.
    pub async fn deregister(&self, token: &Token, id: &PhoneNumberId) -> Result<(), Error> {
        self.to_number(token, id, "deregister", &json!({})).await
    }

    /// Sets or replaces the two-step PIN. It cannot be taken away by this API.
    pub async fn set_pin(&self, token: &Token, id: &PhoneNumberId, pin: &Pin) -> Result<(), Error> {
        let url = self.url(&[id.as_str()])?;
        self.change(token, url, &json!({"pin": pin.0})).await
    }

    async fn to_number(&self, token: &Token, id: &PhoneNumberId, edge: &str, body: &Value) -> Result<(), Error> {
        let url = self.url(&[id.as_str(), edge])?;
        self.change(token, url, body).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_six_digits_and_cannot_print_itself() {
        for wrong in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert!(Pin::new(wrong).is_none(), "{wrong}");
        }
        assert_eq!(format!("{:?}", Pin::new("123456\n").unwrap()), "Pin(…)");
    }
}
