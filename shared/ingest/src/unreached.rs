//! Messages that Meta accepted and then could not deliver: who they were for does not count against the messaging limit, and
//! takes no place of a test number's (L-06, Z-02). Only `failed` statuses cost this.

use futures::future::try_join_all;
use model::{ContactKey, DeliveryStatus, MetaError, PhoneNumberId, SendId, SendState, Timestamp};
use store::{Inbound, Store};

/// Meta's code for somebody who is not on a test number's list.
const NOT_LISTED: i64 = 131_030;

pub(crate) struct Unreached {
    number: PhoneNumberId,
    contact: ContactKey,
    send: SendId,
    is_unlisted: bool,
}

pub(crate) fn of(inbound: &Inbound) -> Vec<Unreached> {
    let failed = inbound.statuses.iter().filter(|status| status.status == DeliveryStatus::Failed.as_str());
    failed
        .filter_map(|status| {
            let errors = status.errors.as_deref().map(MetaError::parse_all).unwrap_or_default();
            Some(Unreached {
                number: status.phone_number_id.clone(),
                contact: status.contact.clone()?,
                send: status.send_id.clone()?,
                is_unlisted: errors.iter().any(|error| error.code == NOT_LISTED),
            })
        })
        .collect()
}

/// May be repeated: each is released once.
pub(crate) async fn release(store: &Store, unreached: Vec<Unreached>, now: Timestamp) -> Result<(), store::Error> {
    let each = unreached.iter().map(|Unreached { number, contact, send, is_unlisted }| async move {
        // What was delivered before it failed did reach somebody.
        if store.send(send, now).await?.is_some_and(|send| send.shown_state() == SendState::Failed) {
            store.release_recipient(number, contact, send, now).await?;
        }
        if *is_unlisted {
            store.forget_test_recipient(number, contact).await?;
        }
        Ok(())
    });
    try_join_all(each).await.map(drop)
}
