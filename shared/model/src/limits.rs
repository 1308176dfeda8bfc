//! Meta's limits, as data. Meta changes them: the only place that spells one.

use std::ops::RangeInclusive;

/// Characters of a text message (contract §2.2).
pub const TEXT_BODY: RangeInclusive<usize> = 1..=4096;

/// Characters of `biz_opaque_callback_data` (contract §2.1), which callers have as `reference`.
pub const REFERENCE: RangeInclusive<usize> = 0..=512;

/// Digits of a phone number (contract §5.10). Whether it exists is for Meta to say.
pub const PHONE_DIGITS: RangeInclusive<usize> = 8..=15;

/// Characters after the prefix of a business-scoped user id (contract §3.11).
pub const USER_ID: RangeInclusive<usize> = 1..=128;

/// How long Meta keeps a file that a person sent, in days (contract §1.3: 7 since 2025-10-09).
pub const INBOUND_MEDIA_DAYS: i64 = 7;
