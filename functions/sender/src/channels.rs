//! What is known of a number, remembered for a minute. Only what exists is remembered, so that a new channel works at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use model::{Channel, PhoneNumberId, Timestamp, WabaId};

use crate::App;

const REMEMBERED: SignedDuration = SignedDuration::from_secs(60);

#[derive(Default)]
pub(crate) struct Channels(Mutex<BTreeMap<PhoneNumberId, (Arc<Channel>, Timestamp)>>);

impl App {
    /// `None` where the number is no channel of this stack. What is changed of it counts within a minute.
    pub(crate) async fn channel(
        &self,
        number: &PhoneNumberId,
        now: Timestamp,
    ) -> Result<Option<Arc<Channel>>, store::Error> {
        if let Some(channel) = self.channels.recall(number, now) {
            return Ok(Some(channel));
        }
        let Some(channel) = self.store.channel(number).await?.map(Arc::new) else { return Ok(None) };
        self.channels.note(number, &channel, now);
        Ok(Some(channel))
    }

    /// The account a number belongs to.
    pub(crate) async fn waba_of(&self, number: &PhoneNumberId, now: Timestamp) -> Result<Option<WabaId>, store::Error> {
        Ok(self.channel(number, now).await?.map(|channel| channel.waba_id.clone()))
    }
}

impl Channels {
    fn recall(&self, number: &PhoneNumberId, now: Timestamp) -> Option<Arc<Channel>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(number).filter(|(_, at)| now.duration_since(*at) < REMEMBERED).map(|(channel, _)| Arc::clone(channel))
    }

    pub(crate) fn note(&self, number: &PhoneNumberId, channel: &Arc<Channel>, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(number.clone(), (Arc::clone(channel), now));
    }
}
