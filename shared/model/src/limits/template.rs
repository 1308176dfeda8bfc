//! What a template may be made of (contract §2.5, §5.8), as data: what Meta takes today, and what a guide of a hosted
//! channel told before Meta allowed more (requirements §1.15). Whoever has to stay within the older numbers lints by those.

use std::ops::RangeInclusive;

use super::Limit;

/// The limits of a definition. A set of them, so that there can be an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateLimits {
    pub name: Limit,
    pub header_text: Limit,
    pub header_parameters: Limit,
    pub body: Limit,
    /// Beside a limited-time offer.
    pub offer_body: Limit,
    pub offer_text: Limit,
    pub footer: Limit,
    pub newlines: Limit,
    pub emoji: Limit,
    pub buttons: Limit,
    pub quick_replies: Limit,
    pub urls: Limit,
    pub phone_numbers: Limit,
    pub copy_codes: Limit,
    /// Of each kind that has no limit of its own here: flow, catalog, products, calls.
    pub other_buttons: Limit,
    /// Whether quick replies and other buttons may stand in one template.
    pub mixes_buttons: bool,
    pub button_text: Limit,
    pub quick_reply_text: Limit,
    pub url: Limit,
    pub phone_number: Limit,
    pub copy_code: Limit,
    pub cards: Limit,
    pub card_body: Limit,
    pub card_buttons: Limit,
    pub code_minutes: Limit,
    /// Of a header's sample: the smaller of this and of what Meta takes of its kind counts (T-08).
    pub sample_bytes: u64,
}

/// What Meta takes today.
pub const TODAY: TemplateLimits = TemplateLimits {
    name: limit("TEMPLATE_NAME", 1..=512, "characters"),
    header_text: limit("TEMPLATE_HEADER", 1..=60, "characters"),
    header_parameters: limit("TEMPLATE_HEADER_PARAMETERS", 0..=1, "parameters"),
    body: limit("TEMPLATE_BODY", 1..=1024, "characters"),
    offer_body: limit("OFFER_BODY", 1..=600, "characters"),
    offer_text: limit("OFFER_TEXT", 1..=16, "characters"),
    footer: limit("TEMPLATE_FOOTER", 1..=60, "characters"),
    // Integrators tell of these two; Meta's pages do not (contract §5.8).
    newlines: limit("BODY_NEWLINES", 0..=2, "newlines in a row"),
    emoji: limit("BODY_EMOJI", 0..=10, "emoji"),
    buttons: limit("BUTTONS", 1..=10, "buttons"),
    quick_replies: limit("QUICK_REPLIES", 0..=10, "quick replies"),
    urls: limit("URL_BUTTONS", 0..=2, "URL buttons"),
    phone_numbers: limit("PHONE_NUMBER_BUTTONS", 0..=1, "phone number buttons"),
    copy_codes: limit("COPY_CODE_BUTTONS", 0..=1, "copy code buttons"),
    other_buttons: limit("OTHER_BUTTONS", 0..=1, "buttons of this type"),
    mixes_buttons: true,
    button_text: limit("BUTTON_TEXT", 1..=25, "characters"),
    quick_reply_text: limit("QUICK_REPLY_TEXT", 1..=25, "characters"),
    url: limit("BUTTON_URL", 1..=2000, "characters"),
    phone_number: limit("BUTTON_PHONE_NUMBER", 1..=20, "characters"),
    copy_code: limit("COPY_CODE", 1..=20, "characters"),
    cards: limit("CARDS", 2..=10, "cards"),
    card_body: limit("CARD_BODY", 1..=160, "characters"),
    card_buttons: limit("CARD_BUTTONS", 0..=2, "buttons"),
    code_minutes: limit("CODE_EXPIRATION", 1..=90, "minutes"),
    sample_bytes: 20 * 1024 * 1024,
};

/// What the guide says (requirements T-11, T-13): one URL, one phone number, or else three quick replies of 20 characters.
pub const GUIDE: TemplateLimits = TemplateLimits {
    buttons: limit("BUTTONS", 1..=3, "buttons"),
    quick_replies: limit("QUICK_REPLIES", 0..=3, "quick replies"),
    urls: limit("URL_BUTTONS", 0..=1, "URL buttons"),
    copy_codes: limit("COPY_CODE_BUTTONS", 0..=0, "copy code buttons"),
    other_buttons: limit("OTHER_BUTTONS", 0..=0, "buttons of this type"),
    mixes_buttons: false,
    quick_reply_text: limit("QUICK_REPLY_TEXT", 1..=20, "characters"),
    ..TODAY
};

/// More buttons than these are shown behind "See all options" (contract §2.5).
pub const BUTTONS_SHOWN: usize = 3;

/// Fixed words beside so many parameters. Meta refuses too few (2388293) and publishes no number; this is what integrators
/// count by.
pub const fn fixed_words(parameters: usize) -> usize {
    2 * parameters + 1
}

/// What a form or an API takes as a category (contract §5.8).
pub const CATEGORIES: [&str; 3] = ["AUTHENTICATION", "MARKETING", "UTILITY"];

/// Seconds of `message_send_ttl_seconds`, by category (contract §5.7). −1 is 30 days, but for marketing.
pub const TIME_TO_LIVE: [(&str, RangeInclusive<i64>); 3] =
    [("AUTHENTICATION", 30..=900), ("UTILITY", 30..=43_200), ("MARKETING", 43_200..=2_592_000)];

/// Types of a header's sample, by the header's format (contract §1.4).
pub const SAMPLE_TYPES: [(&str, &[&str]); 4] = [
    ("IMAGE", &["image/jpeg", "image/png"]),
    ("VIDEO", &["video/mp4"]),
    ("DOCUMENT", &["application/pdf"]),
    ("GIF", &["video/mp4"]),
];

/// Bytes of a GIF, which is a video (contract §2.5: 3.5 MB).
pub const GIF_BYTES: u64 = 3_670_016;

/// Edits of an approved template (contract §5.8): one in so many hours, and ten in so many days.
pub const EDIT_HOURS: i64 = 24;
pub const EDITS_IN_30_DAYS: u32 = 10;
/// Days for which the name of a deleted template is not free (contract §5.8).
pub const NAME_LOCKED_DAYS: i64 = 30;
/// Templates of an account: before its business is verified, and after (contract §5.8).
pub const TEMPLATES: usize = 250;
/// See [`TEMPLATES`].
pub const TEMPLATES_VERIFIED: usize = 6_000;
/// Creations in an hour of one account (contract §5.6).
pub const CREATED_PER_HOUR: usize = 100;

/// Meta's codes (contract §5.8). The list is open: another one is for Meta to judge.
#[rustfmt::skip]
pub const LANGUAGES: &[&str] = &[
    "af", "sq", "ar", "ar_EG", "ar_AE", "ar_LB", "ar_MA", "ar_QA", "ar_SA", "az", "be_BY", "bn", "bn_IN", "bg", "ca", "zh_CN",
    "zh_HK", "zh_TW", "hr", "cs", "da", "prs_AF", "nl", "nl_BE", "en", "en_GB", "en_US", "en_AE", "en_AU", "en_CA", "en_GH",
    "en_IE", "en_IN", "en_JM", "en_MY", "en_NZ", "en_QA", "en_SG", "en_UG", "en_ZA", "et", "fil", "fi", "fr", "fr_BE",
    "fr_CA", "fr_CH", "fr_CI", "fr_MA", "ka", "de", "de_AT", "de_CH", "el", "gu", "ha", "he", "hi", "hu", "id", "ga", "it",
    "ja", "kn", "kk", "rw_RW", "ko", "ky_KG", "lo", "lv", "lt", "mk", "ms", "ml", "mr", "nb", "ps_AF", "fa", "pl", "pt_BR",
    "pt_PT", "pa", "ro", "ru", "sr", "si_LK", "sk", "sl", "es", "es_AR", "es_CL", "es_CO", "es_CR", "es_DO", "es_EC",
    "es_HN", "es_MX", "es_PA", "es_PE", "es_ES", "es_UY", "es_VE", "sw", "sv", "ta", "te", "th", "tr", "uk", "ur", "uz",
    "vi", "zu",
];

const fn limit(name: &'static str, range: RangeInclusive<u64>, of: &'static str) -> Limit {
    Limit { name, least: *range.start(), most: *range.end(), of }
}
