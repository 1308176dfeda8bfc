//! Whether Meta would take what is wanted, told before it is asked (P-04 to P-09).

use email_address::{EmailAddress, Options};

use super::wanted::changed;
use super::{Profile, Wanted, vertical};
use crate::limits::Limit;
use crate::limits::profile as limits;
use crate::template::lint::{Finding, Level};

/// Meta's page of it.
const PAGE: &str = "https://developers.facebook.com/documentation/business-messaging/whatsapp/business-profiles";

/// What is wrong with the members that differ from what Meta has: what it has it takes.
pub fn check(current: &Profile, wanted: &Wanted) -> Vec<Finding> {
    let mut found = Vec::new();
    match changed(wanted.about.as_deref(), current.about.as_deref()) {
        Some("") => found.push(never_empty("about_empty", "about")),
        Some(about) => _ = count(&mut found, "about_length", "about", &limits::ABOUT, about),
        None => {}
    }
    if let Some(address) = changed(wanted.address.as_deref(), current.address.as_deref()) {
        count(&mut found, "address_length", "address", &limits::ADDRESS, address);
    }
    if let Some(description) = changed(wanted.description.as_deref(), current.description.as_deref()) {
        describe(&mut found, description);
    }
    match changed(wanted.email.as_deref(), current.email.as_deref()) {
        Some("") | None => {}
        Some(email) => mail(&mut found, email),
    }
    if let Some(sites) = wanted.websites.as_ref().filter(|sites| **sites != current.websites) {
        websites(&mut found, sites);
    }
    match changed(wanted.vertical.as_deref(), current.vertical.as_deref()) {
        Some("") => found.push(never_empty("vertical_empty", "vertical")),
        Some(word) if !vertical::is_known(word) => {
            let names: Vec<&str> = limits::VERTICALS.iter().map(|(_, name)| *name).collect();
            let remedy = format!("Take one of: {}.", names.join("; "));
            found.push(error("vertical_unknown", "vertical", "is no industry that can be set", remedy));
        }
        Some(_) | None => {}
    }
    found
}

fn describe(found: &mut Vec<Finding>, description: &str) {
    let length = description.chars().count();
    let fits = count(found, "description_length", "description", &limits::DESCRIPTION, description);
    if fits && !limits::DESCRIPTION_SURE.allows(length) {
        let (sure, most) = (limits::DESCRIPTION_SURE.words(), limits::DESCRIPTION.most);
        let what = format!("may be too long: Meta's sources say {sure}, or {most} (given: {length})");
        let remedy = format!("Keep to {sure}, or let Meta judge: what it answers is shown as it stands.");
        found.push(Finding { level: Level::Warn, ..error("description_long", "description", what, remedy) });
    }
}

fn mail(found: &mut Vec<Finding>, email: &str) {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    let fits = count(found, "email_length", "email", &limits::EMAIL, email);
    if fits && EmailAddress::parse_with_options(email, options).is_err() {
        let remedy = "Write it as name@example.com.";
        found.push(error("email_syntax", "email", "is no e-mail address", remedy));
    }
}

fn websites(found: &mut Vec<Finding>, sites: &[String]) {
    if !limits::WEBSITES.allows(sites.len()) {
        let what = format!("must be {} (given: {})", limits::WEBSITES.words(), sites.len());
        found.push(error("websites_count", "websites", what, "Take some out."));
    }
    for (n, site) in sites.iter().enumerate() {
        let at = format!("websites[{n}]");
        if is_web(site) {
            count(found, "website_length", &at, &limits::WEBSITE, site);
        } else {
            let remedy = "Begin it with https:// or http://.";
            found.push(error("website_scheme", &at, "is no http or https URL", remedy));
        }
    }
}

/// What stands behind the scheme is Meta's to judge.
fn is_web(site: &str) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let (given, rest) = site.split_at_checked(scheme.len())?;
        given.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace))
}

/// Whether there are as many characters as there may be.
fn count(found: &mut Vec<Finding>, id: &'static str, at: &str, limit: &Limit, text: &str) -> bool {
    let length = text.chars().count();
    let fits = limit.allows(length);
    if !fits {
        let what = format!("must have {} (given: {length})", limit.words());
        found.push(error(id, at, what, "Shorten it."));
    }
    fits
}

fn never_empty(id: &'static str, at: &str) -> Finding {
    let what = "cannot be set back to empty once it is set: Meta does not let it be";
    error(id, at, what, "Give it another value, or leave it out.")
}

fn error(id: &'static str, at: &str, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { id, level: Level::Error, at: at.to_owned(), what: what.into(), remedy: remedy.into(), source: PAGE }
}
