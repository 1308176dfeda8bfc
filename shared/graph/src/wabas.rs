//! The WABA node (`WhatsApp Business Management API/WhatsApp Business Account`).

use model::{PortfolioId, WabaId};
use serde::Deserialize;
use serde_json::Value;

use crate::{Client, Error, Token};

#[derive(Deserialize)]
struct Node {
    owner_business_info: Option<Value>,
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
}
