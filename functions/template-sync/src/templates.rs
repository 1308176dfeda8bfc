//! Templates: the whole listing, what it changes, and only that written (S-02).

use graph::templates::FIELDS;
use model::template::{Digest, diff};
use model::{Template, Timestamp, WabaId};
use store::Listing;

use crate::App;
use crate::sync::Failure;
use crate::token::with_token;

/// Templates in one page. Meta takes up to 250; components of templates are large.
const PAGE: u32 = 100;

pub(crate) struct Counts {
    pub(crate) listed: u64,
    pub(crate) written: u64,
    pub(crate) absent: u64,
    /// Listed without identity or status.
    pub(crate) unreadable: u64,
}

/// `now` is when the listing began: what a webhook tells while it is read is newer and stands (S-08). It is compared with
/// what the listing before said, not with what webhooks have told since: an unchanged one then writes nothing.
pub(crate) async fn sync(app: &App, meta: &graph::Client, waba: &WabaId, now: Timestamp) -> Result<Counts, Failure> {
    let raw =
        with_token(app, waba, now, |token| async move { meta.templates(&token, waba, FIELDS, PAGE).await }).await?;
    let listed: Vec<Template> = raw.iter().filter_map(|raw| Template::parse(waba, raw, now)).collect();
    let all = raw.len();
    // Thousands of them: what was read twice is held once.
    drop(raw);
    let unreadable = all - listed.len();
    let said = Digest::of(&listed);
    // What is gone has to be found by its name, and what cannot be read may be anything: then all are read.
    let known = app.store.listing(waba, now).await?;
    let known = known.filter(|known| unreadable == 0 && !known.digest.is_beyond(&said));
    let mut changes = match &known {
        Some(known) => {
            let news = known.digest.news(&listed);
            let stored = app.store.listed_among(waba, &news).await?;
            diff(&stored, &news.into_iter().cloned().collect::<Vec<_>>())
        }
        None => diff(&app.store.listed_templates(waba).await?, &listed),
    };
    for gone in &mut changes.absent {
        gone.updated_at = now;
    }
    if unreadable > 0 {
        // One of them may be a template that seems to be missing: such a listing proves nothing absent.
        changes.absent.clear();
    }
    app.store.write_templates(&changes.write, now).await?;
    app.store.write_templates(&changes.absent, now).await?;
    if unreadable == 0 && known.as_ref().is_none_or(|known| known.digest != said) {
        let compared_at = known.map_or(now, |known| known.compared_at);
        app.store.write_listing(waba, &Listing { digest: said, compared_at }, now).await?;
    }
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(Counts {
        listed: count(all),
        written: count(changes.write.len()),
        absent: count(changes.absent.len()),
        unreadable: count(unreadable),
    })
}
