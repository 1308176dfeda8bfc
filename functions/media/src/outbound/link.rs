//! What Meta does not take goes out as a text with a link of ours, which lives for some days (M-05).

use jiff::SignedDuration;
use model::file::LinkToken;
use model::outbound::as_link;
use model::send::{Converted, SendFile, UPLOAD_DAYS, UPLOADS};
use model::{Send, Timestamp};
use store::FileLink;

use super::source::Found;
use super::trouble::Trouble;
use super::{Ended, Refusal};
use crate::App;

pub(super) async fn make(
    app: &App,
    send: &Send,
    found: &Found,
    refusal: Refusal,
    now: Timestamp,
) -> Result<Ended, Trouble> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| Trouble::late())?;
    let token = LinkToken::from_random(random);
    let filename = found.shown_name(&send.kind);
    let expires_at = ends(found, now, app.link_lives);
    let link = FileLink { key: found.key.clone(), filename: filename.clone(), send_id: send.id.clone(), expires_at };
    app.store.create_link(&token, &link, now).await?;
    let url = format!("{}/f/{}", app.public_url, token.as_str());
    let message = as_link(&send.message, &filename, &url).ok_or_else(Trouble::unwritable)?;
    let Refusal { reason, detail, .. } = refusal;
    tracing::info!(send_id = %send.id, phone_number_id = %send.phone_number_id, reason, "a file goes out as a link");
    let converted =
        Converted { reason: reason.to_owned(), detail, from: send.kind.clone(), link_expires_at: expires_at };
    Ok(Ended::Ready { message, kind: String::from("text"), file: SendFile::Linked(converted) })
}

/// No link outlives what it leads to.
fn ends(found: &Found, now: Timestamp, lives: SignedDuration) -> Timestamp {
    let wanted = now + lives;
    match found.modified_at {
        Some(at) if found.key.starts_with(UPLOADS) => wanted.min(at + SignedDuration::from_hours(24 * UPLOAD_DAYS)),
        _ => wanted,
    }
}
