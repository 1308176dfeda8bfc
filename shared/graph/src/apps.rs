//! The app: its node and its subscriptions, with the app's own token (`Graph API/Application/subscriptions`).

use model::health::SubscriptionFacts;
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, Token};

#[derive(Deserialize)]
struct Node {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    data: Vec<Subscription>,
}

#[derive(Deserialize)]
struct Subscription {
    object: String,
    #[serde(default)]
    callback_url: String,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Field {
    Versioned { name: String },
    Plain(String),
}

impl Client {
    /// The app's name. Meta refuses a secret that is not the app's.
    pub async fn app_name(&self, app: &Token, app_id: &str) -> Result<Option<String>, Error> {
        let mut url = self.url(&[app_id])?;
        url.query_pairs_mut().append_pair("fields", "name");
        let Node { name } = self.get(app, url).await?.read()?;
        Ok(name)
    }

    /// What the app is subscribed to; one callback per object.
    pub async fn subscriptions(&self, app: &Token, app_id: &str) -> Result<Vec<SubscriptionFacts>, Error> {
        let url = self.url(&[app_id, "subscriptions"])?;
        let Listed { data } = self.get(app, url).await?.read()?;
        let facts = |subscription: Subscription| SubscriptionFacts {
            object: subscription.object,
            callback_url: subscription.callback_url,
            active: subscription.active,
            fields: subscription
                .fields
                .into_iter()
                .map(|field| match field {
                    Field::Versioned { name } | Field::Plain(name) => name,
                })
                .collect(),
        };
        Ok(data.into_iter().map(facts).collect())
    }

    /// Sets WhatsApp's callback and fields, in place of what there was. Meta asks the callback for a challenge first, and
    /// refuses with 2200 where it does not answer as it has to.
    pub async fn subscribe(
        &self,
        app: &Token,
        app_id: &str,
        callback_url: &str,
        verify_token: &str,
        fields: &[String],
    ) -> Result<(), Error> {
        let url = self.url(&[app_id, "subscriptions"])?;
        let body = json!({
            "object": "whatsapp_business_account",
            "callback_url": callback_url,
            "verify_token": verify_token,
            "fields": fields.join(","),
            "include_values": true,
        });
        self.change(app, url, &body).await
    }

    /// Ends WhatsApp's subscription: Meta calls nobody for this app.
    pub async fn unsubscribe(&self, app: &Token, app_id: &str) -> Result<(), Error> {
        let mut url = self.url(&[app_id, "subscriptions"])?;
        url.query_pairs_mut().append_pair("object", "whatsapp_business_account");
        self.delete(app, url).await
    }
}
