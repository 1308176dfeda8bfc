//! `fields=`: which keys of a node a caller gets.

use serde_json::{Map, Value};

use super::graph_error::GraphError;

/// A kind of node: what may be asked for, and what comes unasked.
pub(crate) struct NodeKind {
    pub(crate) name: &'static str,
    pub(crate) known: &'static [&'static str],
    pub(crate) default: &'static [&'static str],
}

pub(crate) const WABA: NodeKind = NodeKind {
    name: "WhatsAppBusinessAccount",
    known: &[
        "id",
        "name",
        "status",
        "currency",
        "timezone_id",
        "country",
        "message_template_namespace",
        "account_review_status",
        "business_verification_status",
        "ownership_type",
        "primary_business_location",
        "owner_business_info",
        "on_behalf_of_business_info",
        "health_status",
        "is_enabled_for_insights",
        "marketing_messages_onboarding_status",
        "whatsapp_business_manager_messaging_limit",
    ],
    default: &["id", "name", "currency", "timezone_id", "message_template_namespace"],
};

pub(crate) const NUMBER: NodeKind = NodeKind {
    name: "WhatsAppBusinessPhoneNumber",
    known: &[
        "id",
        "display_phone_number",
        "verified_name",
        "code_verification_status",
        "quality_rating",
        "quality_score",
        "status",
        "name_status",
        "new_name_status",
        "platform_type",
        "throughput",
        "messaging_limit_tier",
        "whatsapp_business_manager_messaging_limit",
        "account_mode",
        "is_official_business_account",
        "is_pin_enabled",
        "is_on_biz_app",
        "is_preverified_number",
        "webhook_configuration",
        "last_onboarded_time",
        "certificate",
        "new_certificate",
        "search_visibility",
        "eligibility_for_api_business_global_search",
        "conversational_automation",
        "health_status",
        "country_code",
        "country_dial_code",
        "new_display_name",
    ],
    default: &[
        "id",
        "verified_name",
        "code_verification_status",
        "display_phone_number",
        "quality_rating",
        "platform_type",
        "throughput",
        "last_onboarded_time",
        "webhook_configuration",
    ],
};

pub(crate) const TEMPLATE: NodeKind = NodeKind {
    name: "WhatsAppMessageTemplate",
    known: &[
        "id",
        "name",
        "language",
        "category",
        "status",
        "components",
        "parameter_format",
        "sub_category",
        "previous_category",
        "correct_category",
        "rejected_reason",
        "quality_score",
        "last_updated_time",
        "source",
        "message_send_ttl_seconds",
        "library_template_name",
        "cta_url_link_tracking_opted_out",
        "degrees_of_freedom_spec",
        "health_status",
        "display_format",
        "bid_spec",
        "is_primary_device_delivery_only",
        "is_sms_fallback_enabled",
        "ad_account_id",
        "ad_campaign_id",
        "ad_adset_id",
        "ad_id",
    ],
    default: &[
        "id",
        "name",
        "language",
        "category",
        "status",
        "components",
        "parameter_format",
        "sub_category",
        "previous_category",
    ],
};

pub(crate) const PROFILE: NodeKind = NodeKind {
    name: "WhatsAppBusinessProfile",
    known: &[
        "messaging_product",
        "about",
        "address",
        "description",
        "email",
        "profile_picture_url",
        "websites",
        "vertical",
    ],
    default: &["messaging_product"],
};

/// The part of `node` that `fields` asks for. What the kind has and this node lacks is left out, as Meta does.
pub(crate) fn project(
    node: &Map<String, Value>,
    kind: &NodeKind,
    fields: Option<&str>,
) -> Result<Map<String, Value>, GraphError> {
    let mut wanted = match fields.filter(|fields| !fields.trim().is_empty()) {
        None => kind.default.iter().map(|field| (*field).to_owned()).collect(),
        Some(fields) => names(fields),
    };
    if let Some(unknown) = wanted.iter().find(|field| !kind.known.contains(&field.as_str())) {
        return Err(GraphError::new(100)
            .title(format!("Tried accessing nonexisting field ({unknown}) on node type ({})", kind.name)));
    }
    wanted.push("id".to_owned());
    Ok(wanted.into_iter().filter_map(|field| node.get(&field).map(|value| (field.clone(), value.clone()))).collect())
}

/// The top-level names in `a,b{c,d},e.limit(2)`.
fn names(fields: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_i32;
    let mut name = String::new();
    let mut past_name = false;
    for c in fields.chars() {
        match c {
            '{' | '(' => {
                depth += 1;
                past_name = true;
            }
            '}' | ')' => depth -= 1,
            ',' if depth == 0 => {
                names.push(std::mem::take(&mut name));
                past_name = false;
            }
            '.' => past_name = true,
            c if depth == 0 && !past_name && !c.is_whitespace() => name.push(c),
            _ => {}
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_nested_and_filtered_names() {
        assert_eq!(names("id, name{a,b},c.limit(2),d"), ["id", "name", "c", "d"]);
    }

    #[test]
    fn asks_for_what_is_not_there() {
        let node = crate::meta::config::object(serde_json::json!({"id": "1", "name": "n"}));
        let got = project(&node, &WABA, Some("name,country")).unwrap();
        assert_eq!(Value::Object(got), serde_json::json!({"id": "1", "name": "n"}));
        assert_eq!(project(&node, &WABA, Some("nonsense")).unwrap_err().code, 100);
    }
}
