//! Names, URLs and ARNs of queues.

use super::super::{ACCOUNT, REGION};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) name: String,
}

impl Address {
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    /// Whatever host the URL names: requests may come through a proxy.
    pub(super) fn from_url(url: &str) -> Option<Self> {
        let mut from_the_end = url.rsplit('/');
        let name = from_the_end.next()?;
        let account = from_the_end.next()?;
        (account == ACCOUNT).then(|| Self::named(name))
    }

    pub(super) fn from_arn(arn: &str) -> Option<Self> {
        arn.strip_prefix(&format!("arn:aws:sqs:{REGION}:{ACCOUNT}:")).map(Self::named)
    }

    pub(super) fn url(&self, base: &str) -> String {
        format!("{base}/{ACCOUNT}/{}", self.name)
    }

    pub(super) fn arn(&self) -> String {
        format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{}", self.name)
    }
}
