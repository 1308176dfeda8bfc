//! Channels: the numbers of this stack, each with a name that is unique here and that Meta never sees (H-01).

mod health;
mod overrides;

use std::sync::Arc;

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use jiff::Timestamp;
use model::consent::Words;
use model::send::OnUnsupported;
use model::{Channel, PhoneNumberId, PortfolioId, WabaId};

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};

pub use health::NumberHealth;
use health::{ON_BIZ_APP, PORTFOLIO};
use overrides::read_overrides;
pub use overrides::{OverridesChange, Setting};

const OPT_OUT: &str = "opt_out_words";
const OPT_IN: &str = "opt_in_words";

/// A number to add.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// Meta's id of the number.
    pub phone_number_id: PhoneNumberId,
    /// The account it belongs to.
    pub waba_id: WabaId,
    /// Unique in this stack, whatever its case.
    pub name: String,
    /// `+1 555 0100`, where known.
    pub display_phone_number: Option<String>,
    /// Shown for what WhatsApp cannot tell us (U-04).
    pub fallback_text: Option<String>,
}

/// What came of adding a channel.
#[derive(Clone, Debug)]
pub enum Created {
    /// It is there.
    Done(Channel),
    /// The number is a channel already.
    Exists(Channel),
    /// Another channel has the name.
    NameTaken,
}

/// What to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct ChannelChange {
    /// A new name.
    pub name: Option<String>,
    /// A new fallback text; an empty one goes back to the default.
    pub fallback_text: Option<String>,
    /// Other opt-out words.
    pub opt_out_words: Option<WordList>,
    /// Other opt-in words.
    pub opt_in_words: Option<WordList>,
    /// Other limits.
    pub overrides: OverridesChange,
    /// What becomes of files that Meta does not take.
    pub unsupported_media: Option<OnUnsupported>,
}

/// Opt-out or opt-in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordList {
    /// Those of every language.
    Default,
    /// The channel's own; none at all where it is empty.
    Own(Vec<String>),
}

/// What came of a change.
#[derive(Clone, Debug)]
pub enum Updated {
    /// It is changed.
    Done(Channel),
    /// Somebody else changed it meanwhile (H-02); this is how it is now.
    Conflict(Channel),
    /// Another channel has the name.
    NameTaken,
    /// There is no such channel.
    Missing,
}

/// What came of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone; its contacts and messages stay.
    Done,
    /// There is no such channel.
    Missing,
}

impl Store {
    /// One channel.
    pub async fn channel(&self, id: &PhoneNumberId) -> Result<Option<Channel>, Error> {
        self.get(&Key::channel(id)).await?.map(|item| read_channel(&item)).transpose()
    }

    /// Every channel of the stack, by phone_number_id.
    pub async fn channels(&self) -> Result<Vec<Channel>, Error> {
        let mut keys: Vec<Key> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let part = self.list(keys::CHANNELS_LIST, after.as_deref(), 1_000, false).await?;
            after = part.last().map(|(sort, _)| sort.clone());
            let full = part.len() == 1_000;
            keys.extend(part.into_iter().map(|(_, key)| key));
            if !full {
                break;
            }
        }
        let items = self.get_all(&keys).await?;
        let mut channels = items.iter().map(read_channel).collect::<Result<Vec<_>, _>>()?;
        channels.sort_by(|one, other| one.phone_number_id.cmp(&other.phone_number_id));
        Ok(channels)
    }

    /// Adds a channel; of two with one name exactly one wins.
    pub async fn create_channel(&self, new: NewChannel, now: Timestamp) -> Result<Created, Error> {
        let channel = Item::at(&Key::channel(&new.phone_number_id))
            .text("kind", keys::CHANNEL.to_lowercase())
            .text("phone_number_id", new.phone_number_id.as_str())
            .text("waba_id", new.waba_id.as_str())
            .text("name", new.name.trim())
            .text_if("display_phone_number", new.display_phone_number)
            .text_if("fallback_text", new.fallback_text)
            .number("version", 1)
            .time("created_at", now)
            .time("updated_at", now)
            .text("list_pk", keys::CHANNELS_LIST)
            .text("list_sk", new.phone_number_id.as_str());
        let name = name_item(&new.name, &new.phone_number_id);
        let written = self.transact(vec![self.put(channel)?, self.put(name)?]).await?;
        match (written, self.channel(&new.phone_number_id).await?) {
            (true, Some(channel)) => Ok(Created::Done(channel)),
            (false, Some(channel)) => Ok(Created::Exists(channel)),
            (false, None) => Ok(Created::NameTaken),
            (true, None) => Err(Error::Corrupt("channel")),
        }
    }

    /// Changes a channel that still has `version`.
    pub async fn update_channel(
        &self,
        id: &PhoneNumberId,
        version: u64,
        change: ChannelChange,
        now: Timestamp,
    ) -> Result<Updated, Error> {
        let Some(old) = self.channel(id).await? else { return Ok(Updated::Missing) };
        if old.version != version {
            return Ok(Updated::Conflict(old));
        }
        let name = change.name.as_deref().map_or(old.name.as_str(), str::trim);
        let fallback_text = change.fallback_text.as_deref().or(old.fallback_text.as_deref()).unwrap_or_default();
        let mut sets = String::from("SET #name = :name, fallback_text = :text, version = :next, updated_at = :now");
        let mut removes = Vec::new();
        let mut update = Update::builder();
        for (attribute, words) in [(OPT_OUT, &change.opt_out_words), (OPT_IN, &change.opt_in_words)] {
            match words {
                None => {}
                Some(WordList::Default) => removes.push(attribute),
                Some(WordList::Own(words)) => {
                    sets = format!("{sets}, {attribute} = :{attribute}");
                    update = update.expression_attribute_values(format!(":{attribute}"), item::texts(words));
                }
            }
        }
        for (attribute, setting) in change.overrides.attributes() {
            match setting {
                Setting::Meta => removes.push(attribute),
                Setting::Own(value) => {
                    sets = format!("{sets}, {attribute} = :{attribute}");
                    update = update.expression_attribute_values(format!(":{attribute}"), value);
                }
            }
        }
        if let Some(policy) = change.unsupported_media {
            sets.push_str(", unsupported_media = :unsupported_media");
            update = update.expression_attribute_values(":unsupported_media", item::text(policy.as_str()));
        }
        if !removes.is_empty() {
            sets = format!("{sets} REMOVE {}", removes.join(", "));
        }
        let update = update
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::channel(id))))
            .update_expression(sets)
            .condition_expression("version = :version")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", item::text(name))
            .expression_attribute_values(":text", item::text(fallback_text))
            .expression_attribute_values(":next", item::number(version + 1))
            .expression_attribute_values(":version", item::number(version))
            .expression_attribute_values(":now", item::time(now))
            .build()
            .map_err(unbuildable)?;
        let mut writes = vec![TransactWriteItem::builder().update(update).build()];
        if Key::channel_name(name) != Key::channel_name(&old.name) {
            writes.push(self.put(name_item(name, id))?);
            writes.push(self.delete(&Key::channel_name(&old.name))?);
        }
        let renamed = writes.len() > 1;
        if self.transact(writes).await? {
            return Ok(self.channel(id).await?.map_or(Updated::Missing, Updated::Done));
        }
        Ok(match self.channel(id).await? {
            None => Updated::Missing,
            Some(now) if now.version != version || !renamed => Updated::Conflict(now),
            Some(_) => Updated::NameTaken,
        })
    }

    /// Takes a channel out of this stack; the number stays as it is at Meta.
    pub async fn delete_channel(&self, id: &PhoneNumberId) -> Result<Removed, Error> {
        let Some(channel) = self.channel(id).await? else { return Ok(Removed::Missing) };
        let writes = vec![self.delete(&Key::channel(id))?, self.delete(&Key::channel_name(&channel.name))?];
        Ok(if self.transact(writes).await? { Removed::Done } else { Removed::Missing })
    }

    fn put(&self, item: Item) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item.0))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(unbuildable)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn delete(&self, key: &Key) -> Result<TransactWriteItem, Error> {
        let delete =
            Delete::builder().table_name(&self.table).set_key(Some(item::key(key))).build().map_err(unbuildable)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// All or nothing; false where a condition said no.
    async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<bool, Error> {
        match self.dynamo.transact_write_items().set_transact_items(Some(writes)).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_transaction_canceled_exception() => Ok(false),
                _ => Err(error.into()),
            },
        }
    }
}

fn unbuildable(_: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Refused(String::from("a request could not be built"))
}

fn name_item(name: &str, id: &PhoneNumberId) -> Item {
    Item::at(&Key::channel_name(name)).text("kind", "channel_name").text("phone_number_id", id.as_str())
}

/// What stops marketing on this channel, and what brings it back, as they are compared.
pub(crate) fn read_words(item: &Item) -> Arc<Words> {
    Words::of(item.strings(OPT_OUT).as_deref(), item.strings(OPT_IN).as_deref())
}

pub(crate) fn read_channel(item: &Item) -> Result<Channel, Error> {
    let corrupt = Error::Corrupt("channel");
    Ok(Channel {
        phone_number_id: PhoneNumberId::new(item.needed("phone_number_id", "channel")?),
        waba_id: WabaId::new(item.needed("waba_id", "channel")?),
        name: item.needed("name", "channel")?,
        display_phone_number: item.string("display_phone_number"),
        verified_name: item.string("verified_name"),
        quality_rating: item.string("quality_rating"),
        status: item.string("number_status"),
        throughput: item.string("throughput"),
        name_status: item.string("name_status"),
        messaging_limit: item.string("messaging_limit"),
        account_mode: item.string("account_mode"),
        code_verification_status: item.string("code_verification_status"),
        platform_type: item.string("platform_type"),
        is_on_biz_app: item.flag_if(ON_BIZ_APP),
        portfolio_id: item.string(PORTFOLIO).map(PortfolioId::new),
        overrides: read_overrides(item),
        fallback_text: item.string("fallback_text").filter(|text| !text.is_empty()),
        opt_out_words: item.strings(OPT_OUT),
        opt_in_words: item.strings(OPT_IN),
        unsupported_media: item.str("unsupported_media").and_then(OnUnsupported::parse),
        version: item.integer("version").and_then(|version| u64::try_from(version).ok()).ok_or(corrupt)?,
        created_at: item.instant("created_at").ok_or(Error::Corrupt("channel"))?,
        updated_at: item.instant("updated_at").ok_or(Error::Corrupt("channel"))?,
        health_at: item.instant("health_at"),
    })
}
