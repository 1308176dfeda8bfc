//! One number in this process: its pacer, who looks at the shares, and those who wait.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;
use model::limiter::{Budget, Pacer, Shares, Turn};
use model::limits::MESSAGES_PER_SECOND;
use model::{Channel, PhoneNumberId, Timestamp};
use store::Shared;

use super::std_duration;
use crate::timing::Timing;
use crate::{App, Error, attempt};

/// A number that nothing was sent for in so long does not count.
const LIVELY: SignedDuration = SignedDuration::from_secs(60);
/// Writes that others may be in the way of, one after the other.
const TRIES: usize = 8;
/// What is sent back to the queue comes back within this many seconds.
const LONGEST: i64 = 300;
/// The same where there is no share to tell by.
const UNKNOWN: SignedDuration = SignedDuration::from_secs(2);

pub(crate) struct Number {
    pacer: Mutex<Pacer>,
    /// Held by whoever looks at the shares.
    looking: tokio::sync::Mutex<()>,
    changed: tokio::sync::Notify,
    times: Mutex<Times>,
}

struct Times {
    /// When a record for it came last.
    came: Timestamp,
    /// Until when this process's share is promised to records that were sent back.
    promised: Timestamp,
    /// Messages a second of all senders, and how many they are, as of the last look.
    whole: f64,
    senders: f64,
}

/// Leave to send one message. Given back where it is dropped unused.
pub(crate) struct Permit {
    number: Arc<Number>,
    sent_at: Option<Timestamp>,
}

/// A record that waits.
pub(super) struct Comer {
    number: Arc<Number>,
    gone: bool,
}

impl Number {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            pacer: Mutex::new(Pacer::new(now)),
            looking: tokio::sync::Mutex::default(),
            changed: tokio::sync::Notify::default(),
            times: Mutex::new(Times { came: now, promised: now, whole: 0.0, senders: 1.0 }),
        }
    }

    pub(super) fn pacer(&self) -> MutexGuard<'_, Pacer> {
        self.pacer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn came(&self, now: Timestamp) {
        self.times().came = now;
    }

    pub(super) fn is_lively(&self, now: Timestamp) -> bool {
        now.duration_since(self.times().came) < LIVELY
    }

    pub(super) fn comer(self: &Arc<Self>) -> Comer {
        self.pacer().comes();
        Comer { number: Arc::clone(self), gone: false }
    }

    /// How long this process's share is promised to others already.
    pub(super) fn promised(&self, now: Timestamp) -> SignedDuration {
        self.times().promised.duration_since(now)
    }

    /// Whether it has less than half of an even part of the rate: it is about to get more, and meanwhile the others send.
    pub(super) fn is_short(&self, now: Timestamp) -> bool {
        let own = self.pacer().rate(now);
        let times = self.times();
        own * 2.0 * times.senders < times.whole
    }

    /// The share's next message goes to a record that is sent back; the seconds after which it is to come. Each gets a
    /// time of its own, or all of them would come back at once. Who is short sends back most of what there is, and the
    /// others take it from there: it comes back as fast as all of them send.
    pub(super) fn promise(&self, now: Timestamp) -> u32 {
        let is_short = self.is_short(now);
        let own = self.pacer().rate(now);
        let mut times = self.times();
        let rate = if is_short { times.whole } else { own };
        let each = SignedDuration::try_from_secs_f64(1.0 / rate).unwrap_or(UNKNOWN).min(UNKNOWN);
        let promised = (times.promised.max(now) + each).min(now + SignedDuration::from_secs(LONGEST));
        times.promised = promised;
        u32::try_from(promised.duration_since(now).as_secs() + 1).unwrap_or(1)
    }

    /// Until the rate changes, or the time is over.
    pub(super) async fn nap(&self, time: SignedDuration) {
        // Over is over, and a change is a change.
        let _ = tokio::time::timeout(std_duration(time), self.changed.notified()).await;
    }

    /// Looks at the shares where it is time to, unless another record does.
    pub(super) async fn look_if_due(
        &self,
        app: &App,
        number: &PhoneNumberId,
        name: &str,
        timing: Timing<'_>,
    ) -> Result<(), Error> {
        if !self.pacer().look_is_due(timing.now()) {
            return Ok(());
        }
        let Ok(_looking) = self.looking.try_lock() else { return Ok(()) };
        match self.look(app, number, name, timing).await {
            // What it holds it may use until that lapses.
            Err(error) if self.pacer().rate(timing.now()) > 0.0 => {
                tracing::warn!(phone_number_id = %number, %error, "could not look at the shares of the rate");
                Ok(())
            }
            looked => looked,
        }
    }

    async fn look(&self, app: &App, number: &PhoneNumberId, name: &str, timing: Timing<'_>) -> Result<(), Error> {
        let (channel, mut shares) = app.store.shares(number).await?;
        let limit = channel.as_ref().map_or(MESSAGES_PER_SECOND, Channel::messages_per_second);
        if let Some(channel) = channel {
            app.channels.note(number, &Arc::new(channel), timing.now());
        }
        self.note(limit, &shares, name, timing.now());
        for _ in 0..TRIES {
            let now = timing.now();
            let asked = self.pacer().ask(name, limit, now);
            let lease = match shares.turn(asked, now) {
                Turn::Keep(lease) => Some(lease),
                Turn::Full => None,
                Turn::Write(lease, change) => match app.store.share(number, &change).await? {
                    Shared::Done => Some(lease),
                    Shared::Refused(other) => {
                        shares = other;
                        self.nap(SignedDuration::from_millis(i64::from(attempt::jitter_millis(20)))).await;
                        continue;
                    }
                },
            };
            self.pacer().adopt(&asked, lease, timing.now());
            break;
        }
        self.changed.notify_waiters();
        Ok(())
    }
}

impl Number {
    fn note(&self, limit: u32, shares: &Shares, name: &str, now: Timestamp) {
        let others = shares.holders.iter().filter(|(holder, part)| *holder != name && part.until > now).count();
        let mut times = self.times();
        times.whole = Budget { limit, cut: shares.cut, inbound: 0.0 }.per_second(now);
        times.senders = f64::from(u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1));
    }
}

impl Permit {
    /// The request leaves now.
    pub(crate) fn spend(&mut self, now: Timestamp) {
        self.sent_at = Some(now);
    }

    /// Meta refused it for the number's rate (130429).
    pub(crate) fn refused(&self, now: Timestamp) {
        if let Some(sent_at) = self.sent_at {
            self.number.pacer().refused(sent_at, now);
            self.number.changed.notify_waiters();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.sent_at.is_none() {
            self.number.pacer().give_back();
        }
    }
}

impl Comer {
    pub(super) fn goes(mut self) -> Permit {
        self.number.pacer().leaves(true);
        self.gone = true;
        Permit { number: Arc::clone(&self.number), sent_at: None }
    }
}

impl Drop for Comer {
    fn drop(&mut self) {
        if !self.gone {
            self.number.pacer().leaves(false);
        }
    }
}
