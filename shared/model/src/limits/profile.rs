//! What a business profile may hold (contract §1.7), as data. Characters are Unicode's, not bytes.

use super::Limit;

/// Cannot be taken away once it is set.
pub const ABOUT: Limit = Limit { name: "PROFILE_ABOUT", least: 1, most: 139, of: "characters" };
pub const ADDRESS: Limit = Limit { name: "PROFILE_ADDRESS", least: 0, most: 256, of: "characters" };
/// 512 by Meta's clients, 256 by its OpenAPI file (B): the larger, and [`DESCRIPTION_SURE`] for the other.
pub const DESCRIPTION: Limit = Limit { name: "PROFILE_DESCRIPTION", least: 0, most: 512, of: "characters" };
/// What all of Meta's sources take.
pub const DESCRIPTION_SURE: Limit = Limit { name: "PROFILE_DESCRIPTION_SURE", least: 0, most: 256, of: "characters" };
pub const EMAIL: Limit = Limit { name: "PROFILE_EMAIL", least: 0, most: 128, of: "characters" };
pub const WEBSITES: Limit = Limit { name: "PROFILE_WEBSITES", least: 0, most: 2, of: "websites" };
pub const WEBSITE: Limit = Limit { name: "PROFILE_WEBSITE", least: 1, most: 256, of: "characters" };

/// Bytes of the photo.
pub const PHOTO_BYTES: u64 = 5 * 1024 * 1024;
/// Pixels of its sides at least (C), and as they are recommended.
pub const PHOTO_LEAST: usize = 192;
/// See [`PHOTO_LEAST`].
pub const PHOTO_BEST: usize = 640;

/// Industries that can be set: Meta's word, and what people know it by.
pub const VERTICALS: [(&str, &str); 22] = [
    ("AUTO", "Automotive"),
    ("BEAUTY", "Beauty, Spa and Salon"),
    ("APPAREL", "Clothing and Apparel"),
    ("EDU", "Education"),
    ("ENTERTAIN", "Entertainment"),
    ("EVENT_PLAN", "Event Planning and Service"),
    ("FINANCE", "Finance and Banking"),
    ("GROCERY", "Food and Grocery"),
    ("GOVT", "Public Service"),
    ("HOTEL", "Hotel and Lodging"),
    ("HEALTH", "Medical and Health"),
    ("NONPROFIT", "Non-profit"),
    ("PROF_SERVICES", "Professional Services"),
    ("RETAIL", "Shopping and Retail"),
    ("TRAVEL", "Travel and Transportation"),
    ("RESTAURANT", "Restaurant"),
    ("OTHER", "Other"),
    // Newer than the guide's seventeen.
    ("ALCOHOL", "Alcoholic Beverages"),
    ("ONLINE_GAMBLING", "Online Gambling & Gaming"),
    ("PHYSICAL_GAMBLING", "Non-Online Gambling & Gaming"),
    ("OTC_DRUGS", "Over-the-Counter Drugs"),
    ("MATRIMONY_SERVICE", "Matrimonial service"),
];
