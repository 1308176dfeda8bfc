//! A channel as the API shows it.

use model::Timestamp;
use model::channel::LimitScope;
use model::send::OnUnsupported;
use serde::Serialize;
use utoipa::ToSchema;

use super::create::Waiting;
use super::limits::Limits;
use super::sending::Sending;

/// A business phone number. What Meta tells of it is there once a sync has read it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Channel {
    phone_number_id: String,
    waba_id: String,
    /// The team's own word for it, unique in this stack whatever its case. Meta never sees it.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_phone_number: Option<String>,
    /// The display name that people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    quality_rating: Option<String>,
    /// `CONNECTED`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// `STANDARD` or `HIGH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    throughput: Option<String>,
    /// Whether Meta approved the display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_status: Option<String>,
    /// `TIER_250`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    messaging_limit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_verification_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_type: Option<String>,
    /// Used in the WhatsApp Business app too: 20 messages a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_on_biz_app: Option<bool>,
    /// The business portfolio that owns the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    portfolio_id: Option<String>,
    /// Messages a second, where the team has set its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages_per_second: Option<u32>,
    /// People written to outside a service window within 24 hours, where the team has set its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients_per_day: Option<u32>,
    /// Who shares that limit, where the team has set it: `portfolio` or `number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_scope: Option<&'static str>,
    /// Whether it is a test number, where the team has set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    test_number: Option<bool>,
    /// What holds of all this.
    limits: Limits,
    /// Shown for what is not supported; absent where the default is.
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback_text: Option<String>,
    /// Messages that stop marketing, where the channel has its own; absent where the default is.
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_out_words: Option<Vec<String>>,
    /// Messages that ask for marketing again.
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_in_words: Option<Vec<String>>,
    /// What becomes of a file that Meta does not take: `link` (the person gets a link to it) or `fail`.
    #[schema(value_type = String)]
    unsupported_media: OnUnsupported,
    /// Goes with every change.
    version: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// When Meta last told something new of the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    health_at: Option<Timestamp>,
    /// Whether the number sends; only where one channel is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sending: Option<Sending>,
    /// What had come for the number before, and waits in quarantine; only in the answer to adding it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quarantine: Option<Waiting>,
}

impl From<model::Channel> for Channel {
    fn from(channel: model::Channel) -> Self {
        let limits = Limits::of(&channel);
        Self {
            phone_number_id: channel.phone_number_id.into_string(),
            waba_id: channel.waba_id.into_string(),
            name: channel.name,
            display_phone_number: channel.display_phone_number,
            verified_name: channel.verified_name,
            quality_rating: channel.quality_rating,
            status: channel.status,
            throughput: channel.throughput,
            name_status: channel.name_status,
            messaging_limit: channel.messaging_limit,
            account_mode: channel.account_mode,
            code_verification_status: channel.code_verification_status,
            platform_type: channel.platform_type,
            is_on_biz_app: channel.is_on_biz_app,
            portfolio_id: channel.portfolio_id.map(model::PortfolioId::into_string),
            messages_per_second: channel.overrides.messages_per_second,
            recipients_per_day: channel.overrides.recipients_per_day,
            limit_scope: channel.overrides.limit_scope.map(LimitScope::as_str),
            test_number: channel.overrides.test_number,
            limits,
            fallback_text: channel.fallback_text,
            opt_out_words: channel.opt_out_words,
            opt_in_words: channel.opt_in_words,
            unsupported_media: channel.unsupported_media.unwrap_or_default(),
            version: channel.version,
            created_at: channel.created_at,
            updated_at: channel.updated_at,
            health_at: channel.health_at,
            sending: None,
            quarantine: None,
        }
    }
}
