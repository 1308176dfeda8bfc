//! Graph's error document, and the same error as a webhook carries it (contract §4).

use serde_json::{Map, Value, json};

/// One refusal. The texts are ours: callers are told to branch on codes only, and these texts hold them to it.
#[derive(Clone, Debug)]
pub(crate) struct GraphError {
    pub(crate) code: i64,
    pub(crate) http: u16,
    pub(crate) subcode: Option<i64>,
    title: Box<str>,
    details: Option<Box<str>>,
    transient: bool,
    kind: &'static str,
    user: Option<Box<(String, String)>>,
}

impl GraphError {
    pub(crate) fn new(code: i64) -> Self {
        let (title, http) = known(code);
        Self {
            code,
            http,
            subcode: None,
            title: title.into(),
            details: None,
            transient: false,
            kind: "OAuthException",
            user: None,
        }
    }

    pub(crate) fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into().into());
        self
    }

    pub(crate) fn subcode(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    pub(crate) fn http(mut self, http: u16) -> Self {
        self.http = http;
        self
    }

    pub(crate) fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into().into();
        self
    }

    pub(crate) fn transient(mut self, transient: bool) -> Self {
        self.transient = transient;
        self
    }

    /// What Meta shows to a person; localised at Meta, so nobody may branch on it.
    pub(crate) fn shown(mut self, title: &str, text: impl Into<String>) -> Self {
        self.user = Some(Box::new((title.to_owned(), text.into())));
        self
    }

    /// A required parameter is not there.
    pub(crate) fn missing(path: &str) -> Self {
        Self::new(131_008).details(format!("Parameter {path} is required."))
    }

    /// A parameter is there and of the right type, and its value is not allowed.
    pub(crate) fn value(path: &str, why: &str) -> Self {
        Self::new(131_009).details(format!("Parameter {path} {why}."))
    }

    /// A parameter is of the wrong type, unknown or too long.
    pub(crate) fn param(path: &str, why: &str) -> Self {
        Self::new(100).details(format!("Param {path} {why}."))
    }

    /// The object in the path is not there, or not for this token.
    pub(crate) fn no_object(id: &str, method: &str) -> Self {
        if id.chars().all(|c| c.is_ascii_digit()) {
            let mut error = Self::new(100).subcode(33).title(format!(
                "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation",
                method.to_lowercase()
            ));
            error.kind = "GraphMethodException";
            error
        } else {
            Self::new(803).title(format!("Some of the aliases you requested do not exist: {id}"))
        }
    }

    pub(crate) fn unsupported(method: &str, path: &str) -> Self {
        let mut error = Self::new(100).title(format!("Unsupported {} request: /{path}", method.to_lowercase()));
        error.kind = "GraphMethodException";
        error
    }

    /// The document of a synchronous refusal.
    pub(crate) fn document(&self, trace: &str) -> Value {
        let message = match self.code {
            190 => self.title.to_string(),
            code => format!("(#{code}) {}", self.title),
        };
        let mut error = Map::new();
        error.insert("message".into(), message.into());
        error.insert("type".into(), self.kind.into());
        error.insert("code".into(), self.code.into());
        if let Some(subcode) = self.subcode {
            error.insert("error_subcode".into(), subcode.into());
        }
        if self.transient {
            error.insert("is_transient".into(), true.into());
        }
        if let Some(shown) = &self.user {
            error.insert("error_user_title".into(), shown.0.clone().into());
            error.insert("error_user_msg".into(), shown.1.clone().into());
        }
        if let Some(details) = &self.details {
            error.insert("error_data".into(), json!({"messaging_product": "whatsapp", "details": details}));
        }
        error.insert("fbtrace_id".into(), trace.into());
        json!({ "error": error })
    }

    /// The element of `errors[]` in a webhook.
    pub(crate) fn element(&self) -> Value {
        json!({
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details.as_deref().unwrap_or(&self.title)},
            "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes",
        })
    }
}

/// Title and HTTP status of a code, as Meta's page of November 2025 gives them.
fn known(code: i64) -> (&'static str, u16) {
    match code {
        0 => ("AuthException", 401),
        1 => ("API unknown", 400),
        2 => ("API service", 503),
        3 => ("API method", 500),
        4 => ("Application request limit reached", 400),
        10 => ("Application does not have permission for this action", 403),
        15 => ("This method must be called with an app access_token", 400),
        100 => ("Invalid parameter", 400),
        190 => ("Error validating access token", 401),
        200..=299 => ("Permission missing", 403),
        368 => ("Temporarily blocked for policies violations", 403),
        803 => ("Some of the aliases you requested do not exist", 404),
        2200 => ("Callback verification failed", 400),
        80_007 => ("Rate limit issues", 400),
        130_429 => ("Rate limit hit", 400),
        130_472 => ("User's number is part of an experiment", 400),
        130_497 => ("Business account is restricted from messaging users in this country", 403),
        131_000 => ("Something went wrong", 500),
        131_005 => ("Access denied", 403),
        131_008 => ("Required parameter is missing", 400),
        131_009 => ("Parameter value is not valid", 400),
        131_016 => ("Service unavailable", 500),
        131_021 => ("Recipient cannot be sender", 400),
        131_026 => ("Message undeliverable", 400),
        131_030 => ("Recipient phone number not in allowed list", 400),
        131_031 => ("Account has been locked", 403),
        131_037 => ("Display name approval needed", 400),
        131_041 => ("Group does not exist", 400),
        131_042 => ("Business eligibility payment issue", 400),
        131_045 => ("Incorrect certificate", 500),
        131_047 => ("Re-engagement message", 400),
        131_048 => ("Spam rate limit hit", 400),
        131_049 => ("Meta chose not to deliver", 400),
        131_050 => ("User opted out of marketing messages", 400),
        131_051 => ("Unsupported message type", 400),
        131_052 => ("Media download error", 400),
        131_053 => ("Media upload error", 400),
        131_056 => ("(Business account, consumer account) pair rate limit hit", 400),
        131_057 => ("Account in maintenance mode", 500),
        131_059 => ("Invalid paging cursor", 400),
        131_062 => ("Message kind cannot be sent to a business-scoped user id", 400),
        132_000 => ("Number of parameters does not match the expected number of params", 400),
        132_001 => ("Template name does not exist in the translation", 404),
        132_005 => ("Translated text too long", 400),
        132_007 => ("Template format character policy violated", 400),
        132_012 => ("Parameter format does not match format in the created template", 400),
        132_015 => ("Template is paused", 400),
        132_016 => ("Template is disabled", 400),
        132_018 => ("Template parameter validation failed", 400),
        133_004 => ("Server temporarily unavailable", 503),
        133_005 => ("Two step verification PIN mismatch", 400),
        133_006 => ("Phone number re-verification needed", 400),
        133_010 => ("Phone number not registered", 400),
        133_016 => ("Account register or deregister rate limit exceeded", 400),
        136_024 => ("Phone number is verified already", 400),
        136_025 => ("Verification code is wrong", 400),
        _ => ("Unknown error", 400),
    }
}
