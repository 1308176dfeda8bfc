//! Every inbound type, as what it is.

use model::inbound::{Interactive, SystemKind};
use model::{Content, InboundMessage};
use serde_json::value::RawValue;

use crate::fixtures;

const OPENS: bool = true;

/// Fixture, content, whether it opens the service window, what a person is shown, whether there is more to see.
const EXPECTED: &[(&str, &str, bool, &str, bool)] = &[
    ("audio", "Audio", OPENS, "[Voice message]", false),
    ("button", "Button", OPENS, "Stop", false),
    ("contacts", "Contacts", OPENS, "[Contact] Ana Diaz, +1 555 0102", false),
    ("document", "Document", OPENS, "[Document] order.pdf", false),
    ("edit", "Edit", !OPENS, "[Edited] [Image] Better", false),
    ("image", "Image", OPENS, "[Image] The receipt", false),
    ("interactive_button", "Interactive", OPENS, "Yes, please", false),
    ("interactive_call_permission", "Interactive", OPENS, "[Call permission] accept", false),
    ("interactive_flow", "Interactive", OPENS, "[Form] Sent", false),
    ("interactive_flow_non_object", "Interactive", OPENS, "[Form] Sent", false),
    ("interactive_list", "Interactive", OPENS, "Monday", false),
    ("interactive_payment_method", "Interactive", OPENS, "[Payment method] credit_card", false),
    ("location", "Location", OPENS, "[Location] Demo Shop", false),
    ("order", "Order", OPENS, "[Order] Gift wrap, please", false),
    ("reaction", "Reaction", !OPENS, "[Reaction] 👍", false),
    ("reaction_removed", "Reaction", !OPENS, "[Reaction removed]", false),
    ("request_welcome", "RequestWelcome", OPENS, "[Chat opened]", false),
    ("revoke", "Revoke", !OPENS, "[Message deleted]", false),
    ("sticker", "Sticker", OPENS, "[Sticker]", false),
    ("system_identity", "System", !OPENS, "changed", false),
    ("system_number", "System", !OPENS, "User A changed from 15550100 to 15550101", false),
    ("system_number_older", "System", !OPENS, "changed", false),
    ("system_user_id", "System", !OPENS, "changed", false),
    ("text", "Text", OPENS, "Does it come in another colour?", false),
    ("text_forwarded", "Text", OPENS, "Pass it on", false),
    ("text_from_ad", "Text", OPENS, "Is this still on?", false),
    ("text_without_phone", "Text", OPENS, "Hi", false),
    ("unsupported", "Unsupported", OPENS, "Not supported here", true),
    ("unsupported_older", "Unsupported", OPENS, "Not supported here", true),
    ("video", "Video", OPENS, "[Video]", false),
    ("voice", "Audio", OPENS, "[Audio]", false),
];

fn read<T>(name: &str, look: impl FnOnce(&InboundMessage<'_>) -> T) -> T {
    let json = &fixtures::inbound()[name];
    look(&InboundMessage::parse(serde_json::from_str::<&RawValue>(json).unwrap()).unwrap())
}

fn content(name: &str) -> Content {
    read(name, |message| message.content.clone())
}

#[test]
fn every_type_is_read_as_what_it_is() {
    let fixtures = fixtures::inbound();
    let named: Vec<_> = EXPECTED.iter().map(|(name, ..)| *name).collect();
    assert_eq!(fixtures.keys().map(String::as_str).collect::<Vec<_>>(), named);
    for (name, variant, opens, text, more) in EXPECTED {
        let raw: &RawValue = serde_json::from_str(&fixtures[*name]).unwrap();
        let message = InboundMessage::parse(raw).unwrap();
        let shown = format!("{:?}", message.content);
        assert_eq!(shown.trim_end_matches("(…)"), *variant, "{name}");
        assert_eq!(message.content.opens_window(), *opens, "{name}");
        let display = message.display("Not supported here");
        assert_eq!((display.text.as_str(), display.payload_available), (*text, *more), "{name}");
        assert_eq!(message.timestamp.unwrap().as_second(), 1_700_000_000, "{name}");
        assert_eq!(message.raw.get(), raw.get());
        assert!(!format!("{message:?}").contains("15550100"));
    }
}

#[test]
fn who_wrote_and_to_what() {
    read("text_forwarded", |message| {
        assert_eq!(message.from.as_ref().unwrap().as_str(), "15550100");
        let context = message.context.as_ref().unwrap();
        assert!(context.frequently_forwarded && !context.forwarded && context.id.is_none());
    });
    read("text_without_phone", |message| {
        assert!(message.from.is_none());
        assert_eq!(message.contact_key().unwrap().as_str(), "user:US.1000000001");
        assert_eq!(message.from_parent_user_id.as_ref().unwrap().as_str(), "US.ENT.1");
        assert_eq!(message.group_id.as_deref(), Some("G1"));
    });
    read("text", |message| {
        assert_eq!(message.contact_key().unwrap().as_str(), "wa:15550100");
        let product = message.context.as_ref().unwrap().referred_product.as_ref().unwrap();
        assert_eq!(product.product_retailer_id.as_deref(), Some("sku-1"));
    });
    read("text_from_ad", |message| {
        let referral = message.referral.as_ref().unwrap();
        assert_eq!(referral.source_type.as_deref(), Some("ad"));
        assert_eq!(referral.welcome_message.as_deref(), Some("Hello"));
    });
}

#[test]
fn files_are_named_by_id() {
    let ids: Vec<_> = ["image", "video", "document", "audio", "voice", "sticker", "edit"]
        .map(content)
        .iter()
        .map(|content| content.media().unwrap().id.as_str().trim_start_matches('7').trim_start_matches('0').to_owned())
        .collect();
    assert_eq!(ids, ["1", "2", "3", "4", "5", "6", "7"]);
    let audio = content("audio").media().unwrap().clone();
    assert_eq!((audio.mime_type.as_deref(), audio.voice), (Some("audio/ogg; codecs=opus"), Some(true)));
    assert_eq!(content("sticker").media().unwrap().animated, Some(false));
    assert!(content("text").media().is_none());
}

#[test]
fn numbers_stay_as_written() {
    let Content::Location(place) = content("location") else { panic!("a location") };
    assert_eq!((place.latitude.as_str(), place.longitude.as_str()), ("12.3456789012345678", "-45.60"));
    let Content::Order(order) = content("order") else { panic!("an order") };
    let prices: Vec<_> = order.product_items.iter().map(|item| item.item_price.as_deref().unwrap()).collect();
    assert_eq!(prices, ["7.90", "12345678901234567.89"]);
    let quantities: Vec<_> = order.product_items.iter().map(|item| item.quantity.as_deref().unwrap()).collect();
    assert_eq!(quantities, ["2", "1"]);
}

#[test]
fn a_change_of_identity_is_told_in_every_spelling() {
    let system = |name| match content(name) {
        Content::System(system) => system,
        other => panic!("{other:?}"),
    };
    let number = system("system_number");
    assert_eq!(number.kind, SystemKind::NumberChanged);
    assert_eq!(number.new_number().unwrap().as_str(), "15550101");
    assert_eq!(number.user_id.unwrap().as_str(), "US.1000000002");
    assert_eq!(number.previous_user_id.unwrap().as_str(), "US.1000000001");
    let older = system("system_number_older");
    assert_eq!(older.new_number().unwrap().as_str(), "15550101");
    assert_eq!(older.customer.unwrap().as_str(), "15550100");
    let user = system("system_user_id");
    assert_eq!((user.kind.clone(), user.new_number()), (SystemKind::UserIdChanged, None));
    assert_eq!(user.previous_parent_user_id.unwrap().as_str(), "US.ENT.1");
    let identity = system("system_identity");
    assert_eq!((identity.kind.clone(), identity.new_number()), (SystemKind::IdentityChanged, None));
}

#[test]
fn answers_are_told_apart() {
    let answer = |name| match content(name) {
        Content::Interactive(answer) => answer,
        other => panic!("{other:?}"),
    };
    assert!(matches!(answer("interactive_button"), Interactive::ButtonReply(choice) if choice.id == "yes"));
    assert!(
        matches!(answer("interactive_list"), Interactive::ListReply(c) if c.description.as_deref() == Some("8 to 12"))
    );
    let Interactive::NfmReply(flow) = answer("interactive_flow") else { panic!("a flow") };
    assert_eq!(flow.response_json.as_deref(), Some(r#"{"flow_token":"t","size":4}"#));
    let Interactive::CallPermissionReply(call) = answer("interactive_call_permission") else { panic!("a call") };
    assert_eq!((call.is_permanent, call.expires_at.unwrap().as_second()), (Some(false), 1_700_604_800));
    assert!(matches!(answer("interactive_payment_method"), Interactive::PaymentMethod(p) if p.paid_at.is_some()));
}

#[test]
fn the_reason_for_what_is_not_supported_is_kept() {
    for name in ["unsupported", "unsupported_older"] {
        read(name, |message| {
            assert_eq!(message.errors[0].code, 131_051);
            assert!(message.errors[0].details.as_deref().unwrap().contains("supported"));
        });
    }
    read("unsupported", |message| assert_eq!(message.display("").kind, "poll"));
    read("unsupported_older", |message| assert_eq!(message.display("").kind, "unknown"));
}
