//! What keeps a number from sending, whoever the message is for. The first refusal of that kind blocks the number in the
//! table, for every sender; what comes after it is parked without a call. By number and not by token or account, so that
//! one channel's trouble never touches another.
//!
//! Nothing but a send proves that the cause is gone: one is tried at a time, whichever takes the try first.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use graph::Cause;
use jiff::SignedDuration;
use model::send::{Block, BlockScope, Passage};
use model::{PhoneNumberId, SendError, Timestamp, WabaId};

use crate::prepare::Prepared;
use crate::tokens::{Access, NoAccess};
use crate::{App, Error};

/// How long this process goes by what it has read of a number.
const KNOWN: SignedDuration = SignedDuration::from_secs(60);
/// How long it parks without saying so again; far less than the tick goes on looking.
const NOTED: SignedDuration = SignedDuration::from_secs(30);
/// How often one send is tried. A cut for misfiled templates lifts after days (contract §4.3).
const PROBE: SignedDuration = SignedDuration::from_mins(5);
const PROBE_CATEGORIES: SignedDuration = SignedDuration::from_hours(24);
/// When to look again for a secret that could not be read, in seconds.
const SECRET_AWAY: u32 = 15;

#[derive(Default)]
pub(crate) struct Blocks(Mutex<BTreeMap<PhoneNumberId, Known>>);

#[derive(Clone)]
struct Known {
    block: Option<Block>,
    read_at: Timestamp,
    noted_at: Option<Timestamp>,
}

/// What a number's standing means for one message.
pub(crate) enum Gate {
    /// To be sent with this token; where it is the one that is tried, with the block that it tries.
    Through(Access, Option<Block>),
    Stopped(Prepared),
}

pub(crate) async fn gate(
    app: &App,
    number: &PhoneNumberId,
    waba_id: &WabaId,
    is_template: bool,
    now: Timestamp,
) -> Result<Gate, Error> {
    let known = app.block_of(number, now).await?;
    let access = match app.access(waba_id, known.as_ref().and_then(|block| block.token.as_deref()), now).await {
        Ok(access) => access,
        Err(NoAccess::Park(error)) => {
            app.block(number, Cause::Token, &error, None, None, now).await?;
            return Ok(Gate::Stopped(Prepared::Park(error)));
        }
        Err(NoAccess::Unavailable(error)) => {
            tracing::error!(%error, "no token to send with for now");
            return Ok(Gate::Stopped(Prepared::Later(SECRET_AWAY)));
        }
    };
    let passage = |block: &Block| block.passage(is_template, mark_for(block, &access), now);
    match known {
        Some(block) if passage(&block) == Passage::Closed => {}
        Some(block) if passage(&block) == Passage::Probe => return Ok(Gate::Through(access, Some(block))),
        Some(_) | None => return Ok(Gate::Through(access, None)),
    }
    Ok(match app.block_to_park_behind(number, now).await? {
        Some(block) => match passage(&block) {
            Passage::Closed => Gate::Stopped(Prepared::Park(block.error)),
            Passage::Probe => Gate::Through(access, Some(block)),
            Passage::Open => Gate::Through(access, None),
        },
        None => Gate::Through(access, None),
    })
}

/// What to compare with the token that was refused, where that is what the block is about.
pub(crate) fn mark_for<'a>(block: &Block, access: &'a Access) -> Option<&'a str> {
    (block.error.code == Cause::Token.as_str()).then_some(access.mark.as_str())
}

impl App {
    /// Takes the one try that a block allows; false where somebody else has it.
    pub(crate) async fn takes_probe(
        &self,
        number: &PhoneNumberId,
        block: &Block,
        access: &Access,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let taken =
            self.store.take_probe(number, block, mark_for(block, access), now + probe(&block.error.code)).await?;
        // Either way it is another one now than this process knows.
        self.blocks.forget(number);
        Ok(taken)
    }

    /// A send was refused for what others will be refused for too. `tried` is the block it was let through to try.
    pub(crate) async fn block(
        &self,
        number: &PhoneNumberId,
        cause: Cause,
        error: &SendError,
        token: Option<String>,
        tried: Option<&Block>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(scope) = scope(cause) else { return Ok(()) };
        let same = tried.filter(|tried| tried.error.code == error.code);
        let since = same.map_or(now, |tried| tried.since);
        let retry_at = now + probe(&error.code);
        let block = Block { scope, error: error.clone(), since, retry_at, token };
        if self.store.block(number, &block, tried.map(|tried| tried.since), now).await? {
            if same.is_none() {
                // The alarm counts these lines: one for each time that a number stops sending.
                tracing::error!(
                    phone_number_id = %number,
                    cause = error.code,
                    metric = "Parked",
                    "the number cannot send; what is to be sent is parked"
                );
            }
            self.blocks.note(number, Some(block), now, Some(now));
        } else {
            let sending = self.store.note_parked(number, now).await?;
            self.blocks.note(number, sending.block, now, Some(now));
        }
        Ok(())
    }

    /// The send that was let through to try it was accepted.
    pub(crate) async fn unblock(&self, number: &PhoneNumberId, tried: &Block, now: Timestamp) -> Result<(), Error> {
        if self.store.unblock(number, tried.since, now).await? {
            tracing::info!(phone_number_id = %number, cause = tried.error.code, "the number sends again");
        }
        self.blocks.forget(number);
        Ok(())
    }

    async fn block_of(&self, number: &PhoneNumberId, now: Timestamp) -> Result<Option<Block>, Error> {
        if let Some(known) = self.blocks.recall(number).filter(|known| now.duration_since(known.read_at) < KNOWN) {
            return Ok(known.block);
        }
        let block = self.store.sending(number).await?.block;
        self.blocks.note(number, block.clone(), now, None);
        Ok(block)
    }

    /// As it is in the table by now, and noted there that something is about to be parked: who parks behind a block that
    /// is gone would park for ever.
    async fn block_to_park_behind(&self, number: &PhoneNumberId, now: Timestamp) -> Result<Option<Block>, Error> {
        let lately = |known: &Known| known.noted_at.is_some_and(|at| now.duration_since(at) < NOTED);
        if let Some(known) = self.blocks.recall(number).filter(lately) {
            return Ok(known.block);
        }
        let block = self.store.note_parked(number, now).await?.block;
        self.blocks.note(number, block.clone(), now, Some(now));
        Ok(block)
    }
}

impl Blocks {
    fn recall(&self, number: &PhoneNumberId) -> Option<Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
    }

    fn note(&self, number: &PhoneNumberId, block: Option<Block>, read_at: Timestamp, noted_at: Option<Timestamp>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(number.clone(), Known { block, read_at, noted_at });
    }

    fn forget(&self, number: &PhoneNumberId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(number);
    }
}

/// `None` where it is only about messages of this one's kind: others of the number go on.
fn scope(cause: Cause) -> Option<BlockScope> {
    match cause {
        Cause::Token | Cause::Billing | Cause::Account => Some(BlockScope::Everything),
        Cause::Categories => Some(BlockScope::Templates),
        Cause::Setup => None,
    }
}

fn probe(code: &str) -> SignedDuration {
    if code == Cause::Categories.as_str() { PROBE_CATEGORIES } else { PROBE }
}
