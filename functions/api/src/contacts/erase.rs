//! Erasing a person (data rights). A request does a bounded part of it; repeated, it goes on until it is over.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::event::{VERSION, event_id};
use model::{Event, EventContact, EventData, EventType, PhoneNumberId, Timestamp, WaId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::to_raw_value;
use store::{Erasure, ErasureCounts, ErasureState, ErasureStep, Identity};
use utoipa::ToSchema;

use super::nobody;
use crate::App;
use crate::extract::{Params, Segments};
use crate::identity::{Found, identity_of};
use crate::paging::stored;
use crate::problem::{Code, Problem};
use crate::{channels, identity};

/// Steps of one request; the first ones are short.
const STEPS: usize = 3;

/// How to erase.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ErasureQuery {
    /// Say what would go, and erase nothing.
    #[serde(default)]
    dry_run: bool,
    /// Of a dry run: the `cursor` of the answer before, to count on.
    cursor: Option<String>,
}

/// An erasure as it stands, or would be.
#[derive(Serialize, ToSchema)]
#[schema(as = Erasure)]
pub(crate) struct Erasing {
    phone_number_id: String,
    dry_run: bool,
    /// `planned` in a dry run; `erasing` while things are still to go; `settling` once all is gone, until it is looked
    /// through a second time; `erased` when it is over. Repeat the request until then.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    erasure_id: Option<String>,
    /// What was written until then is erased; what comes later makes a new contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased_at: Option<Timestamp>,
    /// While it is `settling`: when to repeat the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
    counts: Counts,
    /// Of a dry run: repeat it with this to count what was kept raw further back, and add that up; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// What went so far, or would go.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasureCounts)]
pub(crate) struct Counts {
    /// More than one where contacts were merged.
    contacts: u64,
    /// Phones and user ids that lead to them.
    identities: u64,
    /// Messages from the person.
    received: u64,
    /// Messages to the person.
    sent: u64,
    /// Those of them that were still to be sent, and will not be.
    cancelled: u64,
    /// Files in the bucket, both ways; not what lies under `library/`.
    files: u64,
    /// Payloads in the bucket that are too large for the table.
    raw: u64,
    /// What was kept raw beside messages, and names the person.
    kept: u64,
    /// What the person said of marketing.
    consents: u64,
}

/// Erases a person from this channel: the contact with all that was merged into it, identities, messages both ways, files,
/// raw payloads, consent. What was still to be sent is not. A part of it is done by a request: repeat it until `state` is
/// `erased`; who repeats it after a crash goes on where it was. Nothing of what was before comes back, whoever delivers it
/// again; what the person writes later makes a new contact. Once all is gone it is told as `contact.erased`.
#[utoipa::path(delete, path = "/v1/channels/{phone_number_id}/contacts/{key}", operation_id = "erase_contact",
    tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"),
        ("key" = String, Path, description = "A contact key, `wa:…`, `+E.164` or a business-scoped user id"),
        ErasureQuery),
    responses((status = 200, description = "How far it is", body = Erasing), Problem))]
pub(crate) async fn erase(
    State(app): State<Arc<App>>,
    Segments((number, key)): Segments<(String, String)>,
    Params(query): Params<ErasureQuery>,
) -> Result<Json<Erasing>, Problem> {
    let number = PhoneNumberId::new(number);
    let channel = channels::known(&app, &number).await?;
    let now = app.now();
    let asked = identity_of(&key).ok_or_else(nobody)?;
    let before = app.store.erasure_of(&number, &asked, now).await?;
    if query.dry_run {
        return plan(&app, &number, &key, &asked, before.as_ref(), query.cursor.as_deref()).await.map(Json);
    }
    let mut erasure = match before {
        Some(erasure) if erasure.state != ErasureState::Erased => erasure,
        before => match begin(&app, &number, &key, &asked).await? {
            Some(begun) => begun,
            // It is over, and nothing came since.
            None => return before.map(|before| Json(Erasing::of(&before))).ok_or_else(nobody),
        },
    };
    for _ in 0..STEPS {
        if erasure.step == ErasureStep::Told {
            tell(&app, &erasure, &channel.waba_id).await?;
            erasure = app.store.told_erasure(erasure, now).await?;
        }
        let waits = erasure.step == ErasureStep::Wait && erasure.settled_at.is_some_and(|at| at > now);
        if waits || erasure.state == ErasureState::Erased {
            break;
        }
        erasure = app.store.go_on_erasing(erasure, now).await?;
    }
    tracing::info!(phone_number_id = %number, erasure_id = erasure.id, state = erasure.state.as_str(), "erasing a contact");
    Ok(Json(Erasing::of(&erasure)))
}

/// Everybody whom the path names, merged contacts included; nobody where nothing is stored.
async fn begin(app: &App, number: &PhoneNumberId, key: &str, asked: &Identity) -> Result<Option<Erasure>, Problem> {
    let found = identity::find(&app.store, number, key, app.now()).await?.ok_or_else(nobody)?;
    let person = app.store.person_of(number, &found.keys(), Some(asked)).await?;
    if is_nothing(&app.store.survey(number, &person).await?) {
        return Ok(None);
    }
    let mut random = [0; 48];
    getrandom::fill(&mut random).map_err(|error| {
        tracing::error!(%error, "no randomness");
        Problem::new(Code::Internal, "No id could be made.")
    })?;
    Ok(Some(app.store.begin_erasure(number, &person, random, app.now()).await?))
}

async fn plan(
    app: &App,
    number: &PhoneNumberId,
    key: &str,
    asked: &Identity,
    before: Option<&Erasure>,
    cursor: Option<&str>,
) -> Result<Erasing, Problem> {
    let found = identity::find(&app.store, number, key, app.now()).await?;
    let keys = found.as_ref().map(Found::keys).unwrap_or_default();
    let person = app.store.person_of(number, &keys, Some(asked)).await?;
    let mut counts = match cursor {
        None => app.store.survey(number, &person).await?,
        Some(_) => ErasureCounts::default(),
    };
    if cursor.is_none() && is_nothing(&counts) && before.is_none() {
        return Err(nobody());
    }
    let page = app.store.kept_of(number, &person.identities, stored(cursor)?, app.now()).await?;
    counts.kept = page.items.len() as u64;
    Ok(Erasing {
        phone_number_id: number.as_str().to_owned(),
        dry_run: true,
        state: "planned",
        erasure_id: None,
        erased_at: before.map(|before| before.erased_at),
        settled_at: None,
        finished_at: before.and_then(|before| before.finished_at),
        counts: Counts::from(counts),
        cursor: page.cursor,
    })
}

/// Where nothing but the name that was asked for is known.
fn is_nothing(counts: &ErasureCounts) -> bool {
    ErasureCounts { identities: 0, ..*counts } == ErasureCounts::default()
}

/// For whoever has copies: they are to erase theirs. It comes behind everything else that was told of the person.
async fn tell(app: &App, erasure: &Erasure, waba: &model::WabaId) -> Result<(), Problem> {
    let kind = EventType::ContactErased;
    let Some(key) = erasure.keys.first().filter(|_| app.ingest.events.wants(kind, None)) else { return Ok(()) };
    let keys: Vec<&str> = erasure.keys.iter().map(model::ContactKey::as_str).collect();
    let identities: Vec<&str> = erasure.identities.iter().map(Identity::as_str).collect();
    let data = json!({"erasure_id": erasure.id, "erased_at": erasure.erased_at, "keys": keys, "identities": identities,
        "counts": Counts::from(erasure.counts)});
    let data = to_raw_value(&data).map_err(|error| {
        tracing::error!(%error, "an event cannot be written");
        Problem::new(Code::Internal, "This is a fault of the system; its log says which.")
    })?;
    let event = Event {
        v: VERSION,
        id: event_id(kind, &erasure.id),
        kind,
        at: erasure.erased_at,
        waba_id: Some(waba.clone()),
        phone_number_id: Some(erasure.phone_number_id.clone()),
        contact: Some(EventContact {
            wa_id: key.wa_id(),
            user_id: key.user_id(),
            phone: key.wa_id().as_ref().map(WaId::e164),
            name: None,
            key: key.clone(),
        }),
        data: EventData::Inline(data),
    };
    Ok(app.queues.publish_events(&[event]).await?)
}

impl Erasing {
    fn of(erasure: &Erasure) -> Self {
        Self {
            phone_number_id: erasure.phone_number_id.as_str().to_owned(),
            dry_run: false,
            state: erasure.state.as_str(),
            erasure_id: Some(erasure.id.clone()),
            erased_at: Some(erasure.erased_at),
            settled_at: erasure.settled_at.filter(|_| erasure.state == ErasureState::Settling),
            finished_at: erasure.finished_at,
            counts: Counts::from(erasure.counts),
            cursor: None,
        }
    }
}

impl From<ErasureCounts> for Counts {
    fn from(counts: ErasureCounts) -> Self {
        let ErasureCounts { contacts, identities, received, sent, cancelled, files, raw, kept, consents } = counts;
        Self { contacts, identities, received, sent, cancelled, files, raw, kept, consents }
    }
}
