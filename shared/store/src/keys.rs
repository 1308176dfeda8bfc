//! Every key and index key. A person's identity is part of some keys: none of them may be logged.

use jiff::Timestamp;
use model::channel::QuotaScope;
use model::file::FileKind;
use model::{ContactKey, MessageId, PhoneNumberId, SendId, WabaId};

use crate::identity::Identity;

/// The index of lists: channels; contacts of a number; messages of a contact. Keys only.
pub(crate) const LIST_INDEX: &str = "list";
/// Sends by wamid. Sparse, keys only.
pub(crate) const WAMID_INDEX: &str = "wamid";
/// What waits for a time. Sparse, keys only.
pub(crate) const DUE_INDEX: &str = "due";

pub(crate) const CHANNEL: &str = "CHANNEL";
/// How the number's rate is shared out.
pub(crate) const RATE: &str = "RATE";
const PROFILE: &str = "PROFILE";
pub(crate) const CHANNEL_NAME: &str = "NAME";
pub(crate) const CONTACT: &str = "CONTACT";
pub(crate) const ALIAS: &str = "ALIAS";
pub(crate) const MESSAGE: &str = "MESSAGE";
pub(crate) const SEND: &str = "SEND";
pub(crate) const SYNC: &str = "SYNC";
const LISTING: &str = "LISTING";
pub(crate) const CONSENT: &str = "CONSENT";
const QUOTA_DAY: &str = "DAY";
const QUOTA_MARK: &str = "COUNTED";
const TEST_RECIPIENTS: &str = "TESTRECIPIENTS";
const TOMBSTONE: &str = "ERASED";
const ERASURE: &str = "ERASURE";
const ERASURES: &str = "ERASURES";
const SALT: &str = "SALT";
pub(crate) const PACE: &str = "PACE";
pub(crate) const LINK: &str = "LINK";
pub(crate) const CONSENT_SIGNAL: &str = "CONSENT#";
pub(crate) const TEMPLATE_PREFIX: &str = "TPL#";
pub(crate) const SENDING: &str = "SENDING";
pub(crate) const CHANNELS_LIST: &str = "CHANNELS";

/// A number's contacts are listed from this many partitions, or one busy number would be one hot index partition.
pub(crate) const CONTACT_SHARDS: u8 = 4;
/// What waits is spread over this many partitions.
pub(crate) const DUE_SHARDS: u8 = 4;
/// What is kept raw is spread over this many partitions a day.
const KEPT_SHARDS: u8 = 8;

/// Where it is noted which partitions hold something that was kept raw.
pub(crate) const KEPT_PARTITIONS: &str = "KEPT";

/// A primary key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    pub(crate) fn channel(id: &PhoneNumberId) -> Self {
        Self::new(format!("CH#{id}"), CHANNEL)
    }

    /// Whether a number sends.
    pub(crate) fn sending(id: &PhoneNumberId) -> Self {
        Self::new(format!("CH#{id}"), SENDING)
    }

    /// In the channel's partition.
    pub(crate) fn rate(id: &PhoneNumberId) -> Self {
        Self::new(format!("CH#{id}"), RATE)
    }

    /// The business profile, in the channel's partition.
    pub(crate) fn profile(id: &PhoneNumberId) -> Self {
        Self::new(format!("CH#{id}"), PROFILE)
    }

    /// Names are unique whatever their case.
    pub(crate) fn channel_name(name: &str) -> Self {
        Self::new(format!("CHNAME#{}", name.trim().to_lowercase()), CHANNEL_NAME)
    }

    pub(crate) fn contact(number: &PhoneNumberId, key: &ContactKey) -> Self {
        Self::new(contact_partition(number, key), CONTACT)
    }

    pub(crate) fn alias(number: &PhoneNumberId, identity: &Identity) -> Self {
        Self::new(format!("N#{number}#A#{}", identity.as_str()), ALIAS)
    }

    pub(crate) fn message(id: &MessageId) -> Self {
        Self::new(format!("M#{}", id.as_str()), MESSAGE)
    }

    pub(crate) fn send(id: &SendId) -> Self {
        Self::new(format!("S#{id}"), SEND)
    }

    pub(crate) fn template(waba: &WabaId, name: &str, language: &str) -> Self {
        Self::new(waba_partition(waba), format!("{TEMPLATE_PREFIX}{name}#{language}"))
    }

    /// What the last listing of templates said in short.
    pub(crate) fn listing(waba: &WabaId) -> Self {
        Self::new(waba_partition(waba), LISTING)
    }

    pub(crate) fn sync(waba: &WabaId) -> Self {
        Self::new(waba_partition(waba), SYNC)
    }

    /// What is quarantined: by day and hash, so that the same thing delivered again is the same item.
    pub(crate) fn kept(at: Timestamp, hash: &str) -> Self {
        let shard = shard(hash, KEPT_SHARDS);
        Self::new(format!("Q#{}#{shard}", at.strftime("%Y-%m-%d")), message_sort(at, hash))
    }

    /// A change that was taken in, and is kept. Apart from the quarantine: there may be a thousand times as many.
    pub(crate) fn change(at: Timestamp, hash: &str) -> Self {
        let shard = shard(hash, KEPT_SHARDS);
        Self::new(format!("K#{}#{shard}", at.strftime("%Y-%m-%d")), message_sort(at, hash))
    }

    /// That one of those partitions holds something. By day.
    pub(crate) fn kept_partition(partition: &str) -> Self {
        let (class, place) = partition.split_once('#').unwrap_or_default();
        Self::new(String::from(KEPT_PARTITIONS), format!("{place}#{class}"))
    }

    /// A file that Meta has, by what is in it and what it is to be sent as.
    pub(crate) fn uploaded(number: &PhoneNumberId, sha256: &str, kind: FileKind, mime: &str) -> Self {
        Self::new(format!("N#{number}#FILE#{sha256}"), format!("{kind}#{mime}"))
    }

    /// A link to a file, by the hash of its token.
    pub(crate) fn link(hash: &str) -> Self {
        Self::new(format!("F#{hash}"), LINK)
    }

    /// People counted by all that share a messaging limit.
    pub(crate) fn quota_day(scope: &QuotaScope) -> Self {
        Self::new(format!("P#{}", scope.id()), QUOTA_DAY)
    }

    /// That a person counts among them.
    pub(crate) fn quota_mark(scope: &QuotaScope, key: &ContactKey) -> Self {
        Self::new(format!("P#{}#C#{}", scope.id(), key.as_str()), QUOTA_MARK)
    }

    /// Whom a test number has written to.
    pub(crate) fn test_recipients(number: &PhoneNumberId) -> Self {
        Self::new(format!("CH#{number}"), TEST_RECIPIENTS)
    }

    /// That somebody was erased, by a digest that only this table's salt makes.
    pub(crate) fn tombstone(digest: &str) -> Self {
        Self::new(format!("T#{digest}"), TOMBSTONE)
    }

    /// An erasure: while it is under way what is to go, and afterwards that it was.
    pub(crate) fn erasure(id: &str) -> Self {
        Self::new(format!("E#{id}"), ERASURE)
    }

    /// Until when tombstones have to be looked for on a number.
    pub(crate) fn erasures(number: &PhoneNumberId) -> Self {
        Self::new(format!("CH#{number}"), ERASURES)
    }

    /// What the digests of tombstones are made with.
    pub(crate) fn salt() -> Self {
        Self::new(String::from(ERASURES), SALT)
    }

    pub(crate) fn consent(number: &PhoneNumberId, key: &ContactKey) -> Self {
        Self::new(contact_partition(number, key), CONSENT)
    }

    pub(crate) fn pace(number: &PhoneNumberId, key: &ContactKey) -> Self {
        Self::new(contact_partition(number, key), PACE)
    }

    /// One thing said of a person's consent; the same thing told again is the same item.
    pub(crate) fn consent_signal(number: &PhoneNumberId, key: &ContactKey, at: Timestamp, what: &str) -> Self {
        Self::new(contact_partition(number, key), format!("{CONSENT_SIGNAL}{}", message_sort(at, what)))
    }
}

/// The place before everything that was kept on the day of `at`, or later.
pub(crate) fn kept_since(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

pub(crate) fn kept_partitions(day: &str) -> Vec<String> {
    (0..KEPT_SHARDS).map(|shard| format!("Q#{day}#{shard}")).collect()
}

pub(crate) fn change_partitions(day: &str) -> Vec<String> {
    (0..KEPT_SHARDS).map(|shard| format!("K#{day}#{shard}")).collect()
}

pub(crate) fn waba_partition(waba: &WabaId) -> String {
    format!("W#{waba}")
}

/// The list of a contact's messages has the same partition key as the contact itself.
pub(crate) fn contact_partition(number: &PhoneNumberId, key: &ContactKey) -> String {
    format!("N#{number}#C#{}", key.as_str())
}

/// Messages of a contact of which only statuses are known: in no history, and found when the contact is erased.
pub(crate) fn stub_partition(number: &PhoneNumberId, key: &ContactKey) -> String {
    format!("{}#STUBS", contact_partition(number, key))
}

/// What all keys of a number's people begin with.
pub(crate) fn number_prefix(number: &PhoneNumberId) -> String {
    format!("N#{number}#")
}

/// Erasures of a number, by time.
pub(crate) fn erasures_list(number: &PhoneNumberId) -> String {
    format!("N#{number}#ERASURES")
}

pub(crate) fn message_sort(at: Timestamp, id: &str) -> String {
    format!("{:015}#{id}", at.as_millisecond())
}

pub(crate) fn contacts_list(number: &PhoneNumberId, shard: u8) -> String {
    format!("N#{number}#CONTACTS#{shard}")
}

pub(crate) fn contact_list(number: &PhoneNumberId, key: &ContactKey) -> String {
    contacts_list(number, shard(key.as_str(), CONTACT_SHARDS))
}

/// By hour: it moves at most once an hour per contact, so a lively chat costs no index writes.
pub(crate) fn contact_sort(active: Timestamp, key: &ContactKey) -> String {
    format!("{}#{}", active.strftime("%Y-%m-%dT%H"), key.as_str())
}

pub(crate) fn due_partition(shard: u8) -> String {
    format!("DUE#{shard}")
}

pub(crate) fn due_keys(at: Timestamp, id: &SendId) -> (String, String) {
    (due_partition(shard(id.as_str(), DUE_SHARDS)), message_sort(at, id.as_str()))
}

pub(crate) fn due_until(now: Timestamp) -> String {
    format!("{:015}$", now.as_millisecond())
}

/// Numbers that have to be looked after. Few: those for which something is parked.
pub(crate) const SENDING_DUE: &str = "DUE#SENDING";

pub(crate) fn sending_due(at: Timestamp, number: &PhoneNumberId) -> (String, String) {
    (SENDING_DUE.to_owned(), message_sort(at, number.as_str()))
}

/// The number whose [`Key::sending`] has this partition key.
pub(crate) fn sending_number(pk: &str) -> Option<PhoneNumberId> {
    pk.strip_prefix("CH#").map(PhoneNumberId::new)
}

/// What is parked for a number, in the order it was queued: in the index of what is due, but due at no time.
pub(crate) fn parked_partition(number: &PhoneNumberId) -> String {
    format!("PARKED#{number}")
}

/// With the time it expires, so that a listing tells it.
pub(crate) fn parked_sort(queued_at: Timestamp, id: &SendId, expires_at: Option<Timestamp>) -> String {
    let sort = message_sort(queued_at, id.as_str());
    match expires_at {
        Some(at) => format!("{sort}#{}", at.as_millisecond()),
        None => sort,
    }
}

pub(crate) fn parked_expiry(sort: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(sort.split('#').nth(2)?.parse().ok()?).ok()
}

fn shard(text: &str, shards: u8) -> u8 {
    u8::try_from(hash(text) % u32::from(shards)).unwrap_or(0)
}

/// FNV-1a: spreads, and stays the same for ever, which the standard library's hasher does not promise.
pub(crate) fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These strings are in tables of real installs: changing one strands what is stored.
    #[test]
    fn keys_stay_as_they_are() {
        let number = PhoneNumberId::new("1");
        let at: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        let key = ContactKey::new("wa:15550100");
        let spelled = |key: Key| format!("{} {}", key.pk, key.sk);
        assert_eq!(spelled(Key::channel(&number)), "CH#1 CHANNEL");
        assert_eq!(spelled(Key::rate(&number)), "CH#1 RATE");
        assert_eq!(spelled(Key::profile(&number)), "CH#1 PROFILE");
        assert_eq!(spelled(Key::channel_name(" Shop ")), "CHNAME#shop NAME");
        assert_eq!(spelled(Key::contact(&number, &key)), "N#1#C#wa:15550100 CONTACT");
        assert_eq!(spelled(Key::pace(&number, &key)), "N#1#C#wa:15550100 PACE");
        assert_eq!(spelled(Key::message(&MessageId::new("wamid.X"))), "M#wamid.X MESSAGE");
        assert_eq!(spelled(Key::template(&WabaId::new("2"), "a_b", "en_US")), "W#2 TPL#a_b#en_US");
        assert_eq!(spelled(Key::listing(&WabaId::new("2"))), "W#2 LISTING");
        assert_eq!(spelled(Key::sync(&WabaId::new("2"))), "W#2 SYNC");
        assert_eq!(spelled(Key::uploaded(&number, "ab", FileKind::Image, "image/png")), "N#1#FILE#ab image#image/png");
        assert_eq!(spelled(Key::link("ab")), "F#ab LINK");
        let scope = QuotaScope::Portfolio("4".into());
        assert_eq!(spelled(Key::quota_day(&scope)), "P#4 DAY");
        assert_eq!(spelled(Key::quota_mark(&scope, &key)), "P#4#C#wa:15550100 COUNTED");
        assert_eq!(spelled(Key::test_recipients(&number)), "CH#1 TESTRECIPIENTS");
        assert_eq!(spelled(Key::tombstone("ab")), "T#ab ERASED");
        assert_eq!(spelled(Key::erasure("era_a")), "E#era_a ERASURE");
        assert_eq!(spelled(Key::erasures(&number)), "CH#1 ERASURES");
        assert_eq!(spelled(Key::salt()), "ERASURES SALT");
        assert_eq!(stub_partition(&number, &key), "N#1#C#wa:15550100#STUBS");
        assert_eq!(erasures_list(&number), "N#1#ERASURES");
        assert_eq!(contact_list(&number, &key), "N#1#CONTACTS#2");
        assert_eq!(contact_sort(at, &key), "2026-01-02T03#wa:15550100");
        assert_eq!(message_sort(at, "x"), "001767323045678#x");
    }

    #[test]
    fn what_is_parked_tells_when_it_expires() {
        let at: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        let id = SendId::from_random([7; 20]);
        assert_eq!(parked_expiry(&parked_sort(at, &id, None)), None);
        assert_eq!(parked_expiry(&parked_sort(at, &id, Some(at))), Some(at));
        assert!(parked_sort(at, &id, None).starts_with(&format!("001767323045678#{id}")));
        assert_eq!(sending_number(&Key::sending(&PhoneNumberId::new("1")).pk), Some(PhoneNumberId::new("1")));
    }

    #[test]
    fn due_until_takes_in_what_is_due_now() {
        let at: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        assert!(message_sort(at, "snd_zzzz") < due_until(at));
        assert!(message_sort(at + jiff::SignedDuration::from_millis(1), "snd_a") > due_until(at));
    }
}
