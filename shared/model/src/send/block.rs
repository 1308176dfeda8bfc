//! What keeps a number from sending, whoever the message is for: its sends are parked until it is gone. Pure: when the
//! next one may be tried, and which messages are meant at all.

use super::SendError;
use crate::time::Timestamp;

/// Why a number, or a kind of message of it, does not send.
#[derive(Clone)]
pub struct Block {
    pub scope: BlockScope,
    /// As the first send met it. Its code is the cause.
    pub error: SendError,
    pub since: Timestamp,
    /// Nothing but a send proves that the cause is gone. One is tried then, not before.
    pub retry_at: Timestamp,
    /// Tells the access token that was refused from others; `None` where there was none, or where it is not the cause.
    pub token: Option<String>,
}

/// What a block stands in the way of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockScope {
    Everything,
    Templates,
}

/// Whether a message gets past a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// The block is not about it.
    Open,
    /// It may be the one that is tried.
    Probe,
    Closed,
}

impl Block {
    /// `token` is what the message would be sent with, where a token is what the block is about.
    pub fn passage(&self, is_template: bool, token: Option<&str>, now: Timestamp) -> Passage {
        let meant = match self.scope {
            BlockScope::Everything => true,
            BlockScope::Templates => is_template,
        };
        match token {
            _ if !meant => Passage::Open,
            // Another one than was refused: there is nothing to wait for.
            Some(token) if self.token.as_deref() != Some(token) => Passage::Probe,
            _ if now >= self.retry_at => Passage::Probe,
            _ => Passage::Closed,
        }
    }
}

impl BlockScope {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Templates => "templates",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Everything, Self::Templates].into_iter().find(|scope| scope.as_str() == text)
    }
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block({}, {:?}, since {})", self.error.code, self.scope, self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send::ErrorSource;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn block(scope: BlockScope, token: Option<&str>) -> Block {
        let error = SendError {
            source: ErrorSource::Waypost,
            code: "token".into(),
            title: "t".into(),
            detail: None,
            remedy: None,
            raw: None,
        };
        Block { scope, error, since: at(0), retry_at: at(300), token: token.map(str::to_owned) }
    }

    #[test]
    fn one_is_tried_when_its_time_has_come() {
        let block = block(BlockScope::Everything, None);
        for (second, passage) in [(0, Passage::Closed), (299, Passage::Closed), (300, Passage::Probe)] {
            for is_template in [false, true] {
                assert_eq!(block.passage(is_template, None, at(second)), passage, "{second}");
            }
        }
    }

    #[test]
    fn another_token_is_tried_at_once() {
        let refused = block(BlockScope::Everything, Some("old"));
        assert_eq!(refused.passage(false, Some("old"), at(1)), Passage::Closed);
        assert_eq!(refused.passage(false, Some("new"), at(1)), Passage::Probe);
        assert_eq!(refused.passage(false, Some("old"), at(300)), Passage::Probe);
        // There was none.
        assert_eq!(block(BlockScope::Everything, None).passage(false, Some("new"), at(1)), Passage::Probe);
    }

    #[test]
    fn a_block_of_templates_lets_the_rest_through() {
        let block = block(BlockScope::Templates, None);
        assert_eq!(block.passage(false, None, at(1)), Passage::Open);
        assert_eq!(block.passage(true, None, at(1)), Passage::Closed);
        assert_eq!(block.passage(false, None, at(400)), Passage::Open);
    }

    #[test]
    fn scopes_are_spelled_as_they_are_read() {
        for scope in [BlockScope::Everything, BlockScope::Templates] {
            assert_eq!(BlockScope::parse(scope.as_str()), Some(scope));
        }
        assert_eq!(BlockScope::parse("else"), None);
    }
}
