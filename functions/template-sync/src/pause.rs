//! When Meta is not to be asked about an account for a while: its calls of an hour are used up, or those of the whole app
//! (L-01, contract §5.6).

use std::sync::{Mutex, PoisonError};

use graph::{Meter, Usage};
use jiff::SignedDuration;
use model::Timestamp;
use store::Calls;

/// Where Meta does not say when it takes calls again. A quarter of what is counted has passed by then.
const UNTOLD: SignedDuration = SignedDuration::from_mins(15);
/// Meta counts an hour; whatever it says beyond a day is not believed.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// What this process knows of the whole app: other processes find out by themselves.
#[derive(Default)]
pub(crate) struct AppPause(Mutex<Option<Timestamp>>);

impl AppPause {
    /// Until when no account is to be asked about.
    pub(crate) fn until(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).filter(|until| *until > now)
    }

    fn set(&self, until: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = (*known).max(Some(until));
    }

    /// What a sync that ended at `now` has learnt.
    pub(crate) fn learnt(&self, meter: &Meter, now: Timestamp) -> Calls {
        if let Some(until) = until(meter.of_app(), now) {
            self.set(until);
        }
        let usage = meter.usage();
        Calls { used_percent: usage.percent, paused_until: until(usage, now) }
    }
}

fn until(usage: Usage, now: Timestamp) -> Option<Timestamp> {
    let told = usage.regain.map(|regain| SignedDuration::try_from(regain).unwrap_or(LONGEST).min(LONGEST));
    usage.is_spent().then(|| now + told.unwrap_or(UNTOLD))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_pause_lasts_as_long_as_meta_says() {
        let now = Timestamp::UNIX_EPOCH;
        let after = |percent, regain: Option<u64>| {
            let usage = Usage { percent, regain: regain.map(Duration::from_mins) };
            until(usage, now).map(|until| until.duration_since(now).as_mins())
        };
        assert_eq!([after(89, None), after(89, Some(7)), after(75, None)], [None; 3]);
        assert_eq!(
            [after(90, None), after(100, Some(7)), after(100, Some(9_999_999))],
            [Some(15), Some(7), Some(1_440)]
        );
    }
}
