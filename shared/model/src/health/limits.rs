//! What the AWS account allows, before a deployment or a busy hour finds out.

use super::Finding;
use super::check::{self, Check};

/// A new account has 10; the stack's functions and their pollers want more.
const CONCURRENCY_LEAST: u64 = 50;
/// What a deployment uploads, twice, with room to spare.
const CODE_LEAST: u64 = 200 * 1024 * 1024;
/// The stack and the one nested in it.
const STACKS_LEAST: u64 = 2;
/// As many as infra/template.yaml makes; a test compares them.
const ROLES_LEAST: u64 = 5;
const POLICIES_LEAST: u64 = 4;

/// Of an account and region; `None` where it could not be asked, for which a right may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitFacts {
    /// Concurrent executions that no function has reserved.
    pub concurrency: Option<u64>,
    /// Bytes of Lambda's code.
    pub code: Option<Used>,
    /// CloudFormation's stacks.
    pub stacks: Option<Used>,
    /// IAM's roles.
    pub roles: Option<Used>,
    /// IAM's policies that are the account's own.
    pub policies: Option<Used>,
}

/// How much there is of something, and how much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    pub used: u64,
    pub most: u64,
}

impl Used {
    fn left(self) -> u64 {
        self.most.saturating_sub(self.used)
    }
}

impl LimitFacts {
    /// How many roles and policies of its own a stack makes: fewer left are told of.
    pub const MADE: (u64, u64) = (ROLES_LEAST, POLICIES_LEAST);

    /// What is too little.
    pub fn findings(&self) -> Vec<Finding> {
        let concurrency = self.concurrency.filter(|left| *left < CONCURRENCY_LEAST).map(|left| {
            check::CONCURRENCY.warn(
                format!(
                    "Lambda runs {left} at once in this account and region, beside what is reserved: under load webhooks \
                     are answered 503."
                ),
                "Ask for more: Service Quotas, AWS Lambda, Concurrent executions. Reserved concurrency has to stay empty.",
            )
        });
        let counted = [
            (
                check::CODE_STORAGE,
                self.code,
                CODE_LEAST,
                "bytes of code in Lambda",
                "Delete functions and versions that nobody calls",
            ),
            (check::STACKS, self.stacks, STACKS_LEAST, "stacks in CloudFormation", "Delete stacks that nobody needs"),
            (check::ROLES, self.roles, ROLES_LEAST, "roles in IAM", "Delete roles that nobody assumes"),
            (
                check::POLICIES,
                self.policies,
                POLICIES_LEAST,
                "policies of its own in IAM",
                "Delete policies that nobody has",
            ),
        ];
        let scarce =
            counted.into_iter().filter_map(|(check, used, least, of, remedy)| scarce(check, used?, least, of, remedy));
        concurrency.into_iter().chain(scarce).collect()
    }
}

fn scarce(check: Check, used: Used, least: u64, of: &str, remedy: &str) -> Option<Finding> {
    (used.left() < least).then(|| {
        check.warn(
            format!(
                "The account has {} of at most {} {of}: a deployment may fail for want of room.",
                used.used, used.most
            ),
            format!("{remedy}, or ask for more: https://console.aws.amazon.com/servicequotas/"),
        )
    })
}
