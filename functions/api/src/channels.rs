//! Channels: the numbers of this stack, by names that only the team sees (H-01, H-02).

mod erase;
mod limits;
mod sending;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::channel::LimitScope;
use model::consent::words;
use model::send::OnUnsupported;
use model::{PhoneNumberId, Timestamp, WabaId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use store::{Created, Removed, Updated, WordList};
use utoipa::ToSchema;

use crate::App;
use crate::extract::{Params, Payload, Segments, shaped};
use crate::paging::{List, Part, cut};
use crate::problem::{Code, Problem};
use crate::replay::{AHEAD, LOOK_BACK};
pub(crate) use erase::{__path_erase, erase};
use limits::{Given, Limits};
use sending::Sending;

const NAME_MAX: usize = 64;
const FALLBACK_MAX: usize = 1_024;
const ID_MAX: usize = 32;

/// A business phone number. What Meta tells of it is there once a sync has read it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Channel {
    phone_number_id: String,
    waba_id: String,
    /// The team's own word for it, unique in this stack whatever its case. Meta never sees it.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_phone_number: Option<String>,
    /// The display name that people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    quality_rating: Option<String>,
    /// `CONNECTED`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// `STANDARD` or `HIGH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    throughput: Option<String>,
    /// Whether Meta approved the display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_status: Option<String>,
    /// `TIER_250`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    messaging_limit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_verification_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_type: Option<String>,
    /// Used in the WhatsApp Business app too: 20 messages a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_on_biz_app: Option<bool>,
    /// The business portfolio that owns the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    portfolio_id: Option<String>,
    /// Messages a second, where the team has set its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages_per_second: Option<u32>,
    /// People written to outside a service window within 24 hours, where the team has set its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients_per_day: Option<u32>,
    /// Who shares that limit, where the team has set it: `portfolio` or `number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_scope: Option<&'static str>,
    /// Whether it is a test number, where the team has set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    test_number: Option<bool>,
    /// What holds of all this.
    limits: Limits,
    /// Shown for what is not supported; absent where the default is.
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback_text: Option<String>,
    /// Messages that stop marketing, where the channel has its own; absent where the default is.
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_out_words: Option<Vec<String>>,
    /// Messages that ask for marketing again.
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_in_words: Option<Vec<String>>,
    /// What becomes of a file that Meta does not take: `link` (the person gets a link to it) or `fail`.
    #[schema(value_type = String)]
    unsupported_media: OnUnsupported,
    /// Goes with every change.
    version: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// When Meta last told something new of the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    health_at: Option<Timestamp>,
    /// Whether the number sends; only where one channel is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    sending: Option<Sending>,
    /// What had come for the number before, and waits in quarantine; only in the answer to adding it.
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantine: Option<Waiting>,
}

/// A number to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChannel {
    /// Meta's id of the number: digits, not the number itself.
    #[schema(value_type = String)]
    phone_number_id: PhoneNumberId,
    /// The account it belongs to.
    #[schema(value_type = String)]
    waba_id: WabaId,
    /// 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// As people dial it.
    display_phone_number: Option<String>,
    /// Shown for what is not supported; up to 1,024 characters.
    #[schema(max_length = 1_024)]
    fallback_text: Option<String>,
}

/// What is quarantined for a number and was never replayed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Waiting {
    /// Changes; each may hold several messages.
    changes: usize,
    /// There are more than were counted.
    at_least: bool,
    /// Older ones were not looked for.
    since: Timestamp,
    /// The body of `POST /v1/replay` that takes them in.
    #[schema(value_type = Object)]
    replay: Value,
}

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
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    opt_out_words: Option<WordList>,
    /// Whole messages that ask for marketing again.
    #[serde(default, deserialize_with = "given")]
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

/// How to take a channel out.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Removal {
    /// Whether sends that are not over are given up.
    #[serde(default)]
    abandon_sends: bool,
}

/// Every channel, by phone_number_id.
#[utoipa::path(get, path = "/v1/channels", operation_id = "list_channels", tag = "channels",
    params(Part), responses((status = 200, description = "A page of channels", body = List<Channel>), Problem))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Params(part): Params<Part>,
) -> Result<Json<List<Channel>>, Problem> {
    let channels = app.store.channels().await?;
    let page = cut(channels.into_iter(), part.limit, part.cursor.as_deref(), |channel| {
        channel.phone_number_id.as_str().to_owned()
    })?;
    Ok(Json(List::of(page, Channel::from)))
}

/// Adds a number. Of two requests with one name exactly one wins. What came for the number in the last 14 days is told of,
/// and taken in only by a replay.
#[utoipa::path(post, path = "/v1/channels", operation_id = "create_channel", tag = "channels",
    request_body = NewChannel,
    responses((status = 201, description = "The channel, and what waits in quarantine for it", body = Channel), Problem))]
pub(crate) async fn create(State(app): State<Arc<App>>, Payload(body): Payload) -> Result<Response, Problem> {
    let new: NewChannel = shaped(&body)?;
    digits("phone_number_id", new.phone_number_id.as_str())?;
    digits("waba_id", new.waba_id.as_str())?;
    let new = store::NewChannel {
        phone_number_id: new.phone_number_id,
        waba_id: new.waba_id,
        name: name(&new.name)?,
        display_phone_number: new.display_phone_number,
        fallback_text: new.fallback_text.map(fallback).transpose()?.filter(|text| !text.is_empty()),
    };
    match app.store.create_channel(new, app.now()).await? {
        Created::Done(channel) => {
            tracing::info!(phone_number_id = %channel.phone_number_id, "channel added");
            let location = format!("/v1/channels/{}", channel.phone_number_id);
            let quarantine = waiting(&app, &channel.phone_number_id).await;
            let added = Channel { quarantine, ..Channel::from(channel) };
            Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(added)).into_response())
        }
        Created::Exists(channel) => {
            let detail = format!("{} is a channel already, under another or the same name.", channel.phone_number_id);
            Err(Problem::new(Code::ChannelExists, detail).at_version(channel.version))
        }
        Created::NameTaken => Err(name_taken()),
    }
}

/// One channel.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}", operation_id = "get_channel", tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number")),
    responses((status = 200, description = "The channel", body = Channel), Problem))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
) -> Result<Json<Channel>, Problem> {
    let id = PhoneNumberId::new(id);
    let (channel, sending) = futures::future::join(known(&app, &id), app.store.sending(&id)).await;
    Ok(Json(Channel { sending: Some(Sending::of(sending?.block)), ..Channel::from(channel?) }))
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
        opt_out_words: words("opt_out_words", change.opt_out_words)?,
        opt_in_words: words("opt_in_words", change.opt_in_words)?,
        overrides: given.checked()?,
        unsupported_media: change.unsupported_media,
    };
    one_meaning(&app, &id, &change).await?;
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

/// Takes a channel out of this stack. The number stays as it is at Meta, and contacts and messages stay stored (until
/// `DELETE …/data` erases them); what comes in for it from now on is quarantined. Refused while anything is queued, waiting, in doubt or parked: such sends fail
/// once there is no channel, so await or cancel them, or say that they are given up.
#[utoipa::path(delete, path = "/v1/channels/{phone_number_id}", operation_id = "delete_channel", tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number"), Removal),
    responses((status = 204, description = "It is gone"), Problem))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    Params(removal): Params<Removal>,
) -> Result<StatusCode, Problem> {
    let id = PhoneNumberId::new(id);
    known(&app, &id).await?;
    if !removal.abandon_sends && app.store.has_pending(&id).await? {
        let detail = "Sends of this channel are queued, waiting, in doubt or parked, and would fail.";
        return Err(Problem::new(Code::SendsPending, detail)
            .with_remedy("Await or cancel them, or remove it with abandon_sends=true."));
    }
    match app.store.delete_channel(&id).await? {
        Removed::Done => {
            tracing::info!(phone_number_id = %id, "channel removed");
            Ok(StatusCode::NO_CONTENT)
        }
        Removed::Missing => Err(unknown()),
    }
}

/// What is quarantined for a number, if anything. Adding it must not fail for this.
async fn waiting(app: &App, number: &PhoneNumberId) -> Option<Waiting> {
    let now = app.now();
    let since = now - LOOK_BACK;
    let query = store::KeptQuery {
        from: since,
        until: now + AHEAD,
        causes: vec![store::Cause::Unregistered],
        number: Some(number.clone()),
        untouched: true,
        oldest_first: true,
    };
    match app.store.count_kept(&query, now).await {
        Ok(count) if count.found == 0 && count.all => None,
        Ok(count) => Some(Waiting {
            changes: count.found,
            at_least: !count.all,
            since,
            replay: json!({"quarantine": {"from": since, "cause": "unregistered", "phone_number_id": number}}),
        }),
        Err(error) => {
            tracing::warn!(%error, "the quarantine could not be counted");
            None
        }
    }
}

/// The channel, or 404.
pub(crate) async fn known(app: &App, id: &PhoneNumberId) -> Result<model::Channel, Problem> {
    app.store.channel(id).await?.ok_or_else(unknown)
}

/// 404 where no channel belongs to the account.
pub(crate) async fn known_waba(app: &App, waba: &WabaId) -> Result<(), Problem> {
    let channels = app.store.channels().await?;
    if channels.iter().any(|channel| channel.waba_id == *waba) {
        return Ok(());
    }
    Err(Problem::not_found("No channel of this stack belongs to this WhatsApp Business Account."))
}

impl From<model::Channel> for Channel {
    fn from(channel: model::Channel) -> Self {
        let limits = Limits::of(&channel);
        Self {
            phone_number_id: channel.phone_number_id.into_string(),
            waba_id: channel.waba_id.into_string(),
            name: channel.name,
            display_phone_number: channel.display_phone_number,
            verified_name: channel.verified_name,
            quality_rating: channel.quality_rating,
            status: channel.status,
            throughput: channel.throughput,
            name_status: channel.name_status,
            messaging_limit: channel.messaging_limit,
            account_mode: channel.account_mode,
            code_verification_status: channel.code_verification_status,
            platform_type: channel.platform_type,
            is_on_biz_app: channel.is_on_biz_app,
            portfolio_id: channel.portfolio_id.map(model::PortfolioId::into_string),
            messages_per_second: channel.overrides.messages_per_second,
            recipients_per_day: channel.overrides.recipients_per_day,
            limit_scope: channel.overrides.limit_scope.map(LimitScope::as_str),
            test_number: channel.overrides.test_number,
            limits,
            fallback_text: channel.fallback_text,
            opt_out_words: channel.opt_out_words,
            opt_in_words: channel.opt_in_words,
            unsupported_media: channel.unsupported_media.unwrap_or_default(),
            version: channel.version,
            created_at: channel.created_at,
            updated_at: channel.updated_at,
            health_at: channel.health_at,
            sending: None,
            quarantine: None,
        }
    }
}

fn unknown() -> Problem {
    Problem::new(Code::UnknownChannel, "This phone_number_id is no channel of this stack.")
}

fn name_taken() -> Problem {
    Problem::new(Code::NameTaken, "Another channel has this name, whatever its case.")
}

fn digits(field: &str, id: &str) -> Result<(), Problem> {
    if (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Problem::invalid(Code::InvalidRequest, field, "must be Meta's id: up to 32 digits"))
}

fn name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    if (1..=NAME_MAX).contains(&name.chars().count()) && !name.contains(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(Problem::invalid(
        Code::InvalidRequest,
        "name",
        "must have 1 to 64 characters, none of them a control character",
    ))
}

fn fallback(text: String) -> Result<String, Problem> {
    if text.chars().count() <= FALLBACK_MAX {
        return Ok(text);
    }
    Err(Problem::invalid(Code::InvalidRequest, "fallback_text", "must have at most 1,024 characters"))
}

fn words(field: &str, words: Option<WordList>) -> Result<Option<WordList>, Problem> {
    let listed = own(words.as_ref());
    let wrong = listed.len() > words::MOST
        || listed.iter().any(|word| word.chars().count() > words::LONGEST || words::compared(word).is_empty());
    if wrong {
        return Err(Problem::invalid(Code::InvalidRequest, field, "must be up to 100 words of 1 to 64 characters"));
    }
    Ok(words)
}

/// A word that would say both says nothing that anybody could rely on: with the lists as they will be, the default's too.
async fn one_meaning(app: &App, id: &PhoneNumberId, change: &store::ChannelChange) -> Result<(), Problem> {
    if change.opt_out_words.is_none() && change.opt_in_words.is_none() {
        return Ok(());
    }
    let stored = known(app, id).await?;
    let stop = to_be(change.opt_out_words.as_ref(), stored.opt_out_words.as_deref());
    let resume = to_be(change.opt_in_words.as_ref(), stored.opt_in_words.as_deref());
    if words::Words::of(stop, resume).are_apart() {
        return Ok(());
    }
    let field = if change.opt_in_words.is_some() { "opt_in_words" } else { "opt_out_words" };
    Err(Problem::invalid(
        Code::InvalidRequest,
        field,
        "must have no word in common with the channel's other list; where that is the default, give one of its own",
    ))
}

fn to_be<'a>(change: Option<&'a WordList>, stored: Option<&'a [String]>) -> Option<&'a [String]> {
    match change {
        Some(WordList::Own(words)) => Some(words),
        Some(WordList::Default) => None,
        None => stored,
    }
}

fn own(words: Option<&WordList>) -> &[String] {
    match words {
        Some(WordList::Own(words)) => words,
        Some(WordList::Default) | None => &[],
    }
}

/// `null` is the default; absent is no change.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<WordList>, D::Error> {
    Option::deserialize(deserializer).map(|words| Some(words.map_or(WordList::Default, WordList::Own)))
}

/// `null` is the empty text; absent is no change.
fn cleared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer).map(|text: Option<String>| Some(text.unwrap_or_default()))
}
