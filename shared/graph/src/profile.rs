//! The business profile of a number (`WhatsApp Business Cloud API/Business profiles`, contract §1.7).

use model::{PhoneNumberId, Profile};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Client, Error, Token};

const EDGE: &str = "whatsapp_business_profile";

impl Client {
    /// As Meta has it now.
    pub async fn profile(&self, token: &Token, number: &PhoneNumberId) -> Result<Profile, Error> {
        let mut url = self.url(&[number.as_str(), EDGE])?;
        url.query_pairs_mut().append_pair("fields", &Profile::FIELDS.join(","));
        let answer = self.get(token, url).await?;
        let Listed { data } = answer.read()?;
        data.first().and_then(|profile| Profile::parse(profile)).ok_or_else(|| answer.unexpected())
    }

    /// Changes what `body` names, all of it or nothing. `body` is Meta's own. Harmless to repeat.
    pub async fn change_profile(&self, token: &Token, number: &PhoneNumberId, body: &Value) -> Result<(), Error> {
        let url = self.url(&[number.as_str(), EDGE])?;
        self.change(token, url, body).await
    }
}

#[derive(Deserialize)]
struct Listed {
    data: Vec<Box<RawValue>>,
}
