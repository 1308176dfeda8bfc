//! What Meta tells of a number, kept on its channel.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use model::health::NumberChange;
use model::{PhoneNumberId, PortfolioId};

use crate::Store;
use crate::error::Error;
use crate::item;
use crate::keys::Key;

pub(super) const ON_BIZ_APP: &str = "is_on_biz_app";
const STATUS: &str = "number_status";
pub(super) const PORTFOLIO: &str = "portfolio_id";

/// What Meta says of a number, as the sync reads it (L-08, D-01).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberHealth {
    /// `+1 555-0100`
    pub display_phone_number: Option<String>,
    /// The display name.
    pub verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`
    pub quality_rating: Option<String>,
    /// `CONNECTED`, …
    pub status: Option<String>,
    /// `STANDARD`, `HIGH`
    pub throughput: Option<String>,
    /// `APPROVED`, …
    pub name_status: Option<String>,
    /// `TIER_250`, …
    pub messaging_limit: Option<String>,
    /// `LIVE`, `SANDBOX`
    pub account_mode: Option<String>,
    /// `VERIFIED`, …
    pub code_verification_status: Option<String>,
    /// `CLOUD_API`, …
    pub platform_type: Option<String>,
    /// Used in the WhatsApp Business app too.
    pub is_on_biz_app: Option<bool>,
    /// The business portfolio that owns the account.
    pub portfolio_id: Option<PortfolioId>,
}

impl NumberHealth {
    fn attributes(&self) -> impl Iterator<Item = (&'static str, AttributeValue)> {
        let texts = [
            ("display_phone_number", self.display_phone_number.as_ref()),
            ("verified_name", self.verified_name.as_ref()),
            ("quality_rating", self.quality_rating.as_ref()),
            (STATUS, self.status.as_ref()),
            ("throughput", self.throughput.as_ref()),
            ("name_status", self.name_status.as_ref()),
            ("messaging_limit", self.messaging_limit.as_ref()),
            ("account_mode", self.account_mode.as_ref()),
            ("code_verification_status", self.code_verification_status.as_ref()),
            ("platform_type", self.platform_type.as_ref()),
        ];
        let texts = texts.into_iter().map(|(name, value)| (name, value.map(item::text)));
        let portfolio = self.portfolio_id.as_ref().map(|id| item::text(id.as_str()));
        let others = [(ON_BIZ_APP, self.is_on_biz_app.map(AttributeValue::Bool)), (PORTFOLIO, portfolio)];
        texts.chain(others).filter_map(|(name, value)| Some((name, value?)))
    }
}

/// What differs from what is stored of a number.
pub struct NumberNews {
    attributes: Vec<(&'static str, AttributeValue)>,
    /// What was something else before, by Meta's names. What was not known before is no change.
    pub changes: Vec<NumberChange>,
    /// Since when what is stored has been so.
    pub since: Option<Timestamp>,
}

impl Store {
    /// What Meta says of a number, where it differs; `None` where nothing does, or where there is no such channel.
    pub async fn number_news(&self, id: &PhoneNumberId, health: &NumberHealth) -> Result<Option<NumberNews>, Error> {
        let Some(old) = self.get(&Key::channel(id)).await? else { return Ok(None) };
        let news: Vec<_> = health.attributes().filter(|(name, value)| old.0.get(*name) != Some(value)).collect();
        if news.is_empty() {
            return Ok(None);
        }
        let change = |(name, value): &(&'static str, AttributeValue)| {
            let (from, to) = (old.string(name)?, value.as_s().ok()?.clone());
            // Ours is another name, since a channel has a status of its own.
            let field = if *name == STATUS { "status" } else { name };
            Some(NumberChange { field, from, to })
        };
        let changes = news.iter().filter_map(change).collect();
        Ok(Some(NumberNews { attributes: news, changes, since: old.instant("health_at") }))
    }

    /// Records it; false where the channel is gone.
    pub async fn record_number_news(
        &self,
        id: &PhoneNumberId,
        news: NumberNews,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let news = news.attributes;
        let sets: Vec<String> = news.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let mut request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::channel(id))))
            .update_expression(format!("SET {}, health_at = :now", sets.join(", ")))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":now", item::time(now));
        for (name, value) in news {
            // Named by placeholder: `throughput` is one of DynamoDB's reserved words.
            request = request
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Both, for whoever tells nobody.
    pub async fn record_number_health(
        &self,
        id: &PhoneNumberId,
        health: &NumberHealth,
        now: Timestamp,
    ) -> Result<bool, Error> {
        match self.number_news(id, health).await? {
            Some(news) => self.record_number_news(id, news, now).await,
            None => Ok(false),
        }
    }
}
