//! The table's side of a change: one conditional write.

use crate::limiter::{Change, Shares, WHOLE};

/// False where a condition is not met; nothing is written then.
pub(crate) fn write(shares: &mut Shares, change: &Change) -> bool {
    let free = i64::from(WHOLE) - shares.holders.values().map(|holder| i64::from(holder.share)).sum::<i64>();
    let is_as_seen = shares.holders.get(&change.name).copied() == change.before
        && change.lapsed.iter().all(|(name, seen)| shares.holders.get(name) == Some(seen))
        && change.cut.is_none_or(|(_, seen)| shares.cut == seen);
    let seats = i64::try_from(shares.holders.len()).unwrap() + change.seats();
    if !is_as_seen || free < change.takes() || seats > i64::from(change.places) {
        return false;
    }
    shares.holders.retain(|name, _| !change.lapsed.contains_key(name));
    shares.holders.insert(change.name.clone(), change.after);
    shares.cut = change.cut.map(|(cut, _)| cut).or(shares.cut);
    shares.heard.retain(|name, _| !change.silent.contains(name));
    true
}
