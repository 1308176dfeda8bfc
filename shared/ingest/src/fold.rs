//! From a parsed POST to what is stored and what is published. No IO.

mod account;
mod call;
mod consent;
mod message;
pub(crate) mod people;
mod publish;
mod status;
pub(crate) mod template;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{Change, ContactKey, Entry, Event, EventType, Field, Notification, PhoneNumberId, Value, WabaId};
use queue::{MediaJob, SyncJob};
use serde_json::value::RawValue;
use store::{Cause, Directory, Inbound, Kept, SeenContact, ToldTemplate};

use super::Counts;
use super::erased::Silent;
use template::{TemplateKey, ToldKey};

/// Bytes of a part that goes into an item beside the message itself. An item holds 400 KiB, and a POST with one item too
/// many bytes would be refused for as long as Meta sends it; so what is larger is kept raw by itself.
const PART_MAX: usize = 32 * 1024;
/// Characters of a word or name that becomes an attribute. The raw JSON beside it has the whole.
const WORD_MAX: usize = 256;

pub(super) struct Fold {
    directory: Directory,
    now: Timestamp,
    inbound: Inbound,
    contacts: BTreeMap<(PhoneNumberId, ContactKey), SeenContact>,
    events: Vec<(Event, Option<String>)>,
    media: Vec<MediaJob>,
    /// Templates whose content a listing has told.
    templates: BTreeSet<TemplateKey>,
    told: BTreeMap<ToldKey, ToldTemplate>,
    /// Accounts to be listed, and the moment the listing has to follow.
    syncs: BTreeMap<WabaId, Timestamp>,
    silent: Silent,
    counts: Counts,
}

/// What to do with a POST.
#[derive(Default)]
pub(super) struct Folded {
    pub(super) inbound: Inbound,
    /// With the status of a `message.status`, which the filter asks for.
    pub(super) events: Vec<(Event, Option<String>)>,
    pub(super) media: Vec<MediaJob>,
    /// One for an account.
    pub(super) syncs: Vec<SyncJob>,
    pub(super) counts: Counts,
    /// Who is who by now. Events name the contact that has the identity; told of is the one it was merged into.
    pub(super) directory: Directory,
}

impl Fold {
    pub(super) fn new(directory: Directory, now: Timestamp) -> Self {
        Self {
            directory,
            now,
            inbound: Inbound::default(),
            contacts: BTreeMap::new(),
            events: Vec::new(),
            media: Vec::new(),
            templates: BTreeSet::new(),
            told: BTreeMap::new(),
            syncs: BTreeMap::new(),
            silent: Silent::default(),
            counts: Counts::default(),
        }
    }

    /// With the templates whose content the table knows.
    pub(super) fn knowing(self, templates: BTreeSet<TemplateKey>) -> Self {
        Self { templates, ..self }
    }

    /// Without statuses that nobody may be told of any more.
    pub(super) fn leaving_out(self, silent: Silent) -> Self {
        Self { silent, ..self }
    }

    /// Every change of every entry, and whatever else the envelope holds.
    pub(super) fn all_of(mut self, notification: &Notification<'_>) -> Folded {
        for entry in &notification.entries {
            for change in &entry.changes {
                self.change(entry, change);
            }
            for raw in &entry.malformed {
                self.malformed(Some(entry), raw);
            }
        }
        for raw in &notification.malformed {
            self.malformed(None, raw);
        }
        self.finish()
    }

    fn change(&mut self, entry: &Entry<'_>, change: &Change<'_>) {
        match &change.value {
            Value::Messages(value) if self.directory.is_registered(&value.phone_number_id) => {
                for message in &value.messages {
                    self.message(entry, value, message);
                }
                let silent = std::mem::take(&mut self.silent);
                for status in value.statuses.iter().filter(|status| !silent.holds(&value.phone_number_id, status)) {
                    self.status(entry, value, status);
                }
                self.silent = silent;
                for unknown in &value.unknown {
                    let number = Some(&value.phone_number_id);
                    self.keep(Cause::Unknown, Some(entry), number, &unknown.kind, unknown.raw);
                    self.publish_part(EventType::Unknown, Some(entry), number, &unknown.kind, unknown.raw);
                }
            }
            _ => match change.phone_number_id() {
                Some(number) if !self.directory.is_registered(&number) => {
                    self.counts.quarantined += 1;
                    self.keep(Cause::Unregistered, Some(entry), Some(&number), &change.field, change.raw);
                    self.publish_change(EventType::Unknown, entry, Some(&number), None, change);
                }
                // A field of an account or a template names no number, and needs no channel.
                number => {
                    let kind = model::event::type_of_field(&change.field);
                    self.keep(Cause::Change, Some(entry), number.as_ref(), &change.field, change.raw);
                    let field = Field::read(change);
                    let about = match (&number, &field) {
                        (Some(number), Field::UserPreferences(told)) => self.preferences(entry, number, told),
                        (Some(number), Field::Calls(told)) => self.calls(entry, number, told),
                        (Some(number), Field::UserIds(updates)) => self.user_ids(entry, number, updates),
                        _ => None,
                    };
                    self.publish_change(kind, entry, number.as_ref(), about, change);
                    self.right_account(&field, &change.field);
                    self.template(entry, &field);
                    self.account(entry, &field);
                }
            },
        }
    }

    /// A part of the envelope that is no entry, or no change.
    fn malformed(&mut self, entry: Option<&Entry<'_>>, raw: &RawValue) {
        self.keep(Cause::Unknown, entry, None, "", raw);
        self.publish_part(EventType::Unknown, entry, None, "", raw);
    }

    fn finish(mut self) -> Folded {
        self.counts.messages = self.inbound.messages.len();
        self.counts.statuses = self.inbound.statuses.len();
        self.counts.kept = self.inbound.kept.len();
        self.inbound.contacts = self.contacts.into_values().collect();
        self.inbound.templates = self.told.into_values().collect();
        let syncs = self.syncs.into_iter().map(|(waba, after)| SyncJob::changed(waba, after)).collect();
        Folded {
            inbound: self.inbound,
            events: self.events,
            media: self.media,
            syncs,
            counts: self.counts,
            directory: self.directory,
        }
    }

    /// Under a time that the same thing has when it comes again: it is then kept once.
    fn keep(
        &mut self,
        cause: Cause,
        entry: Option<&Entry<'_>>,
        number: Option<&PhoneNumberId>,
        field: &str,
        raw: &RawValue,
    ) {
        let told = entry.and_then(|entry| entry.time.or_else(|| newest(entry)));
        self.inbound.kept.push(Kept {
            cause: cause.as_str().to_owned(),
            field: word(field),
            waba_id: entry.map(|entry| entry.id.clone()),
            phone_number_id: number.cloned(),
            at: told.unwrap_or(self.now),
            raw: raw.to_owned(),
            base64: false,
        });
    }
}

/// `messages` have no time of their own; what is in them has.
fn newest(entry: &Entry<'_>) -> Option<Timestamp> {
    let values = entry.changes.iter().filter_map(|change| match &change.value {
        Value::Messages(value) => Some(value),
        Value::Other => None,
    });
    values
        .flat_map(|value| {
            let messages = value.messages.iter().map(|message| message.timestamp);
            messages.chain(value.statuses.iter().map(|status| status.timestamp))
        })
        .flatten()
        .max()
}

fn fits(raw: &RawValue) -> bool {
    raw.get().len() <= PART_MAX
}

fn word(text: &str) -> String {
    text.chars().take(WORD_MAX).collect()
}
