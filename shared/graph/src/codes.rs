//! Meta's error codes: what each means, how it behaves and what a person does about it.
//!
//! Data, in the order and the classes of the contract's tables (`WhatsApp Cloud API/Error codes` and
//! `Graph API/Handling errors`). Adding a code is adding a line.

use crate::verdict::{Class, TRIES};

/// How an error behaves. `transient` is the document's own `is_transient`, `server_side` whether the status was 5xx.
pub(crate) fn class(code: i64, transient: bool, server_side: bool) -> Class {
    let known = find(code).map(|row| row.class);
    match known {
        // Meta documents the flag for management calls only: what is refused for ever it does not change.
        Some(W | TPL | PAY | C | SETUP) | None if transient => T,
        Some(known) => known,
        None if server_side => T,
        None => Q,
    }
}

/// What a code means, in plain words.
pub fn title(code: i64, subcode: Option<i64>) -> &'static str {
    by_subcode(code, subcode)
        .or_else(|| find(code))
        .map_or("Meta refused this for a reason of its own", |row| row.title)
}

/// What to do about a code. For errors in webhooks, which never were an [`crate::Error`], too.
pub fn remedy(code: i64, subcode: Option<i64>) -> &'static str {
    by_subcode(code, subcode)
        .or_else(|| find(code))
        .map_or("Read the details Meta gave, and its page of error codes.", |row| row.remedy)
}

fn find(code: i64) -> Option<&'static Row> {
    CODES.iter().find(|row| (row.first..=row.last).contains(&code))
}

/// Of two codes the subcode says more than the code itself.
fn by_subcode(code: i64, subcode: Option<i64>) -> Option<&'static Row> {
    let rows = match code {
        100 => SUBCODES_OF_100,
        190 => SUBCODES_OF_190,
        _ => return None,
    };
    rows.iter().find(|row| Some(row.first) == subcode)
}

/// A row of the table, for people.
#[derive(Clone, Copy, Debug)]
pub struct Documented {
    /// The code, or the first of a range.
    pub first: i64,
    /// The last of the range; the code again where it is one.
    pub last: i64,
    /// Where the row is about this subcode of it only.
    pub subcode: Option<i64>,
    /// What it means.
    pub title: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// The whole table, in the contract's order, subcodes behind their code's.
pub fn documented() -> impl Iterator<Item = Documented> {
    let of = |row: &Row| Documented {
        first: row.first,
        last: row.last,
        subcode: None,
        title: row.title,
        remedy: row.remedy,
    };
    let under = |code: i64| {
        move |row: &Row| Documented {
            first: code,
            last: code,
            subcode: Some(row.first),
            title: row.title,
            remedy: row.remedy,
        }
    };
    let subcodes = SUBCODES_OF_190.iter().map(under(190)).chain(SUBCODES_OF_100.iter().map(under(100)));
    CODES.iter().map(of).chain(subcodes)
}

/// In a webhook, in place of a file: Meta could not fetch what the person sent.
pub const MEDIA_NOT_FETCHED: i64 = 131_052;

struct Row {
    first: i64,
    last: i64,
    class: Class,
    title: &'static str,
    remedy: &'static str,
}

const fn row(code: i64, class: Class, title: &'static str, remedy: &'static str) -> Row {
    Row { first: code, last: code, class, title, remedy }
}

const fn rows(first: i64, last: i64, class: Class, title: &'static str, remedy: &'static str) -> Row {
    Row { first, last, class, title, remedy }
}

const fn after(seconds: u64, tries: u32) -> Class {
    Class::After { seconds, tries }
}

const T: Class = Class::Transient { tries: TRIES };
const NUMBER: Class = Class::Number;
const PAIR: Class = Class::Pair;
const APP: Class = Class::App;
const W: Class = Class::Window;
const P: Class = Class::Recipient;
const Q: Class = Class::Request;
const TPL: Class = Class::Template;
const A: Class = Class::Token;
const C: Class = Class::Account;
const PAY: Class = Class::Billing;
const SETUP: Class = Class::Setup;
const POL: Class = Class::Policy;

/// Throttled means delayed, never failed.
const ALWAYS: u32 = u32::MAX;
const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

const RENEW: &str =
    "Put a new access token into the tokens secret; prefer a system user's token, which no password change ends.";
const GRANT: &str = "Give the system user whatsapp_business_messaging and whatsapp_business_management, and assign it the WhatsApp account.";
const WAIT: &str = "Nothing to do: it is tried again by itself. If it lasts, give Meta's support the trace id.";
const SLOW: &str = "Nothing to do: calls slow down by themselves.";
const FIX: &str = "Correct the request by the details Meta gave; unchanged it will be refused again.";
const CLEAN: &str = "Compare the values given with the template's variables, and run a template sync.";
const CALLS: &str = "Waypost places no calls; see Meta's page on calling.";
const GROUPS: &str = "Correct the group request by the details Meta gave.";

#[rustfmt::skip]
static CODES: &[Row] = &[
    // Authorisation and integrity
    row(0, A, "the access token could not be authenticated", RENEW),
    row(3, A, "the app lacks a capability or permission", GRANT),
    row(10, A, "the permission was not granted or was removed", GRANT),
    row(102, A, "the access token is invalid", RENEW),
    row(104, A, "no access token or app secret proof arrived", RENEW),
    row(190, A, "the access token is invalid or has expired", RENEW),
    rows(200, 299, A, "the token may not use this account or number", GRANT),
    row(803, Q, "no such object, or the token cannot see it", "Check the id, and that the system user is assigned to the WhatsApp account."),
    row(368, POL, "Meta has blocked the account for policy reasons, for a time", "See the policy page of WhatsApp Manager; sending goes on when the block ends."),
    row(130_497, Class::Country, "the account may not message people in this country", "Do not write to this country with this account."),
    row(131_005, A, "the token lacks the permission to send", GRANT),
    row(131_031, POL, "the account is restricted or disabled, or a value such as the PIN does not match", "See Business Support Home for the restriction and appeal it there."),
    row(33, C, "the business phone number does not exist any more", "Remove the channel, or correct its phone number id."),
    row(1_752_041, C, "onboarding was already requested", "Nothing to do: the request is already with Meta."),

    // Throttling
    row(4, APP, "the app makes too many calls", SLOW),
    row(17, APP, "the user makes too many calls", SLOW),
    row(32, APP, "the page makes too many calls", SLOW),
    row(341, APP, "the app has reached a limit for a time", SLOW),
    row(613, APP, "the calls of this kind have reached their limit", SLOW),
    rows(80_007, 80_008, APP, "the WhatsApp account makes too many calls", SLOW),
    row(130_429, NUMBER, "the number sends faster than its throughput allows", SLOW),
    row(131_056, PAIR, "too many messages to this one person in a short time", "Nothing to do: messages to this person slow down by themselves."),
    row(131_048, after(HOUR, ALWAYS), "the number may send less because people blocked or reported it", "Look at the number's quality in WhatsApp Manager, and send only what people expect."),
    row(131_064, Class::Categories, "the account's limit was cut because of misfiled template categories", "Correct the categories of the templates; the cut ends by itself."),
    row(133_016, after(3 * DAY, ALWAYS), "the number was registered or deregistered too often", "Wait 72 hours before registering it again."),
    rows(133_008, 133_009, Q, "the PIN was guessed too often or too fast", "Wait as long as the details say, then give the right PIN."),

    // Sending
    row(1, Class::Transient { tries: 3 }, "Meta reports an unknown error, or a bad request", "Check the request; if it is right, give Meta's support the trace id."),
    row(2, T, "Meta's service is down or overloaded", WAIT),
    row(100, Q, "a parameter is invalid, unknown or too long", FIX),
    row(130_403, P, "you have blocked this person", "Unblock the person first."),
    row(130_472, P, "the person is in an experiment of Meta's that holds back marketing", "Wait until the person writes, or send something that is not marketing."),
    row(131_000, T, "something failed at Meta", WAIT),
    row(131_008, Q, "a required parameter is missing", FIX),
    row(131_009, Q, "a parameter has a bad value", FIX),
    row(131_016, T, "Meta's service is not available", WAIT),
    row(131_021, Q, "sender and recipient are the same number", "Send to another number."),
    row(131_026, P, "undeliverable: not on WhatsApp, old version, terms not accepted, or something else Meta does not tell", "Ask the person by other means to write to you on an up-to-date WhatsApp and to accept its terms."),
    row(131_030, P, "the recipient is not on the test number's list", "Add the recipient under API Setup in the app dashboard, in exactly the form Meta uses."),
    row(131_037, C, "the number lacks an approved display name", "Set a display name in WhatsApp Manager and wait for its approval."),
    row(131_042, PAY, "Meta has no valid way of being paid", "Set payment method, currency and time zone of the WhatsApp account in Billing of Business settings."),
    row(131_044, PAY, "Meta has no valid way of being paid for calls", "Set the payment method of the WhatsApp account in Billing of Business settings."),
    row(131_045, C, "the number is not properly registered", "Register the number with its PIN."),
    row(131_047, W, "more than 24 hours have passed since the person last wrote", "Send an approved template; free text is possible again once the person writes."),
    row(131_049, P, "Meta chose not to deliver, to keep people from too much marketing", "Wait a day or longer before sending marketing to this person again, or leave it."),
    row(131_050, P, "the person stopped marketing messages from you", "Send no marketing to this person until the person allows it again."),
    row(131_051, Q, "this type of message is not supported", FIX),
    row(130_501, Q, "this type of message is not supported in groups", FIX),
    row(131_014, Q, "the linked file could not be fetched", "Check that the link is public, and that its type and size are allowed."),
    row(131_035, P, "an incoming message was lost: Meta could not deliver it within its retention time", "Ask the person to write again."),
    row(131_036, P, "the message is no longer kept for one of the person's devices", "Nothing to do: other devices may have it."),
    row(131_052, Q, "the person's file could not be fetched", "Ask the person to send it again, smaller or another way."),
    row(131_053, Q, "the file could not be uploaded or fetched", "Check the file's real type, codec and size, and that the link is public."),
    row(131_055, Q, "only marketing templates go this way", "Send it as an ordinary message."),
    row(131_057, T, "the account is in maintenance, for a minute or so", WAIT),
    row(131_059, T, "the list changed while it was read", WAIT),
    row(131_062, P, "this kind of message needs the person's phone number", "Send it to a phone number."),
    row(131_063, SETUP, "marketing templates were switched off for the Cloud API", "Switch them on again in the WhatsApp account's settings, or use Marketing Messages."),
    row(134_011, SETUP, "the terms of WhatsApp Payments are not accepted yet", "Accept the terms under the link in Meta's message."),
    row(134_100, Q, "only marketing templates go this way", "Send it as an ordinary message."),
    row(134_101, after(600, TRIES), "the template is still being synchronised at Meta", WAIT),
    row(134_102, SETUP, "Marketing Messages is not available to this account", "Finish its onboarding in WhatsApp Manager, or send it as an ordinary message."),
    row(135_000, Q, "Meta could not make sense of the request", FIX),
    row(137_000, P, "the person's identity changed since it was last verified", "Verify the person by other means, then send without the old identity hash."),
    row(1026, P, "the person's WhatsApp cannot show this type of message", "Send it as text."),
    rows(2046, 2047, Q, "the order cannot change to this status", "Check the order's present status."),
    row(470, W, "more than 24 hours have passed since the person last wrote", "Send an approved template."),
    row(471, after(HOUR, ALWAYS), "the number may send less because people blocked or reported it", "Look at the number's quality in WhatsApp Manager."),

    // Templates at send time
    row(132_000, Q, "the number of parameters is not that of the template's variables", CLEAN),
    row(132_001, TPL, "no such template in this language, or not approved, or of another account", "Check name and language in the list of templates, and that it is approved."),
    row(132_005, Q, "the text is too long once the values are in it", "Shorten the values."),
    row(132_007, TPL, "the template's content is against WhatsApp's policy", "Edit the template; if only some sends fail, look at the values first."),
    row(132_008, Q, "a template value is invalid", CLEAN),
    row(132_012, Q, "a template value has the wrong format", CLEAN),
    row(132_015, TPL, "the template is paused because of low quality", "Wait 3 to 6 hours, or edit the template; after pacing, unpause it in WhatsApp Manager."),
    row(132_016, TPL, "the template is disabled after repeated pauses", "Create a new template."),
    row(132_018, Q, "the template's values are not acceptable", "Remove line breaks, tabs and runs of spaces from the values; see the details Meta gave."),
    row(132_068, TPL, "the flow of this message is blocked", "Correct the flow in WhatsApp Manager."),
    row(132_069, after(HOUR, ALWAYS), "the flow of this message is throttled", "Correct the flow; until then ten messages an hour may go out."),
    rows(139_000, 139_004, Q, "the flow was refused", "Correct the flow by the details Meta gave."),

    // Registration, migration, sync, insights, block list, groups, calling
    row(133_000, Class::Transient { tries: 2 }, "an earlier deregistration did not finish", "Deregister the number again, then register it."),
    row(133_004, T, "the registration service is not available", WAIT),
    row(133_005, Q, "the PIN is wrong", "Give the right PIN, or set a new one in WhatsApp Manager."),
    row(133_006, C, "the number must be verified first", "Request a code for the number and verify it, then register."),
    row(133_010, C, "the number is not registered", "Register the number with its PIN."),
    row(133_015, after(300, TRIES), "the number was deleted a moment ago", "Wait five minutes, then register it."),
    row(136_024, Q, "the number is already verified", "Go on and register it."),
    row(2_388_103, T, "the migration failed for a moment", WAIT),
    row(2_388_001, C, "two-step verification stands against the migration", "Confirm that the number is yours, and switch off its two-step verification."),
    rows(2_388_012, 2_388_093, C, "the number cannot be migrated yet", "See the details Meta gave: name, payment, webhooks and account must be in order first."),
    row(2_494_100, T, "the number is in maintenance, for some minutes", WAIT),
    rows(2_494_164, 2_494_179, C, "the sign-up could not be finished", "Follow Meta's details, then sign up again."),
    row(2_593_079, C, "the account's ownership cannot be moved", "Ask Meta's support."),
    row(2_593_085, C, "the account's ownership cannot be moved", "Ask Meta's support."),
    rows(2_593_107, 2_593_108, C, "the synchronisation was used already or came too late", "Disconnect the number from the app and connect it again."),
    row(2_593_109, C, "the person declined to share the history", "Nothing to do."),
    rows(200_005, 200_007, C, "template insights are not available or not switched on", "Switch template insights on in WhatsApp Manager."),
    row(2200, Q, "Meta could not verify the callback", "Check that the callback URL is public and that the verify token is the same on both sides."),
    row(139_100, Q, "some people could not be blocked", "See Meta's answer for whom, and why."),
    row(139_101, C, "the block list is full", "Unblock people you no longer need to block."),
    rows(139_102, 139_103, T, "the block list is being changed by somebody else", WAIT),
    row(131_207, POL, "the group is suspended", "See Business Support Home for the reason, and appeal it there."),
    row(131_208, APP, "the group makes too many calls", SLOW),
    row(131_214, after(DAY, ALWAYS), "no new groups for some days, after too much marketing", "Wait some days, and send less marketing into service windows."),
    row(131_020, Q, "the group has only one member", GROUPS),
    row(131_041, Q, "no such group", GROUPS),
    rows(131_201, 131_215, Q, "the group request was refused", GROUPS),
    rows(138_000, 138_023, Q, "the call was refused", CALLS),
    rows(141_000, 141_999, C, "the health of the account, number or template stands against it", "Open the number in WhatsApp Manager and follow what it asks for."),
    rows(147_001, 147_005, C, "the username cannot be had", "Follow the details Meta gave in WhatsApp Manager."),
];

/// Of creating and changing templates (contract §4.6), whose code is a bare 100.
#[rustfmt::skip]
static SUBCODES_OF_100: &[Row] = &[
    row(33, Q, "no such object, or the token cannot see it", "Check the id, and that the system user is assigned to the WhatsApp account."),
    row(2_388_019, Q, "the account has as many templates as it may have", "Delete templates that are no longer used."),
    row(2_388_023, Q, "a template of this name and language is still being deleted, or exists", "Take another name, or wait the 30 days that Meta keeps it."),
    row(2_388_024, Q, "the template exists in this language already", "Use it, or change it instead."),
    row(2_388_027, Q, "an account may have one catalogue only", "Use the catalogue that is connected."),
    row(2_388_039, Q, "the template's status cannot be changed now", "Wait until its review is over, or until it may be edited again."),
    row(2_388_040, Q, "a field is longer than it may be", "Shorten the field that the details name."),
    row(2_388_043, Q, "a component lacks a field, mostly an example", "Give an example for every variable and media header."),
    row(2_388_046, Q, "the template's name has characters it may not have", "Use lower case letters, digits and underscores."),
    row(2_388_047, Q, "the header's format is not allowed", "Correct the header by the details Meta gave."),
    row(2_388_072, Q, "the body's format is not allowed", "Correct the body by the details Meta gave."),
    row(2_388_073, Q, "the footer's format is not allowed", "Correct the footer by the details Meta gave."),
    row(2_388_077, Q, "product types were mixed that do not go together", "Ask for each product type by itself."),
    row(2_388_109, Q, "the template cannot be created", "Correct the template by the details Meta gave."),
    row(2_388_155, Q, "the name is reserved for one of Meta's samples", "Take another name."),
    row(2_388_273, Q, "the sample of a media header is missing or none", "Upload the sample and give its handle, not a link."),
    row(2_388_293, Q, "there are too many variables for so short a text", "Add words, or take variables out."),
    row(2_388_299, Q, "a variable stands first or last", "Put words around the variables."),
];

/// `Facebook Login/Access tokens/Debugging and errors`.
#[rustfmt::skip]
static SUBCODES_OF_190: &[Row] = &[
    row(458, A, "the app was removed by the person the token belongs to", "Log in to the app again, or make a system user's token."),
    row(459, A, "the person the token belongs to must log in to Facebook and pass a check", "Log in at facebook.com as that person, or make a system user's token."),
    row(460, A, "the password of the person the token belongs to was changed", "Make a new token, better a system user's: no password ends that one."),
    row(463, A, "the access token has expired", "Make a new token, better a system user's that never expires."),
    row(464, A, "the person the token belongs to is not confirmed", "Confirm that person's Facebook account, or make a system user's token."),
    row(467, A, "the access token was invalidated: logged out, removed, or no longer an administrator", "Ask an administrator of the business portfolio to make a new token, better a system user's."),
    row(492, A, "the session of the access token does not fit the person any more", "Check that the person still has a role on the account, or make a system user's token."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        // A range may hold single codes that come before it, such as the groups' rate limit.
        let mut single: Vec<i64> = CODES.iter().filter(|row| row.first == row.last).map(|row| row.first).collect();
        let listed = single.len();
        single.sort_unstable();
        single.dedup();
        assert_eq!(single.len(), listed);
        for row in CODES.iter().filter(|row| row.first == row.last) {
            assert!(std::ptr::eq(find(row.first).unwrap(), row), "{} is hidden by a range before it", row.first);
        }
    }

    #[test]
    fn every_row_speaks_plainly() {
        for row in CODES.iter().chain(SUBCODES_OF_190).chain(SUBCODES_OF_100) {
            assert!(row.remedy.ends_with('.') && row.remedy.len() > 10, "{}", row.first);
            assert!(!row.title.is_empty() && !row.title.ends_with('.'), "{}", row.first);
        }
    }

    #[test]
    fn the_transient_flag_overrules_only_what_might_pass() {
        assert_eq!(class(131_047, true, false), T);
        assert_eq!(class(132_001, true, false), T);
        assert_eq!(class(190, true, true), A);
        assert_eq!(class(131_026, true, false), P);
        assert_eq!(class(100, true, true), Q);
        assert_eq!(class(368, true, false), POL);
        assert_eq!(class(1, true, false), Class::Transient { tries: 3 });
        assert_eq!(class(130_429, true, false), NUMBER);
    }

    #[test]
    fn an_unknown_code_goes_by_its_side() {
        assert_eq!(class(999_999, false, false), Q);
        assert_eq!(class(999_999, false, true), T);
        assert_eq!(class(999_999, true, false), T);
    }

    #[test]
    fn a_token_error_names_its_own_remedy() {
        let remedies: std::collections::BTreeSet<_> =
            [458, 459, 460, 463, 464, 467, 492].iter().map(|code| remedy(190, Some(*code))).collect();
        assert_eq!(remedies.len(), 7);
        assert_eq!(remedy(190, Some(1)), RENEW);
        assert_ne!(remedy(100, Some(463)), remedy(190, Some(463)));
    }
}
