//! That somebody was erased, told by digests: under a salt that only this table has, so that a number cannot be looked up
//! by those who see a digest alone. Not a secret of Secrets Manager: whoever reads the table reads other people in clear.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use model::{PhoneNumberId, SendId};
use sha2::Sha256;

use super::{Erasure, remembered};
use crate::Store;
use crate::error::{Error, refused_is_fine};
use crate::identity::{Belief, Identity};
use crate::item::{self, Item};
use crate::keys::Key;
use crate::send::is_erased;

/// Once read it stays.
pub(crate) type Salt = Arc<OnceLock<Vec<u8>>>;

const SALT: &str = "salt";
const UNTIL: &str = "until";

/// Who of those asked for was erased, and when.
#[derive(Clone, Default)]
pub struct Erased(BTreeMap<(PhoneNumberId, String), Timestamp>);

impl Erased {
    /// True where nobody was.
    pub fn is_nobody(&self) -> bool {
        self.0.is_empty()
    }

    /// When whoever has this identity on a number was erased; `identity` as `wa:…` or `user:…`.
    pub fn at(&self, number: &PhoneNumberId, identity: &str) -> Option<Timestamp> {
        self.0.get(&(number.clone(), identity.to_owned())).copied()
    }
}

impl Store {
    /// Whether somebody was erased on a number so lately that what is from before may still come. Believed for a minute.
    pub async fn had_erasures(&self, number: &PhoneNumberId, now: Timestamp) -> Result<bool, Error> {
        let key = Key::erasures(number);
        if let Some(Belief::Erasures(until)) = self.believed.recall(&key, now) {
            return Ok(now < until);
        }
        let until = self.get(&key).await?.map_or(Timestamp::UNIX_EPOCH, |item| read_until(&item));
        self.believed.note(key, Belief::Erasures(until), now);
        Ok(now < until)
    }

    /// Who of these was erased: a read for each hundred. `identities` as `wa:…` and `user:…`.
    pub async fn erased(
        &self,
        identities: &BTreeSet<(PhoneNumberId, String)>,
        now: Timestamp,
    ) -> Result<Erased, Error> {
        let Some(salt) = self.salt().await? else { return Ok(Erased::default()) };
        let asked: BTreeMap<Key, &(PhoneNumberId, String)> =
            identities.iter().map(|whose| (Key::tombstone(&digest(&salt, &whose.0, &whose.1)), whose)).collect();
        let keys: Vec<Key> = asked.keys().cloned().collect();
        if keys.is_empty() {
            return Ok(Erased::default());
        }
        let found = self.get_all(&keys).await?;
        let each = found.iter().filter(|item| item.lives(now)).filter_map(|item| {
            let whose = asked.get(&item.key()?)?;
            Some(((*whose).clone(), item.instant("erased_at")?))
        });
        Ok(Erased(each.collect()))
    }

    /// Of some sends those that are there, and whose person was not erased.
    pub async fn living_sends(&self, ids: &BTreeSet<SendId>) -> Result<BTreeSet<SendId>, Error> {
        let keys: Vec<Key> = ids.iter().map(Key::send).collect();
        if keys.is_empty() {
            return Ok(BTreeSet::new());
        }
        let found = self.get_all(&keys).await?;
        Ok(found
            .iter()
            .filter(|item| !is_erased(item))
            .filter_map(|item| SendId::parse(item.str("send_id")?))
            .collect())
    }

    /// The erasure that a tombstone is of.
    pub(super) async fn tombstone_of(
        &self,
        number: &PhoneNumberId,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let Some(salt) = self.salt().await? else { return Ok(None) };
        let key = Key::tombstone(&digest(&salt, number, identity.as_str()));
        Ok(self.get(&key).await?.filter(|item| item.lives(now)).and_then(|item| item.string("erasure_id")))
    }

    /// One for each spelling of each identity that is still theirs; then, that there are some.
    pub(super) async fn put_tombstones(&self, erasure: &Erasure, now: Timestamp) -> Result<(), Error> {
        let salt = self.salt().await?.ok_or(Error::Corrupt("salt"))?;
        let number = &erasure.phone_number_id;
        let until = remembered(erasure.erased_at);
        for identity in self.still_theirs(erasure, now).await? {
            let spellings: Vec<Identity> = identity.other_spellings().chain([identity.clone()]).collect();
            for spelling in spellings {
                let key = Key::tombstone(&digest(&salt, number, spelling.as_str()));
                let tombstone = Item::at(&key)
                    .text("kind", "tombstone")
                    .text("erasure_id", &erasure.id)
                    .time("erased_at", erasure.erased_at)
                    .number("ttl", until.as_second());
                self.dynamo.put_item().table_name(&self.table).set_item(Some(tombstone.0)).send().await?;
            }
        }
        let key = Key::erasures(number);
        self.believed.forget(&key);
        let mark = Item::at(&key).text("kind", "erasures").time(UNTIL, until).number("ttl", until.as_second());
        // A later erasure is remembered longer.
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(mark.0))
            .condition_expression("attribute_not_exists(pk) OR #until < :until")
            .expression_attribute_names("#until", UNTIL)
            .expression_attribute_values(":until", item::time(until))
            .send()
            .await;
        refused_is_fine(outcome)
    }

    /// Makes the salt, where there is none.
    pub(super) async fn make_salt(&self, random: &[u8]) -> Result<(), Error> {
        let salt = Item::at(&Key::salt()).text("kind", "salt").text(SALT, HEXLOWER.encode(random));
        let request = self.dynamo.put_item().table_name(&self.table).set_item(Some(salt.0));
        refused_is_fine(request.condition_expression("attribute_not_exists(pk)").send().await)
    }

    async fn salt(&self) -> Result<Option<Vec<u8>>, Error> {
        if let Some(salt) = self.salt.get() {
            return Ok(Some(salt.clone()));
        }
        let stored = self.get(&Key::salt()).await?;
        let salt = stored.and_then(|item| HEXLOWER.decode(item.str(SALT)?.as_bytes()).ok());
        Ok(salt.map(|salt| self.salt.get_or_init(|| salt).clone()))
    }
}

pub(crate) fn read_until(item: &Item) -> Timestamp {
    item.instant(UNTIL).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn digest(salt: &[u8], number: &PhoneNumberId, identity: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(salt) else { return String::new() };
    mac.update(number.as_str().as_bytes());
    mac.update(b"\x1f");
    mac.update(identity.as_bytes());
    let digest = HEXLOWER.encode(&mac.finalize().into_bytes());
    digest.get(..40).unwrap_or(&digest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_depends_on_salt_number_and_identity() {
        let (one, two) = (PhoneNumberId::new("1"), PhoneNumberId::new("2"));
        let all = BTreeSet::from([
            digest(b"salt", &one, "wa:15550101"),
            digest(b"other", &one, "wa:15550101"),
            digest(b"salt", &two, "wa:15550101"),
            digest(b"salt", &one, "wa:15550102"),
        ]);
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|digest| digest.len() == 40 && !digest.contains("15550101")));
    }
}
