//! Meta's limits, as data. Meta changes them: the only place that spells one.
//!
//! A message that Meta may accept is never refused here. Where Meta's sources disagree, the larger number is taken,
//! and the comment says so.

pub mod media;
pub mod profile;
pub mod template;

use std::ops::RangeInclusive;

use jiff::SignedDuration;

/// From how many to how many there may be of something that Meta counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub name: &'static str,
    pub least: u64,
    pub most: u64,
    /// What is counted: `characters`, `cards`, `minutes`.
    pub of: &'static str,
}

impl Limit {
    pub fn allows(&self, count: usize) -> bool {
        u64::try_from(count).is_ok_and(|count| self.takes(count))
    }

    /// As [`Limit::allows`], of a number that is given and not counted.
    pub fn takes(&self, number: u64) -> bool {
        (self.least..=self.most).contains(&number)
    }

    /// `1 to 20 characters`, `at most 72 characters`.
    pub fn words(&self) -> String {
        let Self { least, most, of, .. } = self;
        match least {
            0 => format!("at most {most} {of}"),
            least if least == most => format!("{most} {of}"),
            _ => format!("{least} to {most} {of}"),
        }
    }
}

macro_rules! outbound {
    ($($(#[$doc:meta])* $name:ident: $least:literal..=$most:literal $of:ident;)*) => {
        $($(#[$doc])*
        pub const $name: Limit =
            Limit { name: stringify!($name), least: $least, most: $most, of: stringify!($of) };)*

        /// All of them, so that tests and documents can tell whether they name every one.
        pub const OUTBOUND: &[Limit] = &[$($name),*];
    };
}

// What we send. Characters are Unicode's, not bytes.
outbound! {
    /// `biz_opaque_callback_data` (contract §2.1), which callers have as `reference`.
    REFERENCE: 0..=512 characters;
    /// Of a phone number (contract §5.10). Whether it exists is for Meta to say.
    PHONE_DIGITS: 8..=15 digits;
    /// After the prefix of a business-scoped user id (contract §3.11).
    USER_ID: 1..=128 characters;

    /// `text.body` (contract §2.2).
    TEXT_BODY: 1..=4096 characters;
    /// Of an image, video or document (contract §2.2, §5.12). Audio and stickers have none.
    CAPTION: 0..=1024 characters;
    /// `document.filename` (contract §2.2). Inferred there (C), and the only number there is.
    FILENAME: 0..=240 characters;
    /// `contacts` (contract §2.2). Meta's pages say 257, its OpenAPI file 5 (B): the larger.
    CONTACTS: 1..=257 cards;
    /// `pin.expiration_days` (contract §2.2).
    PIN_DAYS: 1..=30 days;

    /// `interactive.header.text` (contract §2.3).
    HEADER_TEXT: 1..=60 characters;
    /// `interactive.body.text` of every kind but lists (contract §2.3).
    INTERACTIVE_BODY: 1..=1024 characters;
    /// `interactive.body.text` of a list (contract §2.3). Meta's OpenAPI file has 1024 for all kinds, its page of lists
    /// 4096: the larger.
    LIST_BODY: 1..=4096 characters;
    /// `interactive.footer.text` (contract §2.3).
    FOOTER: 1..=60 characters;
    /// Of a message with reply buttons (contract §2.3).
    REPLY_BUTTONS: 1..=3 buttons;
    REPLY_ID: 1..=256 characters;
    REPLY_TITLE: 1..=20 characters;
    /// What opens a list (contract §2.3).
    LIST_BUTTON: 1..=20 characters;
    LIST_SECTIONS: 1..=10 sections;
    /// In all sections together (contract §2.3).
    LIST_ROWS: 1..=10 rows;
    ROW_ID: 1..=200 characters;
    ROW_TITLE: 1..=24 characters;
    ROW_DESCRIPTION: 0..=72 characters;
    /// Of a list and of products (contract §2.3).
    SECTION_TITLE: 0..=24 characters;
    /// `display_text` of `cta_url` (contract §2.3).
    CTA_TEXT: 1..=20 characters;
    /// Of `product_list` and of an `mpm` button (contract §2.3, §2.4).
    PRODUCT_SECTIONS: 1..=10 sections;
    /// In all sections together (contract §2.3, §2.4).
    PRODUCT_ITEMS: 1..=30 items;
    /// `flow_cta` (contract §2.3). Meta advises 30; some clients were seen to enforce 20 (C): the larger.
    FLOW_CTA: 1..=30 characters;
    /// Of an interactive carousel, and of a template's (contract §2.3, §2.5).
    CAROUSEL_CARDS: 2..=10 cards;
    /// `card_index`, of both (contract §2.3, §2.4).
    CARD_INDEX: 0..=9 cards;
    CARD_BODY: 1..=160 characters;
    CARD_BODY_BREAKS: 0..=2 newlines;
    /// A quick reply of a card (contract §2.3).
    CARD_REPLY_ID: 1..=20 characters;
    CARD_REPLY_TITLE: 1..=20 characters;
    /// `display_text` of `voice_call` (contract §2.3).
    CALL_TEXT: 1..=20 characters;
    /// `ttl_minutes` of a call button, interactive or of a template (contract §2.3, §2.4).
    CALL_MINUTES: 1..=43_200 minutes;

    /// `template.name` (contract §2.5).
    TEMPLATE_NAME: 1..=512 characters;
    /// Of a header (contract §2.4).
    HEADER_PARAMETERS: 1..=1 parameter;
    /// Of a button, save one that calls: that takes its minutes and its payload apart (contract §2.4).
    BUTTON_PARAMETERS: 1..=1 parameter;
    CALL_PARAMETERS: 1..=2 parameters;
    /// In a row, in the text of a parameter (contract §2.4, 132018).
    PARAMETER_SPACES: 0..=4 spaces;
    /// `index` of a button: there are ten at most (contract §2.5).
    BUTTON_INDEX: 0..=9 buttons;
    /// `payload` of a quick reply (contract §2.4). 128 on most of Meta's pages, 256 on others (B): the larger.
    BUTTON_PAYLOAD: 1..=256 characters;
    /// `coupon_code` (contract §2.4): 15 until 2025-12-03, 20 since.
    COUPON_CODE: 1..=20 characters;
    /// `coupon_code` beside a limited-time offer (contract §2.4, §2.5): still 15.
    OFFER_COUPON_CODE: 1..=15 characters;
    /// `expiration_time_ms` of a limited-time offer (contract §2.4): milliseconds since 1970, which from 2001 until
    /// 2286 have thirteen digits. Seconds, the usual slip, have ten.
    OFFER_EXPIRATION: 1_000_000_000_000..=9_999_999_999_999 milliseconds;
}

/// The body of a template once its variables are filled (contract §2.4, 132005). Only the stored template has the rest of it.
pub const TEMPLATE_BODY: Limit = Limit { name: "TEMPLATE_BODY", least: 0, most: 1024, of: "characters" };

/// The code of an authentication template (contract §2.4). Only the stored template tells that it is one.
pub const OTP_CODE: Limit = Limit { name: "OTP_CODE", least: 1, most: 15, of: "characters" };

/// Degrees (contract §2.2).
pub const LATITUDE: RangeInclusive<f64> = -90.0..=90.0;
pub const LONGITUDE: RangeInclusive<f64> = -180.0..=180.0;

/// How long after it was written a message can be marked read, in days (contract §1.2).
pub const MARK_READ_DAYS: i64 = 30;

/// Bytes of an object's key in S3.
pub const OBJECT_KEY_BYTES: usize = 1_024;

/// Characters of a URL that is fetched.
pub const URL_CHARS: usize = 2_048;

/// How long Meta keeps a file that a person sent, in days (contract §1.3: 7 since 2025-10-09).
pub const INBOUND_MEDIA_DAYS: i64 = 7;

/// Messages a second of a number, in and out together (contract §5.3): by default, where its `throughput` is `HIGH`, and
/// where it is used in the WhatsApp Business app too.
pub const MESSAGES_PER_SECOND: u32 = 80;
/// See [`MESSAGES_PER_SECOND`].
pub const MESSAGES_PER_SECOND_HIGH: u32 = 1_000;
/// See [`MESSAGES_PER_SECOND`].
pub const MESSAGES_PER_SECOND_ON_BIZ_APP: u32 = 20;

/// People a test number may write to (contract §5.11).
pub const TEST_RECIPIENTS: usize = 5;

/// How long a person counts after a message outside a service window, in hours (contract §5.2).
pub const MESSAGING_LIMIT_HOURS: i64 = 24;

/// How far ahead `send_at` may lie, in days. Ours: a send is kept for a year.
pub const SEND_AT_DAYS: i64 = 180;

/// Seconds of `expires_in`. Meta itself gives a message up after 30 days (contract §5.7).
pub const EXPIRES_IN: RangeInclusive<u32> = 1..=2_592_000;

/// One message from a number to a person in so much time, over a longer while (contract §5.4).
pub const PAIR_EVERY: SignedDuration = SignedDuration::from_secs(6);
/// As many may go to a person at once, and are paid back in silence.
pub const PAIR_BURST: i64 = 45;
