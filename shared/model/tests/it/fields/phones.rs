//! What comes of a business's own phone (coexistence), and of other apps on the same thread.

use model::{Content, Field};

use super::example;

#[test]
fn an_echo_is_a_message_to_somebody() {
    example("smb_message_echoes", |field| {
        let Field::Echoes(read) = field else { panic!("echoes") };
        assert_eq!(read.contacts[0].username.as_deref(), Some("bo"));
        assert_eq!(read.echoes[0].to.as_ref().unwrap().as_str(), "15550177935");
        assert_eq!(read.echoes[1].to_user_id.as_ref().unwrap().as_str(), "US.6");
        assert!(matches!(read.echoes[1].message.content, Content::Revoke(_)));
    });
    example("message_echoes", |field| assert!(matches!(field, Field::Echoes(_))));
}

#[test]
fn history_comes_in_chunks_or_not_at_all() {
    example("history.chats", |field| {
        let Field::History(history) = field else { panic!("history") };
        let chunk = &history.chunks[0];
        assert_eq!((chunk.phase, chunk.order, chunk.progress), (Some(0), Some(1), Some(55)));
        let thread = &chunk.threads[0];
        assert_eq!(thread.wa_id.as_ref().unwrap().as_str(), "15550177934");
        assert_eq!((thread.username.as_deref(), thread.messages.len()), (Some("ana"), 2));
        assert_eq!(thread.messages[0].status.as_deref(), Some("READ"));
        assert!(thread.messages[0].to.is_some() && !history.is_declined());
    });
    example("history.declined", |field| assert!(matches!(field, Field::History(history) if history.is_declined())));
    example("history.media", |field| {
        assert!(matches!(field, Field::History(history) if history.messages[0].content.media().is_some()));
    });
    example("smb_app_state_sync", |field| {
        let Field::StateSync(sync) = field else { panic!("an address book") };
        let actions: Vec<_> = sync.entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["add", "remove"]);
        assert!(sync.entries.iter().all(|entry| entry.at.is_some()));
    });
}

#[test]
fn groups_have_two_spellings() {
    for (name, kind, counts) in [
        ("group_participants_update", "group_participants_add", (2, 0, 0)),
        ("group_participant_update", "group_participants_remove", (0, 1, 1)),
        ("group_lifecycle_update", "group_create", (0, 0, 0)),
        ("group_settings_update", "group_settings_update", (0, 0, 0)),
        ("group_status_update", "group_suspend", (0, 0, 0)),
    ] {
        example(name, |field| {
            let Field::Groups(groups) = field else { panic!("{name}") };
            let group = &groups[0];
            assert_eq!((group.kind.as_str(), (group.added, group.removed, group.failed)), (kind, counts));
            assert!(group.timestamp.is_some());
        });
    }
}

#[test]
fn others_may_have_the_thread() {
    example("messaging_handovers", |field| {
        let Field::HandOver(told) = field else { panic!("a hand-over") };
        assert_eq!((told.kind.as_deref(), told.new_owner_role.as_deref()), (Some("control_passed"), Some("secondary")));
        assert_eq!(told.phone_number_id.unwrap().as_str(), "100000000000001");
    });
    example("standby", |field| {
        let Field::Standby(told) = field else { panic!("standby") };
        assert_eq!((told.messages, told.echoes, told.statuses), (1, 0, 0));
    });
    example("flows.status", |field| {
        assert!(matches!(field, Field::Flow(flow) if flow.new_status.as_deref() == Some("PUBLISHED")));
    });
    example("flows.latency", |field| {
        assert!(matches!(field, Field::Flow(flow) if flow.threshold.as_deref() == Some("3000")));
    });
}
