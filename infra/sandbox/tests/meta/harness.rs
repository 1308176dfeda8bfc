//! A fake Meta, a client of it, and a callback that answers what it is told to.

use reqwest::Method;
use sandbox::meta::{AutoStatus, Meta, MetaConfig, local};
use serde_json::{Value, json};

use crate::callback::Callback;

pub(crate) const NUMBER: &str = local::PHONE_NUMBER_ID;
pub(crate) const WABA: &str = local::WABA_ID;
pub(crate) const PERSON: &str = "15550123456";

pub(crate) struct World {
    pub(crate) meta: Meta,
    pub(crate) callback: Callback,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
    pub(crate) text: String,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Answer {
    pub(crate) fn code(&self) -> Option<i64> {
        self.json.pointer("/error/code").and_then(Value::as_i64)
    }

    pub(crate) fn subcode(&self) -> Option<i64> {
        self.json.pointer("/error/error_subcode").and_then(Value::as_i64)
    }

    pub(crate) fn details(&self) -> &str {
        self.json.pointer("/error/error_data/details").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn wamid(&self) -> String {
        self.json["messages"][0]["id"].as_str().unwrap().to_owned()
    }
}

impl World {
    /// The local account without statuses, so that what a test sees is what it asked for.
    pub(crate) async fn quiet() -> Self {
        Self::with(|config| config.settings.auto_status = AutoStatus::none()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut MetaConfig)) -> Self {
        let callback = Callback::start().await;
        let mut config = MetaConfig::local();
        config.callback_url = Some(callback.url.clone());
        change(&mut config);
        let meta = Meta::start(config).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { meta, callback, http, token: local::ACCESS_TOKEN.to_owned() }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.try_call(method, path, body).await.unwrap()
    }

    pub(crate) async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, reqwest::Error> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}/v24.0/{path}", self.meta.url()) };
        let mut request = self.http.request(method, url);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        Ok(Answer { status, json: serde_json::from_str(&text).unwrap_or_default(), text, headers })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(&body)).await
    }

    pub(crate) async fn send(&self, body: Value) -> Answer {
        self.post(&format!("{NUMBER}/messages"), body).await
    }

    /// A text to the person of the tests, whose window is open.
    pub(crate) async fn send_text(&self) -> Answer {
        self.meta.open_window(NUMBER, PERSON);
        self.send(text_to(&format!("+{PERSON}"))).await
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Answer {
        let url = format!("{}/_sandbox/{path}", self.meta.url());
        self.call(method, &url, Some(&body)).await
    }
}

pub(crate) fn text_to(to: &str) -> Value {
    json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "text",
        "text": {"body": "Hi"}, "biz_opaque_callback_data": "snd_1"})
}

pub(crate) fn template_to(to: &str, name: &str, components: Value) -> Value {
    json!({"messaging_product": "whatsapp", "to": to, "type": "template",
        "template": {"name": name, "language": {"code": "en_US"}, "components": components}})
}

/// Asks again until it is so; fails after ten seconds.
pub(crate) async fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..2_000 {
        if let Some(found) = ask() {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("it did not come about within ten seconds");
}
