//! The account a laptop starts with: the ids every document and test knows.

use serde_json::{Value, json};

use super::config::{App, MetaConfig, Number, Subscription, Template, Token, Waba};

pub const PHONE_NUMBER_ID: &str = "100000000000001";
pub const WABA_ID: &str = "200000000000001";
pub const APP_ID: &str = "300000000000001";
pub const APP_SECRET: &str = "local-app-secret";
pub const VERIFY_TOKEN: &str = "local-verify-token";
pub const ACCESS_TOKEN: &str = "local-access-token";
/// A group of which the number is a member.
pub const GROUP_ID: &str = "Y2FwaV9ncm91cDox";

impl MetaConfig {
    /// One app, one WABA with one number and a handful of templates, one token for all of it, one group.
    pub fn local() -> Self {
        let mut waba = Waba::new(WABA_ID, "Demo Shop");
        waba.numbers.push(Number::new(PHONE_NUMBER_ID, "+1 555-0100", "Demo Shop"));
        waba.templates = templates();
        waba.subscribed.push(Subscription { app_id: APP_ID.to_owned(), override_url: None });
        Self {
            apps: vec![App::new(APP_ID, APP_SECRET, VERIFY_TOKEN)],
            tokens: vec![Token::system_user(ACCESS_TOKEN, APP_ID)],
            wabas: vec![waba],
            groups: vec![GROUP_ID.to_owned()],
            ..Self::default()
        }
    }
}

/// One of each kind a sender has to tell apart.
pub(crate) fn templates() -> Vec<Template> {
    let mut templates = service();
    templates.extend(marketing());
    templates
}

fn body(text: &str, example: &[&str]) -> Value {
    json!({"type": "BODY", "text": text, "example": {"body_text": [example]}})
}

fn plain(text: &str) -> Value {
    json!({"type": "BODY", "text": text})
}

fn footer(text: &str) -> Value {
    json!({"type": "FOOTER", "text": text})
}

fn button(button: &Value) -> Value {
    json!({"type": "BUTTONS", "buttons": [button]})
}

/// Utility and authentication, all approved.
fn service() -> Vec<Template> {
    vec![
        Template::new(
            "900000000000001",
            "hello_world",
            "en_US",
            "UTILITY",
            json!([
                {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
                plain("Welcome and congratulations!! This message demonstrates your ability to send a WhatsApp message \
                       notification from the Cloud API, hosted by Meta. Thank you for taking the time to test with us."),
                footer("WhatsApp Business Platform sample message"),
            ]),
        ),
        Template::new(
            "900000000000002",
            "order_shipped",
            "en_US",
            "UTILITY",
            json!([
                body("Hi {{1}}, your order {{2}} is on the way and arrives within two days.", &["Ana", "A-17"]),
                footer("Demo Shop"),
                button(&json!({"type": "QUICK_REPLY", "text": "Where is it?"})),
            ]),
        )
        .with("quality_score", json!({"score": "GREEN", "date": 1_767_225_600})),
        Template::new(
            "900000000000003",
            "order_shipped",
            "de",
            "UTILITY",
            json!([
                body("Hallo {{1}}, deine Bestellung {{2}} ist unterwegs und kommt in zwei Tagen an.", &["Ana", "A-17"]),
                footer("Demo Shop"),
                button(&json!({"type": "QUICK_REPLY", "text": "Wo ist sie?"})),
            ]),
        ),
        Template::new(
            "900000000000004",
            "appointment_reminder",
            "en_US",
            "UTILITY",
            json!([{
                "type": "BODY", "text": "Hi {{who}}, we expect you tomorrow at {{time}} in our shop.",
                "example": {"body_text_named_params": [
                    {"param_name": "who", "example": "Ana"}, {"param_name": "time", "example": "9:30"}]},
            }]),
        )
        .with("parameter_format", json!("NAMED")),
        Template::new(
            "900000000000005",
            "receipt",
            "en_US",
            "UTILITY",
            json!([
                {"type": "HEADER", "format": "IMAGE", "example": {
                    "header_handle": ["https://scontent.whatsapp.net/v/t61.29466-34/sandbox.jpg?ccb=1-7&oe=0"]}},
                body("Thank you, {{1}}. Your receipt is above.", &["Ana"]),
                button(&json!({"type": "URL", "text": "View online", "url": "https://shop.example/r/{{1}}",
                    "example": ["https://shop.example/r/A17"]})),
            ]),
        ),
        Template::new(
            "900000000000006",
            "login_code",
            "en_US",
            "AUTHENTICATION",
            json!([
                {"type": "BODY", "text": "*{{1}}* is your verification code.", "add_security_recommendation": false},
                {"type": "FOOTER", "text": "This code expires in 10 minutes.", "code_expiration_minutes": 10},
                button(&json!({"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy code"})),
            ]),
        ),
    ]
}

/// Marketing, of which one can be sent.
fn marketing() -> Vec<Template> {
    vec![
        Template::new(
            "900000000000007",
            "spring_sale",
            "en_US",
            "MARKETING",
            json!([plain("EVERYTHING MUST GO!!! Click now to win money."),]),
        )
        .with("status", json!("REJECTED"))
        .with("rejected_reason", json!("SCAM")),
        Template::new(
            "900000000000008",
            "back_in_stock",
            "en_US",
            "MARKETING",
            json!([body("Good news, {{1}}: what you were waiting for is back in our shop.", &["Ana"]),]),
        )
        .with("status", json!("PENDING")),
        Template::new(
            "900000000000009",
            "weekly_digest",
            "en_US",
            "MARKETING",
            json!([plain("This week in our shop: three new arrivals and a recipe."),]),
        )
        .with("status", json!("PAUSED"))
        .with("quality_score", json!({"score": "RED", "date": 1_767_225_600})),
        Template::new(
            "900000000000010",
            "monthly_offer",
            "en_US",
            "MARKETING",
            json!([
                body("Hi {{1}}, here is what we picked for you this month.", &["Ana"]),
                footer("Reply STOP to opt out"),
            ]),
        ),
    ]
}
