//! What is to be replayed: messages by id, messages of a time, or what was kept.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use model::PhoneNumberId;
use serde::Deserialize;
use store::Cause;
use utoipa::ToSchema;

use super::cursor::Place;
use crate::problem::{Code, Problem};
use crate::quarantine;

const IDS_MAX: usize = 100;
/// How far back the quarantine is looked through where nobody says from when on.
pub(crate) const LOOK_BACK: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What comes may be dated a little ahead of our clock.
pub(crate) const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// What to replay: one of `ids`, `from`, and `quarantine`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    /// Wamids of messages from people, 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    ids: Option<Vec<String>>,
    /// Messages that people wrote from this time on, by Meta's clock.
    from: Option<Timestamp>,
    /// Until before this time; up to now where absent.
    to: Option<Timestamp>,
    /// Only of this channel's phone_number_id.
    channel: Option<String>,
    /// What was kept because it could not be taken in.
    quarantine: Option<Quarantine>,
    /// Also what an earlier replay took in.
    #[serde(default)]
    again: bool,
    /// Say what would be published, and write and publish nothing.
    #[serde(default)]
    pub(super) dry_run: bool,
    /// The `cursor` of the answer before, with everything else as it was.
    cursor: Option<String>,
}

/// Which of what was kept, by the time it is kept under; the last 14 days where no time is given.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quarantine {
    /// A day in UTC, `YYYY-MM-DD`.
    #[schema(value_type = Option<String>, format = Date)]
    day: Option<String>,
    from: Option<Timestamp>,
    /// Until before this time; up to now where absent.
    to: Option<Timestamp>,
    /// Without it `unregistered`, `unknown` and `unprocessable`; not `change`, which was taken in when it came.
    #[schema(inline)]
    cause: Option<quarantine::Cause>,
    /// Only what names this number.
    phone_number_id: Option<String>,
}

pub(super) enum Selection {
    Ids(Vec<String>),
    Range(Range),
    Kept(Wanted),
}

/// Messages of a time.
pub(super) struct Range {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) channel: Option<PhoneNumberId>,
    pub(super) place: Option<Place>,
}

/// Some of what was kept.
pub(super) struct Wanted {
    pub(super) query: store::KeptQuery,
    pub(super) place: Option<Place>,
}

impl Selection {
    /// With the run it goes on with, where it has begun.
    pub(super) fn of(request: ReplayRequest, now: Timestamp) -> Result<(Self, Option<String>), Problem> {
        let place = request.cursor.as_deref().map(Place::read).transpose()?;
        let run = place.as_ref().map(|place| place.run.clone());
        let is_range = request.from.is_some() || request.to.is_some() || request.channel.is_some();
        let selection = match (request.ids, request.quarantine) {
            (Some(ids), None) if !is_range && place.is_none() => Self::Ids(distinct(ids)?),
            (None, Some(quarantine)) if !is_range => Self::Kept(Wanted::of(quarantine, request.again, place, now)?),
            (None, None) => {
                let from = request.from.ok_or_else(|| {
                    let rule = "must be there, unless ids or quarantine is: the time of the first message";
                    Problem::invalid(Code::InvalidRequest, "from", rule)
                })?;
                let until = place.as_ref().map_or(now + AHEAD, |place| place.until);
                let until = ordered(from, request.to.unwrap_or(until))?;
                Self::Range(Range { from, until, channel: request.channel.map(PhoneNumberId::new), place })
            }
            _ => {
                let detail = "A replay is of ids, or of a time (from, to, channel), or of the quarantine.";
                return Err(Problem::new(Code::InvalidRequest, detail));
            }
        };
        Ok((selection, run))
    }
}

impl Wanted {
    fn of(asked: Quarantine, again: bool, place: Option<Place>, now: Timestamp) -> Result<Self, Problem> {
        let (from, until) = match (&asked.day, asked.from, asked.to) {
            (Some(day), None, None) => quarantine::span_of(day)?,
            (None, from, to) => {
                // What was the end when it began stays the end.
                let until = place.as_ref().map_or(now + AHEAD, |place| place.until);
                (from.unwrap_or(now - LOOK_BACK), to.unwrap_or(until))
            }
            _ => {
                let rule = "must be a day, or a time from which and to which";
                return Err(Problem::invalid(Code::InvalidRequest, "quarantine", rule));
            }
        };
        let causes = asked.cause.map_or_else(|| Cause::QUARANTINE.to_vec(), |cause| vec![cause.into()]);
        let query = store::KeptQuery {
            from,
            until: ordered(from, until)?,
            causes,
            number: asked.phone_number_id.map(PhoneNumberId::new),
            untouched: !again,
            // Each person's messages in the order they were written.
            oldest_first: true,
        };
        Ok(Self { query, place })
    }
}

fn ordered(from: Timestamp, until: Timestamp) -> Result<Timestamp, Problem> {
    if from < until {
        return Ok(until);
    }
    Err(Problem::invalid(Code::InvalidRequest, "from", "must be before to, and not in the future"))
}

fn distinct(ids: Vec<String>) -> Result<Vec<String>, Problem> {
    let mut seen = BTreeSet::new();
    let ids: Vec<String> = ids.into_iter().filter(|id| seen.insert(id.clone())).collect();
    if !(1..=IDS_MAX).contains(&ids.len()) {
        return Err(Problem::invalid(Code::InvalidRequest, "ids", "must hold 1 to 100 ids of messages"));
    }
    if ids.iter().any(|id| !(1..=512).contains(&id.len())) {
        return Err(Problem::invalid(Code::InvalidRequest, "ids", "must be ids of 1 to 512 characters"));
    }
    Ok(ids)
}
