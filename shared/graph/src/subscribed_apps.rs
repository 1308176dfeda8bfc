//! Which apps an account's webhooks go to (`WhatsApp Business Management API/Subscribed apps`; contract §1.8).

use model::health::SubscribedApp;
use model::{PhoneNumberId, WabaId};
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, Token};

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    data: Vec<Element>,
}

#[derive(Deserialize)]
struct Element {
    whatsapp_business_api_data: App,
    override_callback_uri: Option<String>,
}

#[derive(Deserialize)]
struct App {
    id: String,
}

impl Client {
    /// The apps that are subscribed.
    pub async fn subscribed_apps(&self, token: &Token, waba_id: &WabaId) -> Result<Vec<SubscribedApp>, Error> {
        let url = self.url(&[waba_id.as_str(), "subscribed_apps"])?;
        let Listed { data } = self.get(token, url).await?.read()?;
        let app = |element: Element| SubscribedApp {
            app_id: element.whatsapp_business_api_data.id,
            override_callback_uri: element.override_callback_uri.filter(|url| !url.is_empty()),
        };
        Ok(data.into_iter().map(app).collect())
    }

    /// Subscribes the token's app. Its messages go to `callback` (URL and verify token) where one is given; without one an
    /// earlier override is removed.
    pub async fn subscribe_account(
        &self,
        token: &Token,
        waba_id: &WabaId,
        callback: Option<(&str, &str)>,
    ) -> Result<(), Error> {
        let url = self.url(&[waba_id.as_str(), "subscribed_apps"])?;
        let body = match callback {
            Some((url, verify_token)) => json!({"override_callback_uri": url, "verify_token": verify_token}),
            None => json!({}),
        };
        self.change(token, url, &body).await
    }

    /// Takes a number's own callback away: its messages go where the account's or the app's lead (contract §1.6).
    pub async fn end_number_override(&self, token: &Token, id: &PhoneNumberId) -> Result<(), Error> {
        let url = self.url(&[id.as_str()])?;
        self.change(token, url, &json!({"webhook_configuration": {"override_callback_uri": ""}})).await
    }

    /// Ends the subscription of the token's app.
    pub async fn unsubscribe_account(&self, token: &Token, waba_id: &WabaId) -> Result<(), Error> {
        let url = self.url(&[waba_id.as_str(), "subscribed_apps"])?;
        self.delete(token, url).await
    }
}
