//! Erasing a person, and what keeps them erased (quality threat 19, goal S8).
//!
//! An erasure is an item that says what is to go, and each step of it may be made twice: who dies in between goes on where
//! it stands. First come the tombstones, by which ingest knows what is from before; then everything goes; then, once no
//! process believes any more what it read before ([`SETTLE`]), it is gone through once more. At the end the item says that
//! it was, when and how much, and holds nothing of the person.

mod kept;
mod messages;
mod number;
mod person;
mod survey;
mod tombstone;

use jiff::{SignedDuration, Timestamp};
use model::erasure::REMEMBERED_DAYS;
use model::{ContactKey, PhoneNumberId};

use crate::Store;
use crate::error::Error;
use crate::identity::Identity;
use crate::item::{self, Item};
use crate::keys::{self, Key};

pub use kept::KeptOf;
pub use survey::Person;
pub use tombstone::Erased;
pub(crate) use tombstone::{Salt, read_until};

/// Longer than any process believes what it read, and than any sender is at work on what it took.
pub const SETTLE: SignedDuration = SignedDuration::from_secs(120);
/// How far back is looked the second time: nobody tells of what is older.
const KEPT_AGAIN: SignedDuration = SignedDuration::from_hours(15 * 24);
/// How long it is said that there was an erasure, in days.
const DAYS: u32 = 365;

/// What went, or would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErasureCounts {
    /// Contacts, more than one where some were merged.
    pub contacts: u64,
    /// Identities that led to them.
    pub identities: u64,
    /// Messages from the person.
    pub received: u64,
    /// Messages to the person; what is left of each is its id, so that it is never sent again.
    pub sent: u64,
    /// Those of them that were still to be sent, and are not.
    pub cancelled: u64,
    /// Files in the bucket, both ways.
    pub files: u64,
    /// Raw JSON in the bucket.
    pub raw: u64,
    /// Changes and unreadable parts that were kept raw, and named the person.
    pub kept: u64,
    /// What the person said of marketing.
    pub consents: u64,
}

/// How far an erasure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureState {
    /// Things are still to go.
    Erasing,
    /// All is gone that was there; looked through once more as soon as nobody believes what was before.
    Settling,
    /// It is over.
    Erased,
}

impl ErasureState {
    /// As it stands in the item and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Erasing => "erasing",
            Self::Settling => "settling",
            Self::Erased => "erased",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Erasing, Self::Settling, Self::Erased].into_iter().find(|state| state.as_str() == text)
    }
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasureStep {
    /// Tombstones.
    Begin,
    /// The contact, its identities, consent, pace.
    Person,
    /// Messages both ways, from before this place.
    Messages(String),
    /// What was kept raw, behind this place.
    Kept(String),
    /// Identities that only messages told.
    Names,
    /// All is gone, and is to be told.
    Told,
    /// The second look waits for its time.
    Wait,
}

/// An erasure under way, or over.
#[derive(Clone)]
pub struct Erasure {
    /// `era_…`
    pub id: String,
    /// The number whose contact it is.
    pub phone_number_id: PhoneNumberId,
    /// What was written until then is erased.
    pub erased_at: Timestamp,
    /// How far it is.
    pub state: ErasureState,
    /// What comes next.
    pub step: ErasureStep,
    /// When the second look may begin.
    pub settled_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// What went.
    pub counts: ErasureCounts,
    /// The contact, then those merged into it; none once it is over.
    pub keys: Vec<ContactKey>,
    /// Everything that led to them; none once it is over.
    pub identities: Vec<Identity>,
    /// It is the second look.
    again: bool,
}

/// Holds identities while it is under way.
impl std::fmt::Debug for Erasure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Erasure({}, {})", self.id, self.state.as_str())
    }
}

impl Store {
    /// The newest erasure of whoever an identity belonged to, as long as it is remembered.
    pub async fn erasure_of(
        &self,
        number: &PhoneNumberId,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Option<Erasure>, Error> {
        let Some(id) = self.tombstone_of(number, identity, now).await? else { return Ok(None) };
        self.get(&Key::erasure(&id)).await?.filter(|item| item.lives(now)).map(|item| read(&item)).transpose()
    }

    /// Begins an erasure of a person: nothing is gone yet. `random` makes its id, and the table's salt where it has none.
    pub async fn begin_erasure(
        &self,
        number: &PhoneNumberId,
        person: &Person,
        random: [u8; 48],
        now: Timestamp,
    ) -> Result<Erasure, Error> {
        let (id, salt) = random.split_at(16);
        let erasure = Erasure {
            id: format!("era_{}", data_encoding::HEXLOWER.encode(id)),
            phone_number_id: number.clone(),
            erased_at: now,
            state: ErasureState::Erasing,
            step: ErasureStep::Begin,
            settled_at: None,
            finished_at: None,
            counts: ErasureCounts { contacts: person.contacts, ..ErasureCounts::default() },
            keys: person.keys.clone(),
            identities: person.identities.clone(),
            again: false,
        };
        self.make_salt(salt).await?;
        self.put_erasure(&erasure, now).await?;
        Ok(erasure)
    }

    /// Makes the next step. Whoever makes it again after a crash changes nothing more. At [`ErasureStep::Told`] nothing is
    /// made before [`Store::told_erasure`], and nothing while it waits.
    pub async fn go_on_erasing(&self, mut erasure: Erasure, now: Timestamp) -> Result<Erasure, Error> {
        erasure.step = match erasure.step.clone() {
            ErasureStep::Begin => {
                self.put_tombstones(&erasure, now).await?;
                ErasureStep::Person
            }
            ErasureStep::Person => {
                self.erase_person(&mut erasure).await?;
                ErasureStep::Messages(String::new())
            }
            ErasureStep::Messages(place) => match self.erase_messages(&mut erasure, &place, now).await? {
                Some(next) => ErasureStep::Messages(next),
                None if erasure.again => ErasureStep::Kept(keys::kept_since(now - KEPT_AGAIN)),
                None => ErasureStep::Kept(String::new()),
            },
            ErasureStep::Kept(place) => match self.erase_kept(&mut erasure, &place, now).await? {
                Some(next) => ErasureStep::Kept(next),
                None => ErasureStep::Names,
            },
            ErasureStep::Names => {
                self.put_tombstones(&erasure, now).await?;
                self.erase_names(&mut erasure).await?;
                if erasure.again {
                    return self.finish_erasure(erasure, now).await;
                }
                ErasureStep::Told
            }
            ErasureStep::Wait if erasure.settled_at.is_none_or(|at| at <= now) => {
                erasure.again = true;
                ErasureStep::Person
            }
            step @ (ErasureStep::Told | ErasureStep::Wait) => step,
        };
        self.put_erasure(&erasure, now).await?;
        Ok(erasure)
    }

    /// It is told that everything is gone: from now on it settles.
    pub async fn told_erasure(&self, mut erasure: Erasure, now: Timestamp) -> Result<Erasure, Error> {
        if erasure.step == ErasureStep::Told {
            (erasure.state, erasure.step) = (ErasureState::Settling, ErasureStep::Wait);
            erasure.settled_at = Some(now + SETTLE);
            self.put_erasure(&erasure, now).await?;
        }
        Ok(erasure)
    }

    /// Nothing of the person is left but digests.
    async fn finish_erasure(&self, mut erasure: Erasure, now: Timestamp) -> Result<Erasure, Error> {
        (erasure.state, erasure.finished_at, erasure.step) = (ErasureState::Erased, Some(now), ErasureStep::Wait);
        (erasure.keys, erasure.identities) = (Vec::new(), Vec::new());
        self.put_erasure(&erasure, now).await?;
        Ok(erasure)
    }

    async fn put_erasure(&self, erasure: &Erasure, now: Timestamp) -> Result<(), Error> {
        self.dynamo.put_item().table_name(&self.table).set_item(Some(write(erasure, now).0)).send().await?;
        Ok(())
    }
}

/// Until when an erasure of this time is remembered.
fn remembered(at: Timestamp) -> Timestamp {
    at + SignedDuration::from_hours(REMEMBERED_DAYS * 24)
}

fn write(erasure: &Erasure, now: Timestamp) -> Item {
    let mut counts = erasure.counts;
    let keys: Vec<String> = erasure.keys.iter().map(|key| key.as_str().to_owned()).collect();
    let identities: Vec<String> = erasure.identities.iter().map(|id| id.as_str().to_owned()).collect();
    let mut item = Item::at(&Key::erasure(&erasure.id))
        .text("kind", "erasure")
        .text("erasure_id", &erasure.id)
        .text("phone_number_id", erasure.phone_number_id.as_str())
        .time("erased_at", erasure.erased_at)
        .text("state", erasure.state.as_str())
        .text("list_pk", keys::erasures_list(&erasure.phone_number_id))
        .text("list_sk", keys::message_sort(erasure.erased_at, &erasure.id))
        .for_days(DAYS, now);
    for (name, count) in COUNTS {
        item = item.number(name, *count(&mut counts));
    }
    if let Some(at) = erasure.settled_at {
        item = item.time("settled_at", at);
    }
    if let Some(at) = erasure.finished_at {
        return item.time("finished_at", at);
    }
    let (step, place) = match &erasure.step {
        ErasureStep::Begin => ("begin", String::new()),
        ErasureStep::Person => ("person", String::new()),
        ErasureStep::Messages(place) => ("messages", place.clone()),
        ErasureStep::Kept(place) => ("kept", place.clone()),
        ErasureStep::Names => ("names", String::new()),
        ErasureStep::Told => ("told", String::new()),
        ErasureStep::Wait => ("wait", String::new()),
    };
    item.text("step", step)
        .text("place", place)
        .flag("again", erasure.again)
        .value("keys", item::texts(&keys))
        .value("identities", item::texts(&identities))
}

fn read(item: &Item) -> Result<Erasure, Error> {
    let place = item.string("place").unwrap_or_default();
    let step = match item.str("step") {
        Some("begin") => ErasureStep::Begin,
        Some("person") => ErasureStep::Person,
        Some("messages") => ErasureStep::Messages(place),
        Some("kept") => ErasureStep::Kept(place),
        Some("names") => ErasureStep::Names,
        Some("told") => ErasureStep::Told,
        _ => ErasureStep::Wait,
    };
    let mut counts = ErasureCounts::default();
    for (name, count) in COUNTS {
        *count(&mut counts) = item.integer(name).and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
    }
    Ok(Erasure {
        id: item.needed("erasure_id", "erasure")?,
        phone_number_id: PhoneNumberId::new(item.needed("phone_number_id", "erasure")?),
        erased_at: item.instant("erased_at").ok_or(Error::Corrupt("erasure"))?,
        state: item.str("state").and_then(ErasureState::parse).ok_or(Error::Corrupt("erasure"))?,
        step,
        settled_at: item.instant("settled_at"),
        finished_at: item.instant("finished_at"),
        counts,
        keys: item.strings("keys").unwrap_or_default().into_iter().map(ContactKey::new).collect(),
        identities: item.strings("identities").unwrap_or_default().iter().map(|id| Identity::stored(id)).collect(),
        again: item.truth("again"),
    })
}

/// The attribute of a count, and its place here.
type Count = (&'static str, fn(&mut ErasureCounts) -> &mut u64);

const COUNTS: [Count; 9] = [
    ("n_contacts", |counts| &mut counts.contacts),
    ("n_identities", |counts| &mut counts.identities),
    ("n_received", |counts| &mut counts.received),
    ("n_sent", |counts| &mut counts.sent),
    ("n_cancelled", |counts| &mut counts.cancelled),
    ("n_files", |counts| &mut counts.files),
    ("n_raw", |counts| &mut counts.raw),
    ("n_kept", |counts| &mut counts.kept),
    ("n_consents", |counts| &mut counts.consents),
];

impl ErasureCounts {
    fn add(&mut self, mut more: Self) {
        for (_, count) in COUNTS {
            *count(self) += *count(&mut more);
        }
    }
}

impl Erasure {
    /// Learned on the way: it goes too.
    fn learn(&mut self, identities: impl IntoIterator<Item = Identity>) {
        for identity in identities {
            if !self.identities.contains(&identity) {
                self.identities.push(identity);
            }
        }
    }
}
