//! Two contacts that are one person, and the way back (K-02).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::contact::MergedBy;
use model::{ContactKey, PhoneNumberId};
use serde::{Deserialize, Serialize};
use store::{MergeOutcome, Merging, UnmergeOutcome};
use utoipa::ToSchema;

use super::{Contact, nobody};
use crate::App;
use crate::extract::{Payload, Segments, shaped};
use crate::problem::{Code, Problem};
use crate::{channels, identity};

const REASON_MAX: usize = 500;
const SAID_NOTHING: &str = "said by an operator";

/// Which contact they are one with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeRequest {
    /// The contact that stays: a contact key, `wa:…`, `+E.164` or a business-scoped user id.
    into: String,
    /// Why, for whoever asks later: up to 500 characters.
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Say what would come of it, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Whether to do it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UnmergeRequest {
    /// Say what would come of it, and change nothing.
    dry_run: bool,
}

/// What came of a merge, or would.
#[derive(Serialize, ToSchema)]
pub(crate) struct MergeResult {
    dry_run: bool,
    /// False where they were one already.
    changed: bool,
    /// The whole.
    contact: Contact,
}

/// What came of taking a contact out again, or would.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnmergeResult {
    dry_run: bool,
    /// It stands alone again.
    contact: Contact,
    /// What is left of the other.
    from: Contact,
}

/// Merges this contact into another: one history, one window, one line in the inbox, and either key finds it. Nothing is
/// moved: it can be taken out again at any time, with what it wrote meanwhile.
#[utoipa::path(post, path = "/v1/channels/{phone_number_id}/contacts/{key}/merge", operation_id = "merge_contact",
    tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"),
        ("key" = String, Path, description = "A contact key, `wa:…`, `+E.164` or a business-scoped user id")),
    request_body = MergeRequest,
    responses((status = 200, description = "The whole", body = MergeResult), Problem))]
pub(crate) async fn merge(
    State(app): State<Arc<App>>,
    Segments((number, key)): Segments<(String, String)>,
    Payload(body): Payload,
) -> Result<Json<MergeResult>, Problem> {
    let number = PhoneNumberId::new(number);
    let MergeRequest { into, reason, dry_run } = shaped(&body)?;
    let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX) {
        return Err(Problem::invalid(Code::InvalidRequest, "reason", "must have at most 500 characters"));
    }
    channels::known(&app, &number).await?;
    let from = known(&app, &number, &key).await?.ok_or_else(nobody)?;
    let into = known(&app, &number, &into).await?.ok_or_else(|| {
        Problem::invalid(Code::InvalidRequest, "into", "must name somebody who is known to this channel")
    })?;
    let by = MergedBy::Operator;
    let merging = Merging { from, into, by, reason: reason.unwrap_or_else(|| SAID_NOTHING.to_owned()) };
    let now = app.now();
    let (changed, contact) = match app.store.merge(&number, &merging, dry_run, now).await? {
        MergeOutcome::Merged(contact) => (true, contact),
        MergeOutcome::Already(contact) => (false, contact),
        MergeOutcome::Unknown(_) => return Err(nobody()),
        MergeOutcome::TooMany => {
            let detail = "More contacts were merged into it than can be moved at once; take some of them out first.";
            return Err(Problem::new(Code::NotSupported, detail));
        }
    };
    if changed && !dry_run {
        tracing::info!(phone_number_id = %number, contacts = contact.merged.len() + 1, "contacts merged");
    }
    Ok(Json(MergeResult { dry_run, changed, contact: Contact::at(&contact, now) }))
}

/// Takes a contact out of the one it was merged into, as if it had never been: with its own history and window, and with
/// what its identities wrote meanwhile. Whatever Meta says later, only an operator merges the two again.
#[utoipa::path(post, path = "/v1/channels/{phone_number_id}/contacts/{key}/unmerge", operation_id = "unmerge_contact",
    tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"),
        ("key" = String, Path, description = "The key of the contact that was merged, as `merged` names it")),
    request_body = UnmergeRequest,
    responses((status = 200, description = "Both, apart", body = UnmergeResult), Problem))]
pub(crate) async fn unmerge(
    State(app): State<Arc<App>>,
    Segments((number, key)): Segments<(String, String)>,
    Payload(body): Payload,
) -> Result<Json<UnmergeResult>, Problem> {
    let number = PhoneNumberId::new(number);
    let UnmergeRequest { dry_run } = if body.is_empty() { UnmergeRequest::default() } else { shaped(&body)? };
    channels::known(&app, &number).await?;
    let key = known(&app, &number, &key).await?.ok_or_else(nobody)?;
    match app.store.unmerge(&number, &key, dry_run).await? {
        UnmergeOutcome::Unmerged { contact, from } => {
            if !dry_run {
                tracing::info!(phone_number_id = %number, "contacts taken apart");
            }
            let now = app.now();
            Ok(Json(UnmergeResult { dry_run, contact: Contact::at(&contact, now), from: Contact::at(&from, now) }))
        }
        UnmergeOutcome::NotMerged(_) => Err(Problem::new(
            Code::NotMerged,
            "It is not merged into another contact. `merged` of a contact lists the keys that can be taken out of it.",
        )),
        UnmergeOutcome::Unknown => Err(nobody()),
    }
}

/// The very contact that a text names, not the one it was merged into.
async fn known(app: &App, number: &PhoneNumberId, text: &str) -> Result<Option<ContactKey>, store::Error> {
    let Some(key) = identity::own_key(&app.store, number, text, app.now()).await? else { return Ok(None) };
    Ok(app.store.contact(number, &key).await?.map(|_| key))
}
