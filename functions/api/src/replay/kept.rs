//! What was kept raw, taken in again: oldest first, one by one, so that what belongs to one person stays in order.

use ingest::{Again, Outcome};
use model::PhoneNumberId;
use store::StoredKept;

use super::cursor::Place;
use super::select::Wanted;
use super::{Replayed, Run, TakenIn};
use crate::problem::Problem;

/// Kept things in one request.
const KEPT: usize = 50;
/// Messages and statuses in one request: one kept change may hold a thousand.
const TOGETHER: usize = 500;

pub(super) async fn again(run: &Run<'_>, wanted: &Wanted) -> Result<(Vec<Replayed>, Option<String>), Problem> {
    let inside = wanted.place.as_ref().and_then(|place| place.inside.as_deref());
    let page = run.app.store.kept(&wanted.query, KEPT, inside, run.now).await?;
    let mut next = page.cursor;
    let (mut items, mut together) = (Vec::with_capacity(page.items.len()), 0);
    let count = page.items.len();
    for (nth, kept) in page.items.into_iter().enumerate() {
        let again = one(run, &kept).await?;
        together += again.counts.messages + again.counts.statuses;
        let cut = together >= TOGETHER && nth + 1 < count;
        let cursor = cut.then(|| kept.cursor());
        items.push(Replayed::of_kept(kept, again, run.dry));
        if cursor.is_some() {
            next = cursor;
            break;
        }
    }
    let place =
        |inside| Place { run: run.id.to_owned(), until: wanted.query.until, number: None, inside: Some(inside) };
    let cursor = next.map(|inside| place(inside).text()).transpose()?;
    Ok((items, cursor))
}

/// Marked only once everything of it is stored and told: whoever dies in between does it again.
async fn one(run: &Run<'_>, kept: &StoredKept) -> Result<Again, Problem> {
    let (ingest, now) = (&run.app.ingest, run.now);
    if run.dry {
        return Ok(ingest.rehearse(&kept.kept, now).await?);
    }
    let again = ingest.again(&kept.kept, run.id, now).await?;
    if again.outcome == Outcome::TakenIn {
        run.app.store.mark_replayed(kept, run.id, now).await?;
    }
    Ok(again)
}

impl Replayed {
    fn of_kept(stored: StoredKept, again: Again, dry: bool) -> Self {
        let kept = stored.kept;
        let reason = match again.outcome {
            Outcome::TakenIn => None,
            Outcome::Unregistered => Some("unregistered"),
            Outcome::Unreadable => Some("unreadable"),
        };
        Self {
            id: stored.id,
            event_id: None,
            published: !dry && reason.is_none(),
            reason,
            kept: Some(TakenIn {
                cause: kept.cause,
                field: kept.field,
                phone_number_id: kept.phone_number_id.map(PhoneNumberId::into_string),
                at: kept.at,
                messages: again.counts.messages,
                statuses: again.counts.statuses,
                events: again.counts.events,
            }),
        }
    }
}
