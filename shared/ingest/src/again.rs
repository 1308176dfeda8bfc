//! What was kept raw is taken in again: a number has become a channel, or this build reads what an older one could not.
//!
//! By the same way as the first time: put back into an envelope, parsed, folded, stored, published. Times are Meta's, so
//! what is old opens no service window. Events get the run's id behind their own, so that consumers who drop repeats by
//! id take them.

use jiff::Timestamp;
use model::Notification;
use store::{Cause, Kept};

use super::{Counts, Error, Ingest};
use crate::fold::Folded;

/// What came of it, or would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// Whether it is taken in.
    pub outcome: Outcome,
    /// What of.
    pub counts: Counts,
}

/// Whether something kept can be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is, or would be.
    TakenIn,
    /// Its number is still no channel of this stack.
    Unregistered,
    /// This build cannot read it either.
    Unreadable,
}

impl Ingest {
    /// Takes in what was kept. Nothing is written unless all of it can be; it stays kept either way.
    pub async fn again(&self, kept: &Kept, run: &str, now: Timestamp) -> Result<Again, Error> {
        let (outcome, mut folded) = self.fold_again(kept, now).await?;
        if outcome != Outcome::TakenIn {
            return Ok(Again { outcome, counts: Counts::default() });
        }
        for (event, _) in &mut folded.events {
            event.id = format!("{}.{run}", event.id);
        }
        Ok(Again { outcome, counts: self.take_in(folded, now).await? })
    }

    /// What [`Ingest::again`] would do. Writes nothing.
    pub async fn rehearse(&self, kept: &Kept, now: Timestamp) -> Result<Again, Error> {
        let (outcome, folded) = self.fold_again(kept, now).await?;
        let counts = match outcome {
            Outcome::TakenIn => {
                let events = super::events::wanted(&self.events, folded.events).len();
                Counts { events, ..folded.counts }
            }
            _ => Counts::default(),
        };
        Ok(Again { outcome, counts })
    }

    async fn fold_again(&self, kept: &Kept, now: Timestamp) -> Result<(Outcome, Folded), Error> {
        let Some(body) = envelope(kept) else { return Ok((Outcome::Unreadable, Folded::default())) };
        let Ok(notification) = Notification::parse(&body) else {
            return Ok((Outcome::Unreadable, Folded::default()));
        };
        let folded = self.fold(&notification, now).await?;
        Ok((outcome(kept, &folded), folded))
    }
}

fn outcome(kept: &Kept, folded: &Folded) -> Outcome {
    let inbound = &folded.inbound;
    if kept.cause == Cause::Unprocessable.as_str() {
        // It may hold a change for a number that is no channel; that is then quarantined like any.
        return Outcome::TakenIn;
    }
    if folded.counts.quarantined > 0 {
        return Outcome::Unregistered;
    }
    let kept_again = inbound.kept.iter().any(|again| again.raw.get() == kept.raw.get());
    let read = !inbound.messages.is_empty() || !inbound.statuses.is_empty();
    if kept.cause == Cause::Unknown.as_str() && (folded.events.is_empty() || (kept_again && !read)) {
        return Outcome::Unreadable;
    }
    Outcome::TakenIn
}

/// The body that Meta might have sent with nothing else in it.
fn envelope(kept: &Kept) -> Option<Vec<u8>> {
    if kept.cause == Cause::Unprocessable.as_str() {
        return kept.bytes();
    }
    let raw = kept.raw.get();
    let is_part = kept.cause == Cause::Unknown.as_str();
    let entry = match (&kept.phone_number_id, &kept.waba_id) {
        (Some(number), _) if is_part => {
            // Elements of lists are kept one by one, and a status of another type as `statuses.<type>`.
            let name = kept.field.split('.').next().unwrap_or_default();
            let listed = matches!(name, "messages" | "statuses" | "contacts");
            let member = if listed { format!("[{raw}]") } else { raw.to_owned() };
            let (name, number) = (quoted(name)?, quoted(number.as_str())?);
            let value = format!(r#"{{"metadata":{{"phone_number_id":{number}}},{name}:{member}}}"#);
            in_entry(kept, &format!(r#"{{"field":"messages","value":{value}}}"#))?
        }
        // Neither an entry nor a change: it stood in the place of one.
        (None, None) if is_part => raw.to_owned(),
        _ => in_entry(kept, raw)?,
    };
    Some(format!(r#"{{"entry":[{entry}]}}"#).into_bytes())
}

/// The entry's time stands in for what has none, so that nothing old counts as new.
fn in_entry(kept: &Kept, change: &str) -> Option<String> {
    let id = quoted(kept.waba_id.as_ref().map_or("", |id| id.as_str()))?;
    Some(format!(r#"{{"id":{id},"time":{},"changes":[{change}]}}"#, kept.at.as_second()))
}

fn quoted(text: &str) -> Option<String> {
    serde_json::to_string(text).ok()
}

#[cfg(test)]
mod tests {
    use model::{PhoneNumberId, Value, WabaId};
    use serde_json::value::RawValue;

    use super::*;

    fn kept(cause: Cause, field: &str, number: Option<&str>, waba: Option<&str>, raw: &str) -> Kept {
        Kept {
            cause: cause.as_str().to_owned(),
            field: field.to_owned(),
            waba_id: waba.map(WabaId::new),
            phone_number_id: number.map(PhoneNumberId::new),
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
            raw: RawValue::from_string(raw.to_owned()).unwrap(),
            base64: false,
        }
    }

    fn with_notification<T>(kept: &Kept, look: impl FnOnce(&Notification<'_>) -> T) -> T {
        let body = envelope(kept).unwrap();
        look(&Notification::parse(&body).unwrap())
    }

    #[test]
    fn a_change_stands_in_its_entry_token_for_token() {
        let raw = r#"{"value": {"x":1.10}, "field": "flows"}"#;
        with_notification(&kept(Cause::Unregistered, "flows", Some("9"), Some("2"), raw), |told| {
            let entry = &told.entries[0];
            assert_eq!((entry.id.as_str(), entry.time.unwrap().to_string()), ("2", "2026-01-01T00:00:00Z".to_owned()));
            assert_eq!(entry.changes[0].raw.get(), raw);
        });
    }

    #[test]
    fn a_part_stands_in_its_list() {
        let message = r#"{"id":"wamid.1","from":"15550100","type":"text","text":{"body":"hi"}}"#;
        with_notification(&kept(Cause::Unknown, "messages", Some("9"), Some("2"), message), |told| {
            let Value::Messages(value) = &told.entries[0].changes[0].value else { panic!("messages") };
            assert_eq!((value.phone_number_id.as_str(), value.messages[0].raw.get()), ("9", message));
        });
        let payment = r#"{"id":"p","type":"payment","status":"captured"}"#;
        with_notification(&kept(Cause::Unknown, "statuses.payment", Some("9"), Some("2"), payment), |told| {
            let Value::Messages(value) = &told.entries[0].changes[0].value else { panic!("messages") };
            assert_eq!((value.statuses.len(), value.unknown[0].kind.as_str()), (0, "statuses.payment"));
        });
    }

    #[test]
    fn what_was_no_entry_and_no_change_stands_in_their_place() {
        with_notification(&kept(Cause::Unknown, "", None, None, "7"), |told| assert_eq!(told.malformed[0].get(), "7"));
        with_notification(&kept(Cause::Unknown, "", None, Some("2"), "null"), |told| {
            assert_eq!(told.entries[0].malformed[0].get(), "null");
        });
    }

    #[test]
    fn a_body_is_tried_to_the_byte() {
        for body in [&b"no webhook"[..], b"\xff\xfe", br#"{"entry":[]}"#] {
            let kept = Kept::body(body, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(envelope(&kept).as_deref(), Some(body));
        }
    }
}
