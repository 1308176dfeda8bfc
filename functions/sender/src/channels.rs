//! Which account a number belongs to, remembered for a minute. Only what exists is remembered, so that a new channel
//! works at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use model::{PhoneNumberId, Timestamp, WabaId};

use crate::App;

const REMEMBERED: SignedDuration = SignedDuration::from_secs(60);

#[derive(Default)]
pub(crate) struct Channels(Mutex<BTreeMap<PhoneNumberId, (WabaId, Timestamp)>>);

impl App {
    /// `None` where the number is no channel of this stack.
    pub(crate) async fn waba_of(&self, number: &PhoneNumberId, now: Timestamp) -> Result<Option<WabaId>, store::Error> {
        if let Some(waba_id) = self.channels.recall(number, now) {
            return Ok(Some(waba_id));
        }
        let Some(channel) = self.store.channel(number).await? else { return Ok(None) };
        self.channels.note(number, &channel.waba_id, now);
        Ok(Some(channel.waba_id))
    }
}

impl Channels {
    fn recall(&self, number: &PhoneNumberId, now: Timestamp) -> Option<WabaId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(number).filter(|(_, at)| now.duration_since(*at) < REMEMBERED).map(|(waba_id, _)| waba_id.clone())
    }

    fn note(&self, number: &PhoneNumberId, waba_id: &WabaId, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(number.clone(), (waba_id.clone(), now));
    }
}
