//! A WABA's phone numbers and their health (`WhatsApp Business Management API/Phone numbers`).

use model::{PhoneNumberId, WabaId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Client, Error, Token};

/// What Meta says about one number. Every value is Meta's string: the sets are open.
#[derive(Clone)]
pub struct PhoneNumber {
    pub id: PhoneNumberId,
    pub display_phone_number: Option<String>,
    pub verified_name: Option<String>,
    pub quality_rating: Option<String>,
    pub status: Option<String>,
    pub name_status: Option<String>,
    pub code_verification_status: Option<String>,
    pub platform_type: Option<String>,
    pub account_mode: Option<String>,
    /// `STANDARD` is 80 messages a second, `HIGH` 1,000.
    pub throughput: Option<String>,
    /// The portfolio's people per day, such as `TIER_2K`.
    pub messaging_limit: Option<String>,
    pub is_official_business_account: Option<bool>,
    pub is_pin_enabled: Option<bool>,
    /// With `CLOUD_API`: the number is also used in the WhatsApp Business app.
    pub is_on_biz_app: Option<bool>,
    pub raw: Box<RawValue>,
}

const FIELDS: &[&str] = &[
    "id",
    "display_phone_number",
    "verified_name",
    "quality_rating",
    "status",
    "name_status",
    "code_verification_status",
    "platform_type",
    "account_mode",
    "throughput",
    "is_official_business_account",
    "is_pin_enabled",
    "is_on_biz_app",
];

/// Since v24; asking an older version for it refuses the whole call.
const LIMIT: &str = "whatsapp_business_manager_messaging_limit";
const OLD_LIMIT: &str = "messaging_limit_tier";
const PAGE: &str = "100";

impl Client {
    pub async fn phone_numbers(&self, token: &Token, waba_id: &WabaId) -> Result<Vec<PhoneNumber>, Error> {
        let mut url = self.url(&[waba_id.as_str(), "phone_numbers"])?;
        let limit = if self.major() >= 24 { LIMIT } else { OLD_LIMIT };
        let fields = format!("{},{limit}", FIELDS.join(","));
        url.query_pairs_mut().append_pair("fields", &fields).append_pair("limit", PAGE);
        let listed = self.list(token, url).await?;
        Ok(listed.into_iter().filter_map(PhoneNumber::parse).collect())
    }
}

impl PhoneNumber {
    /// `None` for what has no id. Any other field may be missing or of another shape.
    fn parse(raw: Box<RawValue>) -> Option<Self> {
        let fields: Fields = serde_json::from_str(raw.get()).ok()?;
        let id = fields.get::<PhoneNumberId>("id").filter(|id| !id.as_str().is_empty())?;
        Some(Self {
            id,
            display_phone_number: fields.get("display_phone_number"),
            verified_name: fields.get("verified_name"),
            quality_rating: fields.get("quality_rating"),
            status: fields.get("status"),
            name_status: fields.get("name_status"),
            code_verification_status: fields.get("code_verification_status"),
            platform_type: fields.get("platform_type"),
            account_mode: fields.get("account_mode"),
            throughput: fields.get("throughput").map(|Throughput { level }| level),
            messaging_limit: fields.get(LIMIT).or_else(|| fields.get(OLD_LIMIT)),
            is_official_business_account: fields.get("is_official_business_account"),
            is_pin_enabled: fields.get("is_pin_enabled"),
            is_on_biz_app: fields.get("is_on_biz_app"),
            raw,
        })
    }
}

#[derive(Deserialize)]
struct Throughput {
    level: String,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Fields(serde_json::Map<String, Value>);

impl Fields {
    fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.0.get(name)?).ok()
    }
}
