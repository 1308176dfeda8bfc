//! Changes what the team says of a channel, where nobody else has changed it meanwhile (H-02).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::PhoneNumberId;
use model::send::OnUnsupported;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use store::{Updated, WordList};
use utoipa::ToSchema;

use super::fields::{fallback, name, name_taken};
use super::limits::{self, Given};
use super::{Channel, unknown, words};
use crate::App;
use crate::extract::{Payload, Segments, shaped};
use crate::problem::{Code, Problem};

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelChange {
    /// The version that the change is made to; another one is a conflict.
    version: u64,
    #[schema(min_length = 1, max_length = 64)]
    name: Option<String>,
    /// `null` goes back to the default.
    #[serde(default, deserialize_with = "cleared")]
    #[schema(value_type = Option<String>, max_length = 1_024)]
    fallback_text: Option<String>,
    /// Whole messages that stop marketing, up to 100; case, accents that stand alone, and signs around them do not count.
    /// An empty list takes none for one; `null` goes back to the default.
    #[serde(default, deserialize_with = "words::given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    opt_out_words: Option<WordList>,
    /// Whole messages that ask for marketing again.
    #[serde(default, deserialize_with = "words::given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    opt_in_words: Option<WordList>,
    /// Messages a second, in and out together: 1 to 1,000. `null` goes back to what Meta tells; so with the next ones.
    #[serde(default, deserialize_with = "limits::given")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000)]
    messages_per_second: Option<Value>,
    /// People written to outside a service window within 24 hours: 1 to 1,000,000.
    #[serde(default, deserialize_with = "limits::given")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    recipients_per_day: Option<Value>,
    /// Who shares that limit: `portfolio`, as Meta has it, or `number`.
    #[serde(default, deserialize_with = "limits::given")]
    #[schema(value_type = Option<String>)]
    limit_scope: Option<Value>,
    /// Whether it is a test number of Meta's, which may write to five people only; `null` goes by `account_mode`. Setting
    /// it, also to what it is, forgets who these are: for when the list at Meta was changed.
    #[serde(default, deserialize_with = "limits::given")]
    #[schema(value_type = Option<bool>)]
    test_number: Option<Value>,
    /// `link` or `fail`, for sends that do not say; `link` from the start.
    #[schema(value_type = Option<String>)]
    unsupported_media: Option<OnUnsupported>,
}

/// Renames a channel or gives it another fallback text, other opt-out and opt-in words, limits of its own or another way with
/// files that Meta does not take, where nobody else has changed it meanwhile. Words and limits count within a minute.
#[utoipa::path(patch, path = "/v1/channels/{phone_number_id}", operation_id = "change_channel", tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number")),
    request_body = ChannelChange,
    responses((status = 200, description = "The channel as it is now", body = Channel), Problem))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    Payload(body): Payload,
) -> Result<Json<Channel>, Problem> {
    let id = PhoneNumberId::new(id);
    let change: ChannelChange = shaped(&body)?;
    let version = change.version;
    let given = Given {
        messages_per_second: change.messages_per_second,
        recipients_per_day: change.recipients_per_day,
        limit_scope: change.limit_scope,
        test_number: change.test_number,
    };
    let change = store::ChannelChange {
        name: change.name.map(|text| name(&text)).transpose()?,
        fallback_text: change.fallback_text.map(fallback).transpose()?,
        opt_out_words: words::checked("opt_out_words", change.opt_out_words)?,
        opt_in_words: words::checked("opt_in_words", change.opt_in_words)?,
        overrides: given.checked()?,
        unsupported_media: change.unsupported_media,
    };
    words::have_one_meaning(&app, &id, &change).await?;
    let is_anew = change.overrides.test_number.is_some();
    match app.store.update_channel(&id, version, change, app.now()).await? {
        Updated::Done(channel) => {
            if is_anew {
                app.store.forget_test_recipients(&id).await?;
            }
            Ok(Json(Channel::from(channel)))
        }
        Updated::Conflict(channel) => {
            let detail = format!("The channel has version {} by now; read it again.", channel.version);
            Err(Problem::new(Code::Conflict, detail).at_version(channel.version))
        }
        Updated::NameTaken => Err(name_taken()),
        Updated::Missing => Err(unknown()),
    }
}

/// `null` is the empty text; absent is no change.
fn cleared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer).map(|text: Option<String>| Some(text.unwrap_or_default()))
}
