//! Meta's WhatsApp JSON, and the pure rules about it.
//!
//! Nothing here does IO, reads a clock or draws randomness: times and random bytes are arguments.
//! Well-formed JSON from Meta never fails to parse. What is unknown or misshapen becomes `Unknown` with its raw JSON,
//! and its neighbours still parse. Types that carry a person's data do not print it.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod canonical;
pub mod channel;
pub mod consent;
pub mod contact;
pub mod erasure;
pub mod error;
pub mod event;
pub mod file;
pub mod health;
pub mod ids;
pub mod inbound;
mod json;
pub mod limiter;
pub mod limits;
pub mod outbound;
pub mod phone;
pub mod profile;
pub mod quota;
mod redact;
pub mod retention;
pub mod send;
pub mod signature;
pub mod status;
pub mod template;
pub mod time;
pub mod webhook;
pub mod window;

pub use canonical::canonical_hash;
pub use channel::Channel;
pub use consent::Consent;
pub use contact::Contact;
pub use error::MetaError;
pub use event::{Event, EventContact, EventData, EventFilter, EventType};
pub use ids::{ContactKey, MediaId, MessageId, PhoneNumberId, PortfolioId, SendId, TemplateId, UserId, WaId, WabaId};
pub use inbound::{Content, InboundMessage};
pub use outbound::{Invalid, OutboundMessage, Recipient};
pub use profile::Profile;
pub use quota::MessagingLimit;
pub use retention::Retention;
pub use send::{Send, SendError, SendOptions, SendState, StatusRecord, WaitsFor, WindowPolicy};
pub use status::{DeliveryStatus, StatusUpdate};
pub use template::Template;
pub use time::Timestamp;
pub use webhook::{Change, Entry, Field, MessagesValue, Notification, SenderProfile, Unknown, Unparsable, Value};
pub use window::ServiceWindow;
