//! Where Meta's OpenAPI document is wrong (contract §0.1 warns of it), and what the contract has instead.

use serde_json::{Value, json};

/// One place of its schemas, put right.
pub(super) struct Correction {
    /// A JSON pointer to an object of the schemas.
    pub(super) at: &'static str,
    change: fn(&mut Value),
    pub(super) why: &'static str,
}

impl Correction {
    pub(super) fn apply(&self, schemas: &mut Value) {
        let place = schemas.pointer_mut(self.at).unwrap_or_else(|| panic!("{} is not in the document", self.at));
        let before = place.clone();
        (self.change)(place);
        assert!(*place != before, "{} needs no correction any more", self.at);
    }
}

/// `additionalProperties: false` beside an `allOf` refuses what the other half of it demands, such as `to`: no message
/// at all would be valid. The working shape is contract §2.1.
const fn closed(at: &'static str) -> Correction {
    Correction {
        at,
        change: |schema| {
            schema.as_object_mut().unwrap().remove("additionalProperties");
        },
        why: "§2.1: closed against the envelope's own members",
    }
}

pub(super) const SCHEMAS: &[Correction] = &[
    closed("/TextMessage/allOf/1"),
    closed("/ImageMessage/allOf/1"),
    closed("/VideoMessage/allOf/1"),
    closed("/AudioMessage/allOf/1"),
    closed("/DocumentMessage/allOf/1"),
    closed("/StickerMessage/allOf/1"),
    closed("/LocationMessage/allOf/1"),
    closed("/ContactsMessage/allOf/1"),
    closed("/ReactionMessage/allOf/1"),
    closed("/InteractiveMessage/allOf/1"),
    Correction {
        at: "/BaseMessageProperties/required",
        change: |required| required.as_array_mut().unwrap().retain(|name| name != "to"),
        why: "§2.1: recipient stands in its place since July 2026",
    },
    Correction {
        at: "/LanguageObject/required",
        change: |required| required.as_array_mut().unwrap().retain(|name| name != "policy"),
        why: "§2.4: the policy is optional",
    },
    Correction {
        at: "/TemplateComponent/properties/index",
        change: |index| {
            index.as_object_mut().unwrap().remove("pattern");
        },
        why: "§2.4: an index is from 0; the pattern refuses 0 and 1 and takes a comma",
    },
    Correction {
        at: "/InteractiveObject/properties/type/enum",
        change: |kinds| {
            kinds.as_array_mut().unwrap().extend(NEWER.map(Value::from));
        },
        why: "§2.3: kinds that are newer than the document",
    },
    Correction {
        at: "/ActionObject/oneOf",
        change: |actions| {
            let named = json!({"required": ["name"], "properties": {"name": {"enum": ACTIONS}}});
            actions.as_array_mut().unwrap().extend([named, json!({"required": ["cards"]})]);
        },
        why: "§2.3: the actions of those kinds",
    },
    Correction {
        at: "/Message/discriminator/mapping",
        change: |mapping| mapping["pin"] = json!("#/components/schemas/BaseMessageProperties"),
        why: "§2.2: pins of groups are newer than the document",
    },
];

const NEWER: [&str; 8] = [
    "cta_url",
    "location_request_message",
    "request_contact_info",
    "address_message",
    "voice_call",
    "carousel",
    "order_details",
    "order_status",
];

const ACTIONS: [&str; 7] = [
    "cta_url",
    "send_location",
    "request_contact_info",
    "address_message",
    "voice_call",
    "review_and_pay",
    "review_order",
];

/// Examples of Meta's that are not taken: the name, the field that is complained of, and why. In the document's order.
pub(super) const EXAMPLES: &[(&str, &str, &str)] = &[
    ("Send Reply to List Message", "type", "§2.1: the type is left out, and it is no text"),
    (
        "Send Sample Issue Resolution Template",
        "template.components[1].parameters[0].type",
        "§2.4: a quick reply takes a payload; here it gets a text, which is no string either",
    ),
    ("Send Text Message with Preview URL", "type", "§2.1: a type left out means text, which is not to be relied on"),
];
