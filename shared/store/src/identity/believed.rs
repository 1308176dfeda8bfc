//! What this process believes, between POSTs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use model::consent::Words;

use super::Alias;
use crate::keys::Key;

/// How long a registered channel or a known alias is believed without asking the table again.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(60);
/// Aliases kept in memory; beyond that all are forgotten, which costs a read each.
const CACHE_MAX: usize = 20_000;

/// Only what exists is believed, and that nobody was erased: an unregistered number or an unknown person is asked for again, so that a new channel
/// works at once.
#[derive(Clone, Default)]
pub(crate) struct Believed(Arc<Mutex<HashMap<Key, (Belief, Timestamp)>>>);

#[derive(Clone)]
pub(crate) enum Belief {
    Registered(Arc<Words>),
    Leads(Alias),
    /// Until when tombstones of the number are to be looked for.
    Erasures(Timestamp),
}

impl Believed {
    pub(crate) fn recall(&self, key: &Key, now: Timestamp) -> Option<Belief> {
        let believed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        believed.get(key).filter(|(_, at)| now.duration_since(*at) < BELIEVED_FOR).map(|(belief, _)| belief.clone())
    }

    pub(crate) fn note(&self, key: Key, belief: Belief, now: Timestamp) {
        let mut believed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if believed.len() >= CACHE_MAX {
            believed.clear();
        }
        believed.insert(key, (belief, now));
    }

    /// Something here is about to be changed.
    pub(crate) fn forget(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
