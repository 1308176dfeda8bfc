//! What is there before anything is sent: channels, people, templates.

use jiff::SignedDuration;
use model::template::diff;
use model::{ContactKey, PhoneNumberId, Template, WabaId};
use serde_json::{Value, json};
use store::{
    ChannelChange, Inbound, NewChannel, OverridesChange, SeenContact, Setting, SyncOutcome, SyncStart, Updated,
};

use super::{NUMBER, WABA, World, raw};

impl World {
    /// Messages a second of a number.
    pub(crate) async fn limit(&self, number: &str, per_second: u32) {
        let number = PhoneNumberId::new(number);
        let channel = self.store.channel(&number).await.unwrap().unwrap();
        let overrides =
            OverridesChange { messages_per_second: Some(Setting::Own(per_second)), ..OverridesChange::default() };
        let change = ChannelChange { overrides, ..ChannelChange::default() };
        let changed = self.store.update_channel(&number, channel.version, change, self.now()).await;
        assert!(matches!(changed.unwrap(), Updated::Done(_)));
    }

    pub(crate) async fn add_channel(&self, number: &str) {
        let channel = NewChannel {
            phone_number_id: PhoneNumberId::new(number),
            waba_id: WabaId::new(WABA),
            name: number.to_owned(),
            display_phone_number: None,
            fallback_text: None,
        };
        self.store.create_channel(channel, self.now()).await.unwrap();
    }

    /// A person writes, so that their window opens, here and at Meta.
    pub(crate) async fn hear(&self, wa_id: &str) {
        self.hear_as(wa_id, wa_id).await;
    }

    /// Somebody whose key bears another spelling writes.
    pub(crate) async fn hear_as(&self, wa_id: &str, key: &str) {
        let seen = SeenContact {
            phone_number_id: PhoneNumberId::new(NUMBER),
            key: ContactKey::new(format!("wa:{key}")),
            known: false,
            root: None,
            wa_id: Some(wa_id.to_owned()),
            user_id: None,
            name: Some("Ana".to_owned()),
            first_at: self.now(),
            name_at: self.now(),
            wa_at: self.now(),
            user_at: self.now(),
            opened_at: Some(self.now()),
            opened_by: None,
            identities: [].into(),
            new_identities: Vec::new(),
        };
        self.store.record(Inbound { contacts: vec![seen], ..Inbound::default() }, self.now()).await.unwrap();
        self.meta.open_window(NUMBER, wa_id);
    }

    /// A listing of the account that begins now and has these templates.
    pub(crate) async fn list(&self, templates: &[Value]) {
        let (waba, now) = (WabaId::new(WABA), self.now());
        let parse = |listed: &Value| Template::parse(&waba, &raw(listed), now).unwrap();
        let listed: Vec<Template> = templates.iter().map(parse).collect();
        let stored = self.store.listed_templates(&waba).await.unwrap();
        let changes = diff(&stored, &listed);
        let lease = now + SignedDuration::from_mins(10);
        assert_eq!(self.store.begin_sync(&waba, lease, now).await.unwrap(), SyncStart::Started);
        self.store.write_templates(&changes.write, now).await.unwrap();
        self.store.write_templates(&changes.absent, now).await.unwrap();
        let outcome = SyncOutcome::Succeeded { listed: 0, written: 0, absent: 0 };
        self.store.finish_sync(&waba, lease, now, &outcome, store::Calls::default(), now).await.unwrap();
    }

    /// The template that every account has from the start is known here.
    pub(crate) async fn list_hello_world(&self) {
        let listed = json!({"id": "900000000000001", "name": "hello_world", "language": "en_US", "category": "UTILITY",
            "status": "APPROVED", "components": [{"type": "BODY", "text": "Welcome and congratulations!!"}]});
        self.list(&[listed]).await;
    }
}
