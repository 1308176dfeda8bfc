//! What a fake Meta starts with.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::settings::Settings;
use crate::clock::Clock;

/// Everything a fake Meta is told before it starts.
#[derive(Clone, Default)]
pub struct MetaConfig {
    /// 0 takes any free port.
    pub port: u16,
    pub apps: Vec<App>,
    pub tokens: Vec<Token>,
    pub wabas: Vec<Waba>,
    /// Groups that exist; sends to any other are refused.
    pub groups: Vec<String>,
    /// Where the apps' webhooks go, unless an app, WABA or number says otherwise. Loopback only.
    pub callback_url: Option<String>,
    pub clock: Clock,
    pub settings: Settings,
}

/// A Meta app: the owner of the signing secret and of the callback.
#[derive(Clone)]
pub struct App {
    pub id: String,
    pub secret: String,
    pub verify_token: String,
    pub callback_url: Option<String>,
    /// Subscribed webhook fields; empty means all.
    pub fields: Vec<String>,
    /// Meta ends a subscription whose callback fails for long.
    pub active: bool,
}

impl App {
    pub fn new(id: &str, secret: &str, verify_token: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            verify_token: verify_token.to_owned(),
            callback_url: None,
            fields: Vec::new(),
            active: true,
        }
    }
}

pub const MESSAGING: &str = "whatsapp_business_messaging";
pub const MANAGEMENT: &str = "whatsapp_business_management";

/// An access token. App tokens (`APP_ID|APP_SECRET`) need no entry.
#[derive(Clone)]
pub struct Token {
    pub value: String,
    pub app_id: String,
    /// `SYSTEM_USER` or `USER`, as `debug_token` prints it.
    pub kind: String,
    pub scopes: Vec<String>,
    /// Per scope the WABAs it reaches; a scope that is not here reaches all.
    pub granular: BTreeMap<String, Vec<String>>,
    pub issued_at: Timestamp,
    /// `None` never expires.
    pub expires_at: Option<Timestamp>,
    /// `None` never.
    pub data_access_expires_at: Option<Timestamp>,
    /// Refused with 190 and this subcode (460 password changed, 467 invalidated, …).
    pub invalid: Option<i64>,
}

impl Token {
    /// A system user's token with both WhatsApp permissions that never expires.
    pub fn system_user(value: &str, app_id: &str) -> Self {
        Self {
            value: value.to_owned(),
            app_id: app_id.to_owned(),
            kind: "SYSTEM_USER".to_owned(),
            scopes: vec![MESSAGING.to_owned(), MANAGEMENT.to_owned()],
            granular: BTreeMap::new(),
            issued_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            data_access_expires_at: None,
            invalid: None,
        }
    }
}

/// A WhatsApp Business Account.
#[derive(Clone)]
pub struct Waba {
    pub id: String,
    /// The Graph node: every field a caller may ask for.
    pub node: Map<String, Value>,
    pub numbers: Vec<Number>,
    pub templates: Vec<Template>,
    pub subscribed: Vec<Subscription>,
}

impl Waba {
    pub fn new(id: &str, name: &str) -> Self {
        let node = object(json!({
            "id": id,
            "name": name,
            "status": "ACTIVE",
            "currency": "USD",
            "timezone_id": "1",
            "country": "US",
            "message_template_namespace": "0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9",
            "account_review_status": "APPROVED",
            "business_verification_status": "verified",
            "ownership_type": "SELF",
            "primary_business_location": "US",
            "owner_business_info": {"id": "400000000000001", "name": name},
            "health_status": {"can_send_message": "AVAILABLE", "entities": [
                {"entity_type": "WABA", "id": id, "can_send_message": "AVAILABLE"}]},
            "is_enabled_for_insights": false,
            "marketing_messages_onboarding_status": "ELIGIBLE",
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
        }));
        Self { id: id.to_owned(), node, numbers: Vec::new(), templates: Vec::new(), subscribed: Vec::new() }
    }
}

/// An app's subscription to a WABA. Without one, none of its webhooks are sent.
#[derive(Clone)]
pub struct Subscription {
    pub app_id: String,
    pub override_url: Option<String>,
}

/// A business phone number.
#[derive(Clone)]
pub struct Number {
    pub id: String,
    /// The Graph node: every field a caller may ask for.
    pub node: Map<String, Value>,
    pub profile: Map<String, Value>,
    /// What its profile was asked to be changed to, call by call, where that was taken.
    pub profile_updates: Vec<Map<String, Value>>,
    /// A test number may only write to these, spelled as they were entered; `None` is a real number.
    pub allow_list: Option<Vec<String>>,
    pub registered: bool,
    pub pin: Option<String>,
    /// The code the next SMS or voice call brings.
    pub code: String,
    pub override_url: Option<String>,
}

impl Number {
    /// A verified, registered, connected number. `display` is formatted, as Meta shows it: `+1 555-0100`.
    pub fn new(id: &str, display: &str, verified_name: &str) -> Self {
        let node = object(json!({
            "id": id,
            "display_phone_number": display,
            "verified_name": verified_name,
            "code_verification_status": "VERIFIED",
            "quality_rating": "GREEN",
            "quality_score": {"score": "GREEN"},
            "status": "CONNECTED",
            "name_status": "APPROVED",
            "new_name_status": "NONE",
            "platform_type": "CLOUD_API",
            "throughput": {"level": "STANDARD"},
            "messaging_limit_tier": "TIER_2K",
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
            "account_mode": "LIVE",
            "is_official_business_account": false,
            "is_pin_enabled": false,
            "is_on_biz_app": false,
            "is_preverified_number": false,
            "last_onboarded_time": "2026-01-15T09:00:00+0000",
            "certificate": "",
            "search_visibility": "VISIBLE",
            "eligibility_for_api_business_global_search": "NON_ELIGIBLE_UNDEFINED_COUNTRY",
            "conversational_automation": {"id": id, "enable_welcome_message": false},
            "health_status": {"can_send_message": "AVAILABLE", "entities": [
                {"entity_type": "PHONE_NUMBER", "id": id, "can_send_message": "AVAILABLE"}]},
            "country_code": "US",
            "country_dial_code": "1",
        }));
        Self {
            id: id.to_owned(),
            node,
            profile: object(json!({"messaging_product": "whatsapp", "about": "Hey there! I am using WhatsApp.",
                "vertical": "RETAIL"})),
            profile_updates: Vec::new(),
            allow_list: None,
            registered: true,
            pin: None,
            code: "123456".to_owned(),
            override_url: None,
        }
    }

    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.node.insert(field.to_owned(), value);
        self
    }

    pub fn display(&self) -> &str {
        self.node.get("display_phone_number").and_then(Value::as_str).unwrap_or_default()
    }

    /// The digits of the displayed number, as webhooks carry it.
    pub fn digits(&self) -> String {
        self.display().chars().filter(char::is_ascii_digit).collect()
    }
}

/// A message template.
#[derive(Clone)]
pub struct Template {
    pub id: String,
    /// The Graph node: every field a caller may ask for.
    pub node: Map<String, Value>,
    /// Meta is pacing it: sends are accepted and held.
    pub paced: bool,
    /// When it was edited, while approved: Meta allows one a day.
    pub edits: Vec<Timestamp>,
}

impl Template {
    pub fn new(id: &str, name: &str, language: &str, category: &str, components: Value) -> Self {
        let mut node = object(json!({
            "id": id, "name": name, "language": language, "category": category, "status": "APPROVED",
            "parameter_format": "POSITIONAL", "rejected_reason": "NONE",
            "quality_score": {"score": "UNKNOWN", "date": 1_767_225_600},
            "last_updated_time": 1_767_225_600, "source": "manual",
        }));
        node.insert("components".to_owned(), components);
        Self { id: id.to_owned(), node, paced: false, edits: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.node.insert(field.to_owned(), value);
        self
    }

    pub fn text(&self, field: &str) -> &str {
        self.node.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn components(&self) -> &[Value] {
        self.node.get("components").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
