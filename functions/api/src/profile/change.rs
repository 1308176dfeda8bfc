//! A profile changed: only what differs is sent, and nothing that somebody else changed meanwhile is lost.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::profile::{Wanted, check, differences};
use model::template::lint::{Finding, Level};
use model::{Channel, PhoneNumberId, Profile};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::StoredProfile;
use utoipa::ToSchema;

use super::photo::{self, Given, Held};
use super::{DifferenceShown, ProfileShown, at_meta, drift, kept};
use crate::extract::{Params, Payload, Segments, shaped};
use crate::meta::{self, refusal};
use crate::problem::{Code, Problem};
use crate::templates::FindingShown;
use crate::{App, channels};

/// What to change; what is absent stays, and `null` or an empty text takes away.
#[derive(ToSchema)]
#[schema(as = ProfileChange)]
#[expect(dead_code, reason = "it describes the request; the model reads it")]
pub(crate) struct ProfileChange {
    /// 1 to 139 characters. It cannot be taken away.
    #[schema(min_length = 1, max_length = 139)]
    about: Option<String>,
    #[schema(max_length = 256)]
    address: Option<String>,
    /// Above 256 characters Meta may refuse it.
    #[schema(max_length = 512)]
    description: Option<String>,
    #[schema(max_length = 128)]
    email: Option<String>,
    /// http or https, of 256 characters each.
    #[schema(max_items = 2)]
    websites: Option<Vec<String>>,
    /// Meta's word (`RETAIL`) or the name (`Shopping and Retail`). It cannot be taken away.
    vertical: Option<String>,
    /// JPEG or PNG, square, 192 pixels or more, at most 5 MiB; 640x640 is recommended.
    photo: Option<Given>,
}

/// How to change it.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// Say what would be changed, and change nothing.
    #[serde(default)]
    dry_run: bool,
    /// Change it also where somebody else changed the profile at Meta since it was last read.
    #[serde(default)]
    overwrite: bool,
}

/// What became of a change.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedProfile {
    /// `changed`, `unchanged` where nothing differed and Meta was sent nothing, or `planned` of a dry run.
    outcome: &'static str,
    /// What was sent, or would be.
    changes: Vec<DifferenceShown>,
    /// What somebody else changed at Meta since the profile was last read.
    drift: Vec<DifferenceShown>,
    /// What Meta may not like.
    warnings: Vec<FindingShown>,
    /// As Meta has it now.
    profile: ProfileShown,
}

/// Changes the profile at Meta: only what differs from what Meta has is sent. Where somebody else changed it since it was
/// last read, nothing is (`conflict`): read it again (`POST …/profile/sync`), or say `overwrite=true`.
#[utoipa::path(patch, path = "/v1/channels/{phone_number_id}/profile", operation_id = "change_profile",
    tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number"), How),
    request_body = ProfileChange,
    responses((status = 200, description = "What was changed", body = ChangedProfile), Problem))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    Params(How { dry_run, overwrite }): Params<How>,
    Payload(body): Payload,
) -> Result<Json<ChangedProfile>, Problem> {
    let (wanted, given) = read(&body)?;
    let channel = channels::known(&app, &PhoneNumberId::new(id)).await?;
    let (app, number) = (&*app, &channel.phone_number_id);
    let held = match &given {
        Some(given) => Some(photo::look(app, given).await?),
        None => None,
    };
    let before = app.store.profile(number).await?;
    let now = at_meta(app, &channel).await?;
    let mut stored = kept(now, before.as_ref(), app.now());
    let drift = before.as_ref().map(|before| drift(before, &stored.profile)).unwrap_or_default();
    if before.is_none() {
        // What was never read was never changed by anybody else.
        app.store.write_profile(number, &stored).await?;
    }
    let photo = held.filter(|held| stored.photo_sha256.as_ref() != Some(&held.sha256));
    let warnings = checked(&stored.profile, &wanted, photo.as_ref())?;
    let changes = changes(&stored.profile, &wanted, photo.as_ref());
    let is_same = changes.is_empty();
    let answer = |outcome, stored: StoredProfile, drift| {
        Ok(Json(ChangedProfile { outcome, changes, drift, warnings, profile: stored.into() }))
    };
    if dry_run {
        return answer(if is_same { "unchanged" } else { "planned" }, stored, drift);
    }
    if is_same {
        app.store.write_profile(number, &stored).await?;
        return answer("unchanged", stored, drift);
    }
    if !drift.is_empty() && !overwrite {
        return Err(Problem::of_drift(drift));
    }
    let mut body = wanted.to_body(&stored.profile);
    if let Some(held) = &photo {
        body.insert("profile_picture_handle".to_owned(), photo::upload(app, &channel, held).await?.into());
    }
    stored.profile = made(app, &channel, &stored.profile, &wanted, photo.is_some(), &body.into()).await?;
    stored.synced_at = app.now();
    stored.photo_sha256 = photo.map(|held| held.sha256).or(stored.photo_sha256);
    app.store.write_profile(number, &stored).await?;
    tracing::info!(phone_number_id = %number, "a profile was changed");
    answer("changed", stored, drift)
}

fn read(body: &[u8]) -> Result<(Wanted, Option<Given>), Problem> {
    let mut members: Map<String, Value> = shaped(body)?;
    let photo =
        match members.remove("photo").filter(|photo| !photo.is_null()) {
            Some(photo) => Some(serde_json::from_value(photo).map_err(|_| {
                Problem::invalid(Code::InvalidRequest, "photo", "must be {\"key\": the key of an upload}")
            })?),
            None => None,
        };
    let wanted = Wanted::parse(&members).map_err(|invalid| Problem::of_invalid(Code::InvalidRequest, invalid))?;
    Ok((wanted, photo))
}

/// What Meta may not like; a problem where it would refuse.
fn checked(now: &Profile, wanted: &Wanted, photo: Option<&Held>) -> Result<Vec<FindingShown>, Problem> {
    let mut findings = check(now, wanted);
    findings.extend(photo.into_iter().flat_map(|held| held.photo.findings()));
    let (errors, warnings): (Vec<Finding>, Vec<Finding>) =
        findings.into_iter().partition(|finding| finding.level == Level::Error);
    if errors.is_empty() {
        return Ok(warnings.into_iter().map(FindingShown::from).collect());
    }
    Err(Problem::of_findings(Code::InvalidRequest, errors.into_iter().map(FindingShown::from).collect()))
}

fn changes(now: &Profile, wanted: &Wanted, photo: Option<&Held>) -> Vec<DifferenceShown> {
    let differing = differences(now, &now.with(wanted)).into_iter().map(DifferenceShown::from);
    let photo = photo.map(|held| DifferenceShown {
        field: "photo",
        from: json!(now.picture_url),
        to: json!(held.photo.words()),
    });
    differing.chain(photo).collect()
}

/// What Meta has after the change. Where its answer was lost, what it has tells whether it took it.
async fn made(
    app: &App,
    channel: &Channel,
    before: &Profile,
    wanted: &Wanted,
    photo: bool,
    body: &Value,
) -> Result<Profile, Problem> {
    let number = &channel.phone_number_id;
    let call =
        meta::call(app, &channel.waba_id, |token| async move { app.graph.change_profile(&token, number, body).await });
    let outcome = call.await?;
    let after = at_meta(app, channel).await.ok();
    let taken = match &outcome {
        Ok(()) => true,
        Err(_) => after.as_ref().is_some_and(|after| {
            differences(after, &after.with(wanted)).is_empty() && photo != before.has_photo_of(after)
        }),
    };
    match outcome {
        Err(error) if !taken => {
            tracing::warn!(phone_number_id = %number, %error, "a profile was not changed");
            Err(refusal::of(&error))
        }
        _ => Ok(after.unwrap_or_else(|| before.with(wanted))),
    }
}
