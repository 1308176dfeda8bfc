//! The `Idempotency-Key`, which makes a send's id; without one the id is random.

use axum::http::HeaderMap;
use model::SendId;

use crate::problem::{Code, Problem};

const LONGEST: usize = 256;

/// 1 to 256 printable ASCII characters, taken as they are.
pub(super) struct Key(String);

impl Key {
    /// The header's, where there is one.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let mut given = headers.get_all("idempotency-key").iter();
        let Some(first) = given.next() else { return Ok(None) };
        let usable = |key: &&str| (1..=LONGEST).contains(&key.len());
        match (first.to_str().ok().filter(usable), given.next()) {
            (Some(key), None) => Ok(Some(Self(key.to_owned()))),
            _ => Err(Problem::new(
                Code::InvalidIdempotencyKey,
                "Idempotency-Key must be given once, with 1 to 256 printable ASCII characters.",
            )),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

pub(super) fn random_id() -> Result<SendId, Problem> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "no randomness");
        Problem::new(Code::Internal, "No id could be made; with an Idempotency-Key none is needed.")
    })?;
    Ok(SendId::from_random(bytes))
}
