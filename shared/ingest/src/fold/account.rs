//! What is told of accounts and numbers. It names a number as people dial it, or none at all, and tells one fact of many:
//! so the account's numbers are read again, and their channels bear what Meta says of all of it (L-08, D-01).

use model::{Entry, Field, WabaId};

use super::Fold;

impl Fold {
    /// The event just told is about the account of its entry, but for partners' events, whose entry bears a business
    /// portfolio.
    pub(super) fn right_account(&mut self, field: &Field<'_>, name: &str) {
        let account: Option<WabaId> = match field {
            Field::Account(update) if update.is_about_partners() => update.waba_id.clone(),
            _ if name == "partner_solutions" => None,
            _ => return,
        };
        if let Some((event, _)) = self.events.last_mut() {
            event.waba_id = account;
        }
    }

    pub(super) fn account(&mut self, entry: &Entry<'_>, field: &Field<'_>) {
        let changes_numbers = match field {
            Field::NumberName(_) | Field::NumberQuality(_) | Field::Capability(_) => true,
            Field::Account(update) => !update.is_about_partners(),
            _ => false,
        };
        if changes_numbers && !matches!(entry.id.as_str(), "" | "0") {
            self.list_after(&entry.id, entry.time.unwrap_or(self.now));
        }
    }
}
