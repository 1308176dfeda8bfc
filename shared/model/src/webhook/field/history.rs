//! `history`: chats from before the number came to the Cloud API. Chunks come in any order; media come later, in a change
//! of their own.

use serde_json::value::RawValue;

use super::Echo;
use crate::error::MetaError;
use crate::ids::{PhoneNumberId, UserId, WaId};
use crate::inbound::InboundMessage;
use crate::json::Fields;
use crate::redact::redacted_debug;

/// The business did not want its chats shared.
const DECLINED: i64 = 2_593_109;

pub struct History<'a> {
    pub phone_number_id: Option<PhoneNumberId>,
    pub chunks: Vec<Chunk<'a>>,
    /// Media of messages from people, told of before.
    pub messages: Vec<InboundMessage<'a>>,
    /// Media of messages from the business.
    pub echoes: Vec<Echo<'a>>,
}

/// One element of `history[]`.
pub struct Chunk<'a> {
    /// 0: the last day, 1: the last 90 days, 2: the last 180.
    pub phase: Option<u32>,
    pub order: Option<u32>,
    /// Percent.
    pub progress: Option<u32>,
    pub threads: Vec<Thread<'a>>,
    pub errors: Vec<MetaError>,
}

/// One chat.
pub struct Thread<'a> {
    /// The person's phone, or their `context`.
    pub wa_id: Option<WaId>,
    pub user_id: Option<UserId>,
    pub parent_user_id: Option<UserId>,
    pub username: Option<String>,
    pub messages: Vec<PastMessage<'a>>,
    /// Elements of `messages` that are none.
    pub unknown: Vec<&'a RawValue>,
}

/// A message of a chat, in either direction.
pub struct PastMessage<'a> {
    /// There where the business wrote it.
    pub to: Option<WaId>,
    /// `DELIVERED`, `ERROR`, `PENDING`, `PLAYED`, `READ` or `SENT`.
    pub status: Option<String>,
    pub message: InboundMessage<'a>,
}

redacted_debug!(History<'_>, Chunk<'_>, Thread<'_>, PastMessage<'_>);

impl<'a> History<'a> {
    pub(super) fn read(value: &Fields<'a>) -> Option<Self> {
        let read = Self {
            phone_number_id: value.object("metadata").and_then(|metadata| metadata.id("phone_number_id")),
            chunks: value.items("history").into_iter().filter_map(Chunk::read).collect(),
            messages: value.items("messages").into_iter().filter_map(InboundMessage::parse).collect(),
            echoes: value.items("message_echoes").into_iter().filter_map(Echo::parse).collect(),
        };
        let told = !read.chunks.is_empty() || !read.messages.is_empty() || !read.echoes.is_empty();
        told.then_some(read)
    }

    pub fn is_declined(&self) -> bool {
        self.chunks.iter().flat_map(|chunk| &chunk.errors).any(|error| error.code == DECLINED)
    }
}

impl<'a> Chunk<'a> {
    fn read(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let count = |name| fields.object("metadata")?.literal(name)?.parse().ok();
        Some(Self {
            phase: count("phase"),
            order: count("chunk_order"),
            progress: count("progress"),
            threads: fields.items("threads").into_iter().filter_map(Thread::read).collect(),
            errors: fields.get("errors").map(MetaError::parse_all).unwrap_or_default(),
        })
    }
}

impl<'a> Thread<'a> {
    fn read(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let context = fields.object("context");
        let context = context.as_ref();
        let mut read = Self {
            wa_id: fields.wa_id("id").or_else(|| context.and_then(|context| context.wa_id("wa_id"))),
            user_id: context.and_then(|context| context.id("user_id")),
            parent_user_id: context.and_then(|context| context.id("parent_user_id")),
            username: context.and_then(|context| context.literal("username")),
            messages: Vec::new(),
            unknown: Vec::new(),
        };
        for raw in fields.items("messages") {
            match PastMessage::parse(raw) {
                Some(message) => read.messages.push(message),
                None => read.unknown.push(raw),
            }
        }
        Some(read)
    }
}

impl<'a> PastMessage<'a> {
    fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self {
            to: fields.wa_id("to"),
            status: fields.object("history_context").and_then(|context| context.literal("status")),
            message: InboundMessage::parse(raw)?,
        })
    }
}
