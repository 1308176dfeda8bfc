//! Templates: what the last listing said and what webhooks have told since, side by side in one item, and put together
//! when read (S-08).
//!
//! A listing writes only what changed, and notes once, in the account's sync run, when it began: that counts for every
//! template. A webhook writes the one facet it tells of. Neither touches an attribute of the other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::template::{AllTold, Facet, TemplateNews, Told};
use model::{Template, TemplateId, WabaId};
use serde_json::value::RawValue;

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::page::{Page, cursor_of, sort_of};
use crate::record::Write;
use crate::sync_run::read_run;

/// Templates whose writes are held in memory.
const WRITTEN_AT_ONCE: usize = 500;
/// Templates that are looked at for one page, and at once, where few are wanted.
const READ_FOR_A_PAGE: usize = 1_000;
/// See [`READ_FOR_A_PAGE`].
const READ_AT_ONCE: usize = 250;

/// What a webhook told of a template.
#[derive(Clone, Debug)]
pub struct ToldTemplate {
    /// Whose template.
    pub waba_id: WabaId,
    /// Which one, and what of it.
    pub news: TemplateNews,
}

/// A template, and what is known of the account's listings.
#[derive(Clone, Debug, Default)]
pub struct StoredTemplate {
    /// As it stands; `None` where no listing has told of it.
    pub template: Option<Template>,
    /// When the last complete listing began.
    pub listed_at: Option<Timestamp>,
}

impl Store {
    /// One template as it stands, in one read with the account's sync run.
    pub async fn template(&self, waba: &WabaId, name: &str, language: &str) -> Result<StoredTemplate, Error> {
        let found = self.get_all(&[Key::template(waba, name, language), Key::sync(waba)]).await?;
        let run = found.iter().find(|item| item.str("sk") == Some(keys::SYNC));
        let listed_at = run.and_then(|run| read_run(run).listed_at);
        let template = found.iter().find(|item| is_template(item) && is_listed(item));
        let template = template.map(|item| read_as_it_stands(item, listed_at)).transpose()?;
        Ok(StoredTemplate { template, listed_at })
    }

    /// The languages in which the last listing had a template.
    pub async fn template_languages(&self, waba: &WabaId, name: &str) -> Result<Vec<String>, Error> {
        let prefix = format!("{}{name}#", keys::TEMPLATE_PREFIX);
        let items = self.partition(&keys::waba_partition(waba), &prefix).await?;
        let listed =
            items.iter().filter(|item| is_listed(item) && !item.truth("gone") && item.str("name") == Some(name));
        Ok(listed.filter_map(|item| item.string("language")).collect())
    }

    /// Notes what was told of a template outside of a POST.
    pub async fn tell_template(&self, news: &ToldTemplate) -> Result<(), Error> {
        self.write_all(vec![told(news)]).await
    }

    /// Every template of a WABA as it stands, also those that are gone, by name and language. What only webhooks have
    /// told of so far is left out: its content is not known yet.
    pub async fn templates(&self, waba: &WabaId) -> Result<Vec<Template>, Error> {
        let items = self.partition(&keys::waba_partition(waba), keys::TEMPLATE_PREFIX).await?;
        let listed_at = self.sync_run(waba).await?.listed_at;
        let templates = items.iter().filter(|item| is_listed(item));
        templates.map(|item| read_as_it_stands(item, listed_at)).collect()
    }

    /// A page of a WABA's templates as they stand, also those that are gone, by name and language: those that `wants`
    /// wants. `cursor` is the page's before. Reads a bounded part of the table, so a page may hold fewer than there are,
    /// even none; what has no cursor is the end.
    pub async fn templates_page(
        &self,
        waba: &WabaId,
        listed_at: Option<Timestamp>,
        limit: usize,
        cursor: Option<&str>,
        wants: impl Fn(&Template) -> bool,
    ) -> Result<Page<Template>, Error> {
        let mut after = cursor.map(sort_of).transpose()?;
        if after.as_ref().is_some_and(|after| !after.starts_with(keys::TEMPLATE_PREFIX)) {
            return Err(Error::Cursor);
        }
        let partition = keys::waba_partition(waba);
        let mut found: Vec<(String, Template)> = Vec::new();
        let (mut read, mut more) = (0, true);
        // One more than fits tells that there is another page.
        let mut part = limit + 1;
        while more && read < READ_FOR_A_PAGE && found.len() <= limit {
            let (items, goes_on) = self.part(&partition, keys::TEMPLATE_PREFIX, after.as_deref(), part).await?;
            (read, more) = (read + items.len(), goes_on);
            after = items.last().and_then(|item| item.string("sk")).or(after);
            for item in items.iter().filter(|item| is_listed(item)) {
                let template = read_as_it_stands(item, listed_at)?;
                if wants(&template) {
                    found.push((item.needed("sk", "template")?, template));
                }
            }
            part = READ_AT_ONCE;
        }
        let is_full = found.len() > limit;
        found.truncate(limit);
        let last = found.last().map(|(sort, _)| sort.clone()).filter(|_| is_full);
        let cursor = last.or(after.filter(|_| more && !is_full)).as_deref().map(cursor_of);
        Ok(Page { items: found.into_iter().map(|(_, template)| template).collect(), cursor })
    }

    /// Every template of a WABA as the last listings said: what the next one is compared with.
    pub async fn listed_templates(&self, waba: &WabaId) -> Result<Vec<Template>, Error> {
        let items = self.partition(&keys::waba_partition(waba), keys::TEMPLATE_PREFIX).await?;
        items.iter().filter(|item| is_listed(item)).map(read_template).collect()
    }

    /// Of these, what the last listings said: what those are compared with that seem to be others.
    pub async fn listed_among(&self, waba: &WabaId, among: &[&Template]) -> Result<Vec<Template>, Error> {
        let keys: Vec<Key> = among.iter().map(|one| Key::template(waba, &one.name, &one.language)).collect();
        let items = self.get_all(&keys).await?;
        items.iter().filter(|item| is_listed(item)).map(read_template).collect()
    }

    /// Those of these templates whose content a listing has told, and that were not gone from it. Costs a read only where
    /// there is something to ask.
    pub async fn known_templates(
        &self,
        wanted: &BTreeSet<(WabaId, String, String)>,
    ) -> Result<BTreeSet<(WabaId, String, String)>, Error> {
        let by_key: BTreeMap<Key, _> =
            wanted.iter().map(|one| (Key::template(&one.0, &one.1, &one.2), one.clone())).collect();
        let keys: Vec<Key> = by_key.keys().cloned().collect();
        let found = self.get_all(&keys).await?;
        let known = found.iter().filter(|item| is_listed(item) && !item.truth("gone"));
        Ok(known.filter_map(|item| by_key.get(&item.key()?).cloned()).collect())
    }

    /// Writes templates as listed from `observed_at` on; one listed later meanwhile stays.
    pub async fn write_templates(&self, templates: &[Template], observed_at: Timestamp) -> Result<(), Error> {
        // An account's first listing is thousands of them.
        for some in templates.chunks(WRITTEN_AT_ONCE) {
            self.write_all(some.iter().map(|template| listed(template, observed_at)).collect()).await?;
        }
        Ok(())
    }
}

fn listed(template: &Template, observed_at: Timestamp) -> Write {
    let key = Key::template(&template.waba_id, &template.name, &template.language);
    // Every field each time, empty where absent, so that what Meta no longer says is gone here too.
    let fields = Item::default()
        .text("template_id", template.id.as_str())
        .text("category", &template.category)
        .text("status", &template.status)
        .text("rejected_reason", template.rejected_reason.clone().unwrap_or_default())
        .text("quality", template.quality.clone().unwrap_or_default())
        .text("parameter_format", &template.parameter_format)
        .text("components", template.components.get())
        .text("extra", serde_json::to_string(&template.extra).unwrap_or_default())
        .flag("gone", template.absent)
        .time("updated_at", template.updated_at)
        .time("observed_at", observed_at);
    let identity = identity(&key, &template.waba_id, &template.name, &template.language);
    // What a listing cannot know stays as it is.
    let fields = fields.text_if("submitted_category", template.submitted_category.as_deref());
    let set: Vec<_> = fields.0.into_iter().collect();
    let item = set.iter().fold(identity, |item, (name, value)| item.value(name, value.clone()));
    Write::newest(key, item, set, "observed_at", item::time(observed_at))
}

/// Sets the facet where nothing newer was told of it. A template that no listing has told of gets an item of what is known
/// of it, which the next listing fills: observed never, so that any listing is newer.
pub(crate) fn told(told: &ToldTemplate) -> Write {
    let TemplateNews { template, facet, told: words } = &told.news;
    let key = Key::template(&told.waba_id, &template.name, &template.language);
    let (name, value) = (attribute(*facet), item::text(words.as_str()));
    let item = identity(&key, &told.waba_id, &template.name, &template.language)
        .text_if("template_id", template.id.as_ref().map(TemplateId::as_str))
        .number("observed_at", 0)
        .value(name, value.clone());
    Write::highest(&key, item, name, &value)
}

fn attribute(facet: Facet) -> &'static str {
    match facet {
        Facet::Status => "told_status",
        Facet::Quality => "told_quality",
        Facet::Category => "told_category",
    }
}

fn identity(key: &Key, waba: &WabaId, name: &str, language: &str) -> Item {
    Item::at(key).text("kind", "template").text("waba_id", waba.as_str()).text("name", name).text("language", language)
}

fn is_template(item: &Item) -> bool {
    item.str("sk").is_some_and(|sort| sort.starts_with(keys::TEMPLATE_PREFIX))
}

/// Whether a listing has told of it.
fn is_listed(item: &Item) -> bool {
    item.integer("observed_at").is_some_and(|at| at > 0)
}

fn read_told(item: &Item) -> AllTold {
    let told = |facet| item.string(attribute(facet)).map(Told::stored);
    AllTold { status: told(Facet::Status), quality: told(Facet::Quality), category: told(Facet::Category) }
}

/// With what was told since it was last listed.
fn read_as_it_stands(item: &Item, listed_at: Option<Timestamp>) -> Result<Template, Error> {
    let seen_at = item.instant("observed_at").max(listed_at).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(read_template(item)?.with_told(&read_told(item), seen_at))
}

fn read_template(item: &Item) -> Result<Template, Error> {
    let filled = |name| item.string(name).filter(|text| !text.is_empty());
    let extra: BTreeMap<String, Box<RawValue>> =
        item.str("extra").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    Ok(Template {
        id: TemplateId::new(item.needed("template_id", "template")?),
        waba_id: WabaId::new(item.needed("waba_id", "template")?),
        name: item.needed("name", "template")?,
        language: item.needed("language", "template")?,
        category: item.needed("category", "template")?,
        submitted_category: filled("submitted_category"),
        status: item.needed("status", "template")?,
        rejected_reason: filled("rejected_reason"),
        status_details: None,
        next_category: None,
        quality: filled("quality"),
        parameter_format: item.needed("parameter_format", "template")?,
        components: item.json("components").ok_or(Error::Corrupt("template"))?,
        extra,
        updated_at: item.instant("updated_at").ok_or(Error::Corrupt("template"))?,
        absent: item.truth("gone"),
    })
}
