//! What AWS charges (list prices of us-east-1; quality.md, "Dollars per million").

/// Dollars for a million of one thing.
pub(super) struct Price {
    pub(super) what: &'static str,
    pub(super) per_million: f64,
}

const fn price(what: &'static str, per_million: f64) -> Price {
    Price { what, per_million }
}

pub(super) const HTTP_API_REQUEST: Price = price("HTTP API requests", 1.00);
pub(super) const INVOCATION: Price = price("Lambda invocations", 0.20);
/// On arm64.
pub(super) const GIB_SECOND: Price = price("Lambda GiB seconds", 13.33);
pub(super) const WRITE_UNIT: Price = price("DynamoDB write units", 0.625);
pub(super) const READ_UNIT: Price = price("DynamoDB read units", 0.125);
pub(super) const SQS_REQUEST: Price = price("SQS requests", 0.40);
/// $0.50 a GB.
pub(super) const LOG_BYTE: Price = price("log bytes", 0.50 / 1_000.0);
/// $0.09 a GB; to AWS itself costs nothing.
pub(super) const EGRESS_BYTE: Price = price("bytes to Meta", 0.09 / 1_000.0);

/// What a function has, in GiB.
pub(super) const MEMORY: f64 = 0.25;

impl Price {
    /// Dollars for a million messages of which each takes so much.
    pub(super) fn of(&self, per_message: f64) -> f64 {
        self.per_million * per_message
    }
}
