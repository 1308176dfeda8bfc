//! All a fake Meta knows, behind one lock that is never held across an await.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::config::{App, MetaConfig, Number, Template, Token, Waba};
use super::faults::Faults;
use super::graph_error::GraphError;
use super::ids::Ids;
use super::judge::rates::{Bucket, Pace};
use super::media::Media;
use super::people::People;
use super::record::{CallRecord, ReadRecord, RefusedRecord, SendRecord, WebhookRecord};
use super::registration::Attempts;
use super::settings::Settings;
use super::uploads::Upload;
use super::webhooks::Update;

pub(crate) struct State {
    pub(crate) apps: Vec<App>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) wabas: Vec<Waba>,
    pub(crate) groups: Vec<String>,
    pub(crate) callback_url: Option<String>,
    pub(crate) settings: Settings,
    pub(crate) ids: Ids,
    pub(crate) people: People,
    /// When a person last wrote or called: (`phone_number_id`, user id) → Meta's time of it.
    pub(crate) heard: BTreeMap<(String, String), Timestamp>,
    /// Messages people wrote: wamid → (`phone_number_id`, time).
    pub(crate) inbound: BTreeMap<String, (String, Timestamp)>,
    pub(crate) media: BTreeMap<String, Media>,
    /// On anybody's host: type and bytes by name.
    pub(crate) files: BTreeMap<String, (String, bytes::Bytes)>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    pub(crate) handles: Vec<String>,
    /// Names of deleted approved templates: (waba, name) → free again at.
    pub(crate) blocked_names: BTreeMap<(String, String), Timestamp>,
    pub(crate) paces: BTreeMap<(String, String), Pace>,
    pub(crate) buckets: BTreeMap<String, Bucket>,
    pub(crate) registrations: BTreeMap<String, Attempts>,
    pub(crate) usage: BTreeMap<String, VecDeque<Timestamp>>,
    pub(crate) faults: Faults,
    pub(crate) holding: bool,
    pub(crate) held: Vec<Update>,
    /// An update that waits for the next one to overtake it.
    pub(crate) overtaken: Option<Update>,
    pub(crate) sends: Vec<SendRecord>,
    /// wamid → place in `sends`.
    pub(crate) sent: BTreeMap<String, usize>,
    pub(crate) refused: Vec<RefusedRecord>,
    pub(crate) reads: Vec<ReadRecord>,
    pub(crate) calls: Vec<CallRecord>,
    pub(crate) webhooks: Vec<WebhookRecord>,
}

/// What an id in a path stands for.
pub(crate) enum Node {
    App,
    Waba,
    Number { waba_id: String },
    Template { waba_id: String },
    Media,
    None,
}

impl State {
    pub(crate) fn new(config: MetaConfig) -> Self {
        Self {
            apps: config.apps,
            tokens: config.tokens,
            wabas: config.wabas,
            groups: config.groups,
            callback_url: config.callback_url,
            settings: config.settings,
            ids: Ids::default(),
            people: People::default(),
            heard: BTreeMap::new(),
            inbound: BTreeMap::new(),
            media: BTreeMap::new(),
            files: BTreeMap::new(),
            uploads: BTreeMap::new(),
            handles: Vec::new(),
            blocked_names: BTreeMap::new(),
            paces: BTreeMap::new(),
            buckets: BTreeMap::new(),
            registrations: BTreeMap::new(),
            usage: BTreeMap::new(),
            faults: Faults::default(),
            holding: false,
            held: Vec::new(),
            overtaken: None,
            sends: Vec::new(),
            sent: BTreeMap::new(),
            refused: Vec::new(),
            reads: Vec::new(),
            calls: Vec::new(),
            webhooks: Vec::new(),
        }
    }

    pub(crate) fn node(&self, id: &str) -> Node {
        if self.apps.iter().any(|app| app.id == id) {
            return Node::App;
        }
        if self.media.contains_key(id) {
            return Node::Media;
        }
        for waba in &self.wabas {
            if waba.id == id {
                return Node::Waba;
            }
            if waba.numbers.iter().any(|number| number.id == id) {
                return Node::Number { waba_id: waba.id.clone() };
            }
            if waba.templates.iter().any(|template| template.id == id) {
                return Node::Template { waba_id: waba.id.clone() };
            }
        }
        Node::None
    }

    pub(crate) fn waba(&self, id: &str) -> Option<&Waba> {
        self.wabas.iter().find(|waba| waba.id == id)
    }

    pub(crate) fn waba_mut(&mut self, id: &str) -> Option<&mut Waba> {
        self.wabas.iter_mut().find(|waba| waba.id == id)
    }

    pub(crate) fn number(&self, id: &str) -> Option<&Number> {
        self.wabas.iter().flat_map(|waba| &waba.numbers).find(|number| number.id == id)
    }

    pub(crate) fn number_mut(&mut self, id: &str) -> Option<&mut Number> {
        self.wabas.iter_mut().flat_map(|waba| &mut waba.numbers).find(|number| number.id == id)
    }

    pub(crate) fn waba_of_number(&self, id: &str) -> Option<&Waba> {
        self.wabas.iter().find(|waba| waba.numbers.iter().any(|number| number.id == id))
    }

    pub(crate) fn template_mut(&mut self, id: &str) -> Option<&mut Template> {
        self.wabas.iter_mut().flat_map(|waba| &mut waba.templates).find(|template| template.id == id)
    }

    /// A person wrote or called: the window opens, and only ever moves forward.
    pub(crate) fn hear(&mut self, phone_number_id: &str, user_id: &str, at: Timestamp) {
        let heard = self.heard.entry((phone_number_id.to_owned(), user_id.to_owned())).or_insert(at);
        *heard = (*heard).max(at);
    }

    pub(crate) fn gone(id: &str, method: &http::Method) -> GraphError {
        GraphError::no_object(id, method.as_str())
    }
}
