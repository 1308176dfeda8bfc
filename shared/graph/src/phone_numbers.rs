//! A WABA's phone numbers and their health (`WhatsApp Business Management API/Phone numbers`).

use model::health::{CallbackUrls, HealthEntity, HealthError, NumberFacts};
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
    /// Of a change that is not in force yet.
    pub new_name_status: Option<String>,
    /// Only of one number: where its webhooks go, and what keeps it from sending.
    pub webhook: CallbackUrls,
    pub health: Vec<HealthEntity>,
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

/// Beside [`FIELDS`], of one number: costly for Meta to tell.
const MORE: &str = "new_name_status,webhook_configuration,health_status";

impl Client {
    pub async fn phone_numbers(&self, token: &Token, waba_id: &WabaId) -> Result<Vec<PhoneNumber>, Error> {
        let mut url = self.url(&[waba_id.as_str(), "phone_numbers"])?;
        url.query_pairs_mut().append_pair("fields", &self.number_fields()).append_pair("limit", PAGE);
        let listed = self.list(token, url).await?;
        Ok(listed.into_iter().filter_map(PhoneNumber::parse).collect())
    }

    /// One number with all there is to know of it; `None` where Meta does not show it to the token.
    pub async fn phone_number(&self, token: &Token, id: &PhoneNumberId) -> Result<Option<PhoneNumber>, Error> {
        let mut url = self.url(&[id.as_str()])?;
        url.query_pairs_mut().append_pair("fields", &format!("{},{MORE}", self.number_fields()));
        let answer = match self.get(token, url).await {
            Err(error) if error.is_not_visible() => return Ok(None),
            answer => answer?,
        };
        let number = PhoneNumber::parse(answer.read()?);
        Ok(Some(number.ok_or_else(|| answer.unexpected())?))
    }

    fn number_fields(&self) -> String {
        let limit = if self.major() >= 24 { LIMIT } else { OLD_LIMIT };
        format!("{},{limit}", FIELDS.join(","))
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
            new_name_status: fields.get("new_name_status"),
            webhook: fields.get("webhook_configuration").map(Webhooks::into_urls).unwrap_or_default(),
            health: entities(fields.0.get("health_status")),
            raw,
        })
    }

    /// What a check looks at.
    pub fn facts(&self) -> NumberFacts {
        NumberFacts {
            status: self.status.clone(),
            platform_type: self.platform_type.clone(),
            code_verification_status: self.code_verification_status.clone(),
            name_status: self.name_status.clone(),
            new_name_status: self.new_name_status.clone(),
            quality_rating: self.quality_rating.clone(),
            messaging_limit: self.messaging_limit.clone(),
            account_mode: self.account_mode.clone(),
            is_on_biz_app: self.is_on_biz_app,
            test_number: None,
            health: self.health.clone(),
        }
    }
}

/// The entities of a `health_status`, as far as they can be read.
pub(crate) fn entities(health_status: Option<&Value>) -> Vec<HealthEntity> {
    let listed = health_status.and_then(|health| health.get("entities")).and_then(Value::as_array);
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let error = |error: &Value| HealthError {
        code: error.get("error_code").and_then(Value::as_i64).unwrap_or_default(),
        description: text(error, "error_description"),
        solution: text(error, "possible_solution"),
    };
    let entity = |entity: &Value| HealthEntity {
        entity_type: text(entity, "entity_type"),
        can_send_message: text(entity, "can_send_message"),
        errors: entity.get("errors").and_then(Value::as_array).into_iter().flatten().map(error).collect(),
    };
    listed.into_iter().flatten().map(entity).collect()
}

#[derive(Deserialize)]
struct Webhooks {
    phone_number: Option<String>,
    whatsapp_business_account: Option<String>,
    application: Option<String>,
}

impl Webhooks {
    fn into_urls(self) -> CallbackUrls {
        let told = |url: Option<String>| url.filter(|url| !url.is_empty());
        CallbackUrls {
            phone_number: told(self.phone_number),
            account: told(self.whatsapp_business_account),
            application: told(self.application),
        }
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
