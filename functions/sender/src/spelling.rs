//! How a recipient's number is spelled where WhatsApp and the dialled form differ: Brazil, Mexico, Argentina (contract
//! §5.10). Sent to is the spelling that Meta was last seen to use; where it refuses that, the other one, once.

use model::{Contact, OutboundMessage, Recipient, WaId};

/// Meta's codes for a number that it does not reach, and one that is not on a test number's list.
const NOT_REACHED: [i64; 2] = [131_026, 131_030];

/// The number to call. `None` where the message names no phone.
pub(crate) fn dialled(message: &OutboundMessage, contact: Option<&Contact>) -> Option<WaId> {
    let Recipient::Phone(digits) = &message.recipient else { return None };
    let asked = WaId::from(digits.as_str());
    let seen = contact.and_then(|contact| contact.wa_id.as_ref()).filter(|seen| **seen != asked);
    // Most people have one spelling, and it is what was asked for: then nothing is looked up.
    Some(seen.filter(|seen| asked.other_spellings().contains(seen)).cloned().unwrap_or(asked))
}

/// What else the number could be, after Meta's refusal of it: a refusal is proof that nothing was sent.
pub(crate) fn other(dialled: &WaId, error: &graph::Error) -> Option<WaId> {
    if !error.code().is_some_and(|code| NOT_REACHED.contains(&code)) {
        return None;
    }
    dialled.other_spellings().into_iter().next()
}
