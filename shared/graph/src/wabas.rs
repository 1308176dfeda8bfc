//! The WABA node (`WhatsApp Business Management API/WhatsApp Business Account`).

use model::health::AccountFacts;
use model::{PortfolioId, WabaId};
use serde::Deserialize;
use serde_json::Value;

use crate::phone_numbers::entities;
use crate::{Client, Error, Token};

#[derive(Deserialize)]
struct Node {
    owner_business_info: Option<Value>,
}

#[derive(Deserialize)]
struct Standing {
    name: Option<String>,
    account_review_status: Option<String>,
    business_verification_status: Option<String>,
    health_status: Option<Value>,
}

impl Client {
    /// The business portfolio that owns the account; `None` where Meta does not tell this token.
    pub async fn portfolio(&self, token: &Token, waba_id: &WabaId) -> Result<Option<PortfolioId>, Error> {
        let mut url = self.url(&[waba_id.as_str()])?;
        url.query_pairs_mut().append_pair("fields", "owner_business_info");
        let answer = self.get(token, url).await?;
        let node: Node = answer.read()?;
        let id = node.owner_business_info.as_ref().and_then(|owner| owner.get("id"));
        Ok(id.and_then(|id| PortfolioId::deserialize(id).ok()).filter(|id| !id.as_str().is_empty()))
    }

    /// The account's name, reviews and health; `None` where Meta does not show it to the token.
    pub async fn account(&self, token: &Token, waba_id: &WabaId) -> Result<Option<AccountFacts>, Error> {
        let mut url = self.url(&[waba_id.as_str()])?;
        let fields = "name,account_review_status,business_verification_status,health_status";
        url.query_pairs_mut().append_pair("fields", fields);
        let answer = match self.get(token, url).await {
            Err(error) if error.is_not_visible() => return Ok(None),
            answer => answer?,
        };
        let standing: Standing = answer.read()?;
        Ok(Some(AccountFacts {
            name: standing.name,
            account_review_status: standing.account_review_status,
            business_verification_status: standing.business_verification_status,
            health: entities(standing.health_status.as_ref()),
        }))
    }
}
