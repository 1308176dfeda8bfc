//! The table. Nothing else in the workspace spells a key, an attribute, an index or a statement.
//!
//! One table, on demand; every write may be repeated and reordered and converges to the same item (design invariant 3).
//! Times are stored as milliseconds since the epoch. A passed `ttl` means absent, because DynamoDB deletes late.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod blob;
mod brought;
mod channel;
mod consent;
mod contact;
mod due;
mod erasure;
mod error;
mod history;
mod identity;
mod item;
mod kept;
mod keys;
mod limiter;
mod link;
mod listing;
mod media;
mod message;
mod object;
mod pace;
mod page;
mod pending;
mod profile;
mod quota;
mod range;
mod record;
mod send;
mod sending;
mod sync_run;
mod template;
mod test_recipients;
mod uploaded;

pub use blob::{Blob, BlobClass, RAW_INLINE_MAX};
pub use brought::Brought;
pub use channel::{
    ChannelChange, Created, NewChannel, NumberHealth, OverridesChange, Removed, Setting, Updated, WordList,
};
pub use consent::NewConsent;
pub use contact::{ClosedWindow, MergeOutcome, Merging, RenamedContact, SeenContact, UnmergeOutcome};
pub use erasure::{Erased, Erasure, ErasureCounts, ErasureState, ErasureStep, KeptOf, Person as ErasedPerson, SETTLE};
pub use error::Error;
pub use history::StoredMessage;
pub use identity::{AliasChange, Directory, Effect, Identity, Person, Renamed, Resolved};
pub use kept::{Cause, Kept, KeptCount, KeptQuery, KeptReplay, StoredKept};
pub use limiter::Shared;
pub use link::{FileLink, NewObject, Presigned};
pub use listing::Listing;
pub use media::{MediaKnown, MediaRecord, Recorded, StoredFile};
pub use message::StoredInbound;
pub use object::Object;
pub use pace::{Held, Pace, Passage, SendFacts};
pub use page::Page;
pub use pending::Pending;
pub use profile::StoredProfile;
pub use quota::{Mark, Marked};
pub use range::RangePage;
pub use record::{Inbound, NewMessage, NewStatus, Stored};
pub use send::{Claim, CreatedSend, Due, ERASED_KIND, Fallback, Moved, NEVER_TAKEN, NewSend, Transition};
pub use sending::{LOOK, Parked, Sending};
pub use sync_run::{Calls, SyncOutcome, SyncRun, SyncStart};
pub use template::{StoredTemplate, ToldTemplate};
pub use uploaded::FileIdentity;

use model::Retention;

/// The table and, for what is too large for an item, the bucket.
#[derive(Clone)]
pub struct Store {
    dynamo: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
    table: String,
    bucket: String,
    believed: identity::Believed,
    tally: limiter::Tally,
    salt: erasure::Salt,
    noted: kept::Noted,
    retention: Retention,
}

impl Store {
    /// Makes no call.
    pub fn new(
        dynamo: aws_sdk_dynamodb::Client,
        s3: aws_sdk_s3::Client,
        table: impl Into<String>,
        bucket: impl Into<String>,
    ) -> Self {
        let (believed, tally) = (identity::Believed::default(), limiter::Tally::default());
        let (salt, noted) = (erasure::Salt::default(), kept::Noted::default());
        let (table, bucket, retention) = (table.into(), bucket.into(), Retention::default());
        Self { dynamo, s3, table, bucket, believed, tally, salt, noted, retention }
    }

    /// Keeps what it writes from now on for other days than the usual.
    #[must_use]
    pub fn retaining(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// Opens a connection to the table, so that the first request need not.
    pub async fn warm(&self) -> Result<(), Error> {
        self.get(&keys::Key::channel(&model::PhoneNumberId::new("0"))).await.map(drop)
    }

    /// The bucket that raw JSON and media go to.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }
}
