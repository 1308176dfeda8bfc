//! Lists that come in pages (`Graph API/Using the Graph API/Paginated results`): all of them or an error.
//!
//! `next` is never followed: it repeats the token in its query. It tells that there is more; `after` tells from where.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::{Client, Error, Token};

/// Far beyond Meta's 6,000 templates in pages of 100. A listing that goes on is not believed.
const MAX_PAGES: usize = 500;

/// Meta's "cursor expired" (v24 and later): the listing starts again.
const STALE_CURSOR: i64 = 131_059;

impl Client {
    /// Every element of a list, each as it came. What cannot be listed whole is an error.
    pub(crate) async fn list(&self, token: &Token, url: Url) -> Result<Vec<Box<RawValue>>, Error> {
        match self.list_once(token, &url).await {
            Err(error) if error.code() == Some(STALE_CURSOR) => self.list_once(token, &url).await,
            result => result,
        }
    }

    async fn list_once(&self, token: &Token, url: &Url) -> Result<Vec<Box<RawValue>>, Error> {
        let mut items = Vec::new();
        let mut seen = BTreeSet::new();
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut url = url.clone();
            if let Some(after) = &after {
                url.query_pairs_mut().append_pair("after", after);
            }
            let page: Page = self.get(token, url).await?.read()?;
            items.extend(page.data);
            let Some(paging) = page.paging.filter(Paging::goes_on) else { return Ok(items) };
            let cursor = paging.cursor().ok_or_else(|| Error::unreadable("a page says there is more but not where"))?;
            if !seen.insert(cursor.clone()) {
                return Err(Error::unreadable("a listing came back to a page it had already given"));
            }
            after = Some(cursor);
        }
        Err(Error::unreadable("a listing did not end"))
    }
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl Paging {
    /// The end of a list has cursors too, but no `next`.
    fn goes_on(&self) -> bool {
        self.next.as_ref().is_some_and(|next| !next.is_empty())
    }

    fn cursor(self) -> Option<String> {
        let after = self.cursors.and_then(|cursors| cursors.after).filter(|after| !after.is_empty());
        after.or_else(|| {
            let next = Url::parse(&self.next?).ok()?;
            next.query_pairs().find(|(name, _)| name == "after").map(|(_, after)| after.into_owned())
        })
    }
}
