//! The business profile that people see behind a number: as it was last read, read anew, and changed (P-01 to P-10).

mod change;
mod photo;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::profile::{differences, vertical};
use model::{Channel, PhoneNumberId, Profile, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use store::StoredProfile;
use utoipa::ToSchema;

use crate::extract::Segments;
use crate::meta::{self, refusal};
use crate::problem::Problem;
use crate::{App, channels};

pub(crate) use change::{__path_change, change};

/// A business profile. What is not set is absent.
#[derive(Serialize, ToSchema)]
#[schema(as = Profile)]
pub(crate) struct ProfileShown {
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    websites: Vec<String>,
    /// The industry, by Meta's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    vertical: Option<String>,
    /// What people know it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    vertical_label: Option<String>,
    /// Meta's link to the photo, which expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_picture_url: Option<String>,
    /// Of the photo that was set here, in hex, where it is still the one that Meta shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    photo_sha256: Option<String>,
    /// When Meta had it so.
    synced_at: Timestamp,
}

/// A member that is another.
#[derive(Serialize, ToSchema)]
#[schema(as = ProfileDifference)]
pub(crate) struct DifferenceShown {
    /// `about`, `address`, `description`, `email`, `websites`, `vertical` or `photo`.
    pub(crate) field: &'static str,
    /// A text, or of `websites` a list; `null` where it was not set.
    #[schema(required)]
    pub(crate) from: Value,
    /// `null` where it is not set any more.
    #[schema(required)]
    pub(crate) to: Value,
}

/// A profile that was read from Meta.
#[derive(Serialize, ToSchema)]
pub(crate) struct SyncedProfile {
    /// What had changed at Meta since it was last read; nothing where it never was.
    changes: Vec<DifferenceShown>,
    profile: ProfileShown,
}

/// The profile as it was last read from Meta.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}/profile", operation_id = "get_profile", tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number")),
    responses((status = 200, description = "The profile", body = ProfileShown), Problem))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
) -> Result<Json<ProfileShown>, Problem> {
    let channel = channels::known(&app, &PhoneNumberId::new(id)).await?;
    match app.store.profile(&channel.phone_number_id).await? {
        Some(stored) => Ok(Json(ProfileShown::from(stored))),
        None => Err(Problem::not_found("The profile of this number was never read from Meta.")
            .with_remedy("POST …/profile/sync (`waypost profile pull`) reads it.")),
    }
}

/// Reads the profile from Meta, and keeps it: changes are made to what was read last.
#[utoipa::path(post, path = "/v1/channels/{phone_number_id}/profile/sync", operation_id = "sync_profile",
    tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number")),
    responses((status = 200, description = "The profile as Meta has it", body = SyncedProfile), Problem))]
pub(crate) async fn sync(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
) -> Result<Json<SyncedProfile>, Problem> {
    let channel = channels::known(&app, &PhoneNumberId::new(id)).await?;
    let before = app.store.profile(&channel.phone_number_id).await?;
    let now = at_meta(&app, &channel).await?;
    let changes = before.as_ref().map(|before| drift(before, &now)).unwrap_or_default();
    let synced = kept(now, before.as_ref(), app.now());
    app.store.write_profile(&channel.phone_number_id, &synced).await?;
    Ok(Json(SyncedProfile { changes, profile: synced.into() }))
}

/// What Meta has.
async fn at_meta(app: &App, channel: &Channel) -> Result<Profile, Problem> {
    let number = &channel.phone_number_id;
    let read = meta::call(app, &channel.waba_id, |token| async move { app.graph.profile(&token, number).await });
    read.await?.map_err(|error| {
        tracing::warn!(phone_number_id = %number, %error, "a profile was not read");
        refusal::of(&error)
    })
}

/// What somebody else changed since it was read.
fn drift(before: &StoredProfile, now: &Profile) -> Vec<DifferenceShown> {
    let mut drift: Vec<DifferenceShown> =
        differences(&before.profile, now).into_iter().map(DifferenceShown::from).collect();
    if !before.profile.has_photo_of(now) {
        drift.push(DifferenceShown {
            field: "photo",
            from: json!(before.profile.picture_url),
            to: json!(now.picture_url),
        });
    }
    drift
}

/// What is to be stored: of the photo it is remembered what was set while it is the same.
fn kept(now: Profile, before: Option<&StoredProfile>, synced_at: Timestamp) -> StoredProfile {
    let same = before.filter(|before| before.profile.has_photo_of(&now));
    StoredProfile { photo_sha256: same.and_then(|before| before.photo_sha256.clone()), profile: now, synced_at }
}

impl From<StoredProfile> for ProfileShown {
    fn from(stored: StoredProfile) -> Self {
        let StoredProfile { profile, synced_at, photo_sha256 } = stored;
        Self {
            vertical_label: profile.vertical.as_deref().map(|word| vertical::label(word).to_owned()),
            about: profile.about,
            address: profile.address,
            description: profile.description,
            email: profile.email,
            websites: profile.websites,
            vertical: profile.vertical,
            profile_picture_url: profile.picture_url,
            photo_sha256,
            synced_at,
        }
    }
}

impl From<model::profile::Difference> for DifferenceShown {
    fn from(difference: model::profile::Difference) -> Self {
        let model::profile::Difference { field, from, to } = difference;
        Self { field, from, to }
    }
}
