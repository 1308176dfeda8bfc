//! Somebody rang. That opens the service window as a message does (contract §5.1); what became of a call does not.

use model::webhook::field::Calls;
use model::window::{OpenedBy, OpenedKind};
use model::{Entry, EventContact, PhoneNumberId};

use super::people::{Sighting, caller};
use super::{Fold, word};

impl Fold {
    /// `calls` on a channel; given back is whom they are with, where that is one person.
    pub(super) fn calls(
        &mut self,
        entry: &Entry<'_>,
        number: &PhoneNumberId,
        told: &Calls<'_>,
    ) -> Option<EventContact> {
        let mut people: Vec<Option<EventContact>> = Vec::new();
        for call in &told.calls {
            let person = caller(told, call);
            let at = call.timestamp.or(entry.time).unwrap_or(self.now);
            let contact = if call.is_from_user() {
                let opens_at = call.opens_window_at();
                let opens = opens_at.map(|_| OpenedBy {
                    kind: OpenedKind::Call,
                    id: word(&call.id),
                    what: word(&call.event),
                    referral: None,
                });
                let name = told.profile_of(call).and_then(|profile| profile.name.as_deref());
                self.sighted(number, Sighting { person: &person, name, at: opens_at.unwrap_or(at), opens })
            } else {
                self.written_to(number, &person, at)
            };
            people.push(contact);
        }
        let first = people.first().cloned().flatten()?;
        people.iter().flatten().filter(|contact| contact.key == first.key).count().eq(&people.len()).then_some(first)
    }
}
