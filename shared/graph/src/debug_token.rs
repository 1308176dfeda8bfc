//! What a token is worth (`Graph API/Debug-Token`; contract §1.8).

use std::collections::BTreeMap;

use model::Timestamp;
use model::health::{Refusal, TokenFacts};
use serde::Deserialize;
use serde_json::Value;

use crate::{Client, Error, Token, codes};

#[derive(Deserialize)]
struct Document {
    data: Debugged,
}

#[derive(Deserialize)]
struct Debugged {
    app_id: Option<Value>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    is_valid: bool,
    expires_at: Option<i64>,
    data_access_expires_at: Option<i64>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    granular_scopes: Vec<Granular>,
    error: Option<Reason>,
}

#[derive(Deserialize)]
struct Granular {
    scope: String,
    target_ids: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    code: i64,
    subcode: Option<i64>,
}

impl Client {
    /// What Meta says of `input`. `by` is the token of the same app, or any token of it that is valid, `input` itself too.
    ///
    /// A token that is not valid is no error where `by` is another one; looking at itself it is refused with 190.
    pub async fn debug_token(&self, by: &Token, input: &Token) -> Result<TokenFacts, Error> {
        let mut url = self.url(&["debug_token"])?;
        // Meta takes it nowhere else. URLs are never printed.
        url.query_pairs_mut().append_pair("input_token", input.reveal());
        let answer = self.get(by, url).await?;
        let Document { data } = answer.read()?;
        Ok(data.into())
    }

    /// As [`Client::debug_token`] by the token itself; a refusal is what is wrong with it.
    pub async fn look_at(&self, token: &Token) -> Result<TokenFacts, Error> {
        match self.debug_token(token, token).await {
            Err(error) => refused_token(&error).ok_or(error),
            outcome => outcome,
        }
    }
}

/// What an error says of the token it was asked with: Meta's reason and its remedy. `None` where it is about something else.
pub fn refused_token(error: &Error) -> Option<TokenFacts> {
    let code = error.code().filter(|code| matches!(code, 190 | 102))?;
    let refused = Some(Refusal {
        code,
        subcode: error.meta().and_then(|meta| meta.subcode),
        title: error.title().to_owned(),
        remedy: error.remedy().to_owned(),
    });
    Some(TokenFacts { refused, ..TokenFacts::default() })
}

impl From<Debugged> for TokenFacts {
    fn from(data: Debugged) -> Self {
        // Zero is Meta's never.
        let ends = |at: Option<i64>| at.filter(|at| *at > 0).and_then(|at| Timestamp::from_second(at).ok());
        let granular: BTreeMap<_, _> = data
            .granular_scopes
            .into_iter()
            .filter_map(|granted| Some((granted.scope, granted.target_ids?.iter().filter_map(id).collect())))
            .collect();
        Self {
            app_id: data.app_id.as_ref().and_then(id),
            kind: data.kind,
            is_valid: data.is_valid,
            expires_at: ends(data.expires_at),
            data_access_expires_at: ends(data.data_access_expires_at),
            scopes: data.scopes,
            granular,
            refused: data.error.map(|Reason { code, subcode }| Refusal {
                code,
                subcode,
                title: codes::title(code, subcode).to_owned(),
                remedy: codes::remedy(code, subcode).to_owned(),
            }),
        }
    }
}

/// Meta spells ids as strings, and some as numbers.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}
