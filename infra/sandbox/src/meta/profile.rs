//! The business profile (contract §1.7).

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use super::call::{Answer, Call, Reply};
use super::fields::{PROFILE, project};
use super::graph_error::GraphError;
use super::ids::Ids;
use super::judge::shape::Object;
use super::numbers::change;
use super::shared::Shared;
use super::state::State;

/// What can be set; `UNDEFINED` and `NOT_A_BIZ` can only be read.
const VERTICALS: [&str; 22] = [
    "AUTO",
    "BEAUTY",
    "APPAREL",
    "EDU",
    "ENTERTAIN",
    "EVENT_PLAN",
    "FINANCE",
    "GROCERY",
    "GOVT",
    "HOTEL",
    "HEALTH",
    "NONPROFIT",
    "PROF_SERVICES",
    "RETAIL",
    "TRAVEL",
    "RESTAURANT",
    "OTHER",
    "ALCOHOL",
    "ONLINE_GAMBLING",
    "PHYSICAL_GAMBLING",
    "OTC_DRUGS",
    "MATRIMONY_SERVICE",
];

/// Flat, in a list of one. Without `fields` there is almost nothing in it.
pub(crate) fn get(shared: &Shared, call: &Call, id: &str) -> Answer {
    let state = shared.state();
    let number = state.number(id).ok_or_else(|| State::gone(id, &call.method))?;
    let mut profile = project(&number.profile, &PROFILE, call.param("fields"))?;
    profile.remove("id");
    profile.insert("messaging_product".into(), "whatsapp".into());
    Ok(Reply::json(&json!({"data": [profile]})))
}

pub(crate) fn update(shared: &Shared, call: &Call, id: &str) -> Answer {
    let body = call.json()?;
    let profile = checked(&body, &shared.state().handles)?;
    change(shared, call, id, |number| {
        number.profile.extend(profile);
        number.profile_updates.push(body);
    })
}

fn checked(body: &Map<String, Value>, handles: &[String]) -> Result<Map<String, Value>, GraphError> {
    let request = Object::root(body);
    request.only(&[
        "messaging_product",
        "about",
        "address",
        "description",
        "email",
        "websites",
        "vertical",
        "profile_picture_handle",
    ])?;
    if request.text_opt("messaging_product")? != Some("whatsapp") {
        return Err(GraphError::param("messaging_product", "must be \"whatsapp\""));
    }
    for (key, max) in [("about", 139), ("address", 256), ("description", 512), ("email", 128)] {
        request.text_opt_max(key, max)?;
    }
    if request.text_opt("about")? == Some("") {
        return Err(GraphError::param("about", "cannot be empty"));
    }
    if request.text_opt("email")?.is_some_and(|email| !email.is_empty() && !is_email(email)) {
        return Err(GraphError::param("email", "is not an e-mail address"));
    }
    if let Some(vertical) = request.text_opt("vertical")?
        && !VERTICALS.contains(&vertical)
    {
        return Err(GraphError::param("vertical", "is not a known industry"));
    }
    if let Some(websites) = request.list_opt("websites")? {
        let proper = |site: &Value| {
            site.as_str().is_some_and(|site| site.starts_with("http://") || site.starts_with("https://"))
                && site.as_str().is_some_and(|site| site.chars().count() <= 256)
        };
        if websites.len() > 2 || !websites.iter().all(proper) {
            return Err(GraphError::param("websites", "may be two http or https URLs of 256 characters"));
        }
    }
    let mut profile = body.clone();
    profile.remove("messaging_product");
    if let Some(handle) = profile.remove("profile_picture_handle") {
        let handle = handle.as_str().filter(|handle| handles.iter().any(|known| known == handle));
        let handle = handle
            .ok_or_else(|| GraphError::param("profile_picture_handle", "is not a handle from resumable upload"))?;
        if !type_of(handle).is_some_and(|mime| ["image/jpeg", "image/jpg", "image/png"].contains(&mime.as_str())) {
            return Err(GraphError::param("profile_picture_handle", "is not of a JPEG or PNG"));
        }
        // Every photo has a file of its own; what stands behind the name expires.
        let url = format!("https://pps.whatsapp.net/v/t61/{}_n.jpg?oe=0", Ids::hash());
        profile.insert("profile_picture_url".into(), url.into());
    }
    Ok(profile)
}

/// A handle bears the type it was uploaded under.
fn type_of(handle: &str) -> Option<String> {
    let mime = BASE64.decode(handle.split(':').nth(2)?.as_bytes()).ok()?;
    String::from_utf8(mime).ok()
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let handle = |mime: &str| format!("4:YQ==:{}:x:e:1:2", BASE64.encode(mime.as_bytes()));
        let handles = ["image/png", "application/pdf"].map(handle);
        let judged = |value: Value| {
            let mut body = crate::meta::config::object(value);
            body.insert("messaging_product".into(), "whatsapp".into());
            checked(&body, &handles).err().map(|error| error.code)
        };
        assert_eq!(judged(json!({"profile_picture_handle": handles[0]})), None);
        assert_eq!(judged(json!({"websites": [], "address": "", "email": ""})), None);
        assert_eq!(judged(json!({"about": "Open", "vertical": "RETAIL", "websites": ["https://shop.example"]})), None);
        for bad in [
            json!({"about": ""}),
            json!({"about": "x".repeat(140)}),
            json!({"description": "x".repeat(513)}),
            json!({"email": "nobody"}),
            json!({"websites": ["shop.example"]}),
            json!({"websites": ["https://a.example", "https://b.example", "https://c.example"]}),
            json!({"vertical": "PIRACY"}),
            json!({"vertical": "UNDEFINED"}),
            json!({"vertical": ""}),
            json!({"profile_picture_handle": "700"}),
            json!({"profile_picture_handle": handles[1]}),
            json!({"profile_picture_url": "https://a.example/b.jpg"}),
        ] {
            assert_eq!(judged(bad.clone()), Some(100), "{bad}");
        }
    }
}
