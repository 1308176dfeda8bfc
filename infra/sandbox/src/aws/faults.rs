//! Faults on request: what AWS does on its bad days.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::call::{Call, Service};

/// The faults waiting to be played. The first rule that matches a call is played and counted; the call then meets
/// no other rule.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<Rule>>,
}

/// One fault: which calls it meets, what it does to them, and how often.
#[derive(Clone, Debug)]
pub struct Fault {
    service: Option<Service>,
    operation: Option<String>,
    effect: Effect,
    skip: u32,
    times: Option<u32>,
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Answered with this error; nothing is carried out.
    Error(InjectedError),
    /// Carried out after this long.
    Delay(Duration),
    /// The connection is closed; nothing is carried out.
    HangUp,
    /// Carried out, then the connection is closed without an answer.
    LoseReply,
    /// Of a batch, these entries fail inside the 200 and the others are carried out: `SendMessageBatch`,
    /// `DeleteMessageBatch`, `ChangeMessageVisibilityBatch` (`Failed`), `BatchExecuteStatement` (the `Error` of a
    /// statement), `BatchGetItem` and `BatchWriteItem` (left over in `UnprocessedKeys`/`UnprocessedItems`).
    FailEntries(FailEntries),
}

/// An error answer.
#[derive(Clone, Debug)]
pub struct InjectedError {
    pub status: u16,
    pub code: String,
    pub message: String,
}

/// Which entries of a batch fail, and with what.
#[derive(Clone, Debug)]
pub struct FailEntries {
    /// Positions in the batch from 0; empty means all of them.
    pub positions: Vec<usize>,
    pub code: String,
    /// SQS's `SenderFault`.
    pub sender_fault: bool,
}

impl FailEntries {
    pub(super) fn hits(&self, position: usize) -> bool {
        self.positions.is_empty() || self.positions.contains(&position)
    }
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self { service: None, operation: None, effect, skip: 0, times: None }
    }

    /// Answers `status` with the error `code`.
    pub fn error(status: u16, code: &str) -> Self {
        let message = format!("{code} on request");
        Self::new(Effect::Error(InjectedError { status, code: code.to_owned(), message }))
    }

    /// DynamoDB's `ProvisionedThroughputExceededException`, or `ThrottlingException` elsewhere.
    pub fn throttle(service: Service) -> Self {
        match service {
            Service::DynamoDb => Self::error(400, "ProvisionedThroughputExceededException"),
            Service::S3 => Self::error(503, "SlowDown"),
            _ => Self::error(400, "ThrottlingException"),
        }
        .on(service)
    }

    /// A server error.
    pub fn unavailable() -> Self {
        Self::error(500, "InternalServerError")
    }

    pub fn delay(by: Duration) -> Self {
        Self::new(Effect::Delay(by))
    }

    pub fn hang_up() -> Self {
        Self::new(Effect::HangUp)
    }

    pub fn lose_reply() -> Self {
        Self::new(Effect::LoseReply)
    }

    /// Fails the entries at `positions` of a batch (all, when empty) as AWS's own fault.
    pub fn fail_entries(positions: &[usize], code: &str) -> Self {
        let entries = FailEntries { positions: positions.to_vec(), code: code.to_owned(), sender_fault: false };
        Self::new(Effect::FailEntries(entries))
    }

    /// Only calls of this service.
    #[must_use]
    pub fn on(mut self, service: Service) -> Self {
        self.service = Some(service);
        self
    }

    /// Only this operation, as AWS names it.
    #[must_use]
    pub fn operation(mut self, name: &str) -> Self {
        self.operation = Some(name.to_owned());
        self
    }

    /// Lets the first `calls` matching calls pass.
    #[must_use]
    pub fn after(mut self, calls: u32) -> Self {
        self.skip = calls;
        self
    }

    /// Meets this many calls and is then gone; without it the fault stays until cleared.
    #[must_use]
    pub fn times(mut self, calls: u32) -> Self {
        self.times = Some(calls);
        self
    }
}

impl Faults {
    /// Adds a fault behind those that are there.
    pub fn add(&self, fault: Fault) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(Rule { fault, seen: 0 });
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// True while a fault is left that can still meet a call.
    pub fn pending(&self) -> bool {
        !self.rules.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(super) fn take(&self, call: &Call) -> Plan {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let effect = rules.iter_mut().find_map(|rule| rule.meet(call));
        rules.retain(|rule| !rule.spent());
        effect.map_or_else(Plan::default, Plan::of)
    }
}

/// What is to happen to one call.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) delay: Option<Duration>,
    pub(super) error: Option<InjectedError>,
    pub(super) hang_up: bool,
    pub(super) lose_reply: bool,
    pub(super) fail_entries: Option<FailEntries>,
}

impl Plan {
    fn of(effect: Effect) -> Self {
        let mut plan = Self::default();
        match effect {
            Effect::Error(error) => plan.error = Some(error),
            Effect::Delay(by) => plan.delay = Some(by),
            Effect::HangUp => plan.hang_up = true,
            Effect::LoseReply => plan.lose_reply = true,
            Effect::FailEntries(entries) => plan.fail_entries = Some(entries),
        }
        plan
    }
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    seen: u32,
}

impl Rule {
    fn meet(&mut self, call: &Call) -> Option<Effect> {
        let Fault { service, operation, effect, skip, .. } = &self.fault;
        let meant = service.is_none_or(|service| service == call.service)
            && operation.as_ref().is_none_or(|operation| *operation == call.operation)
            && (!matches!(effect, Effect::FailEntries(_)) || call.operation.contains("Batch"));
        if !meant {
            return None;
        }
        self.seen += 1;
        (self.seen > *skip).then(|| effect.clone())
    }

    fn spent(&self) -> bool {
        self.fault.times.is_some_and(|times| self.seen >= self.fault.skip + times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_the_calls_it_was_made_for() {
        let faults = Faults::default();
        faults.add(Fault::error(500, "Oops").on(Service::Sqs).operation("SendMessage").after(1).times(1));
        let call = |operation: &str| Call { service: Service::Sqs, operation: operation.to_owned() };
        assert!(faults.take(&call("ReceiveMessage")).error.is_none());
        assert!(faults.take(&call("SendMessage")).error.is_none());
        assert_eq!(faults.take(&call("SendMessage")).error.unwrap().code, "Oops");
        assert!(!faults.pending());
    }
}
