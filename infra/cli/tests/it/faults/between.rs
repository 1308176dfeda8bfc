//! Of what answers at the callback, the clock, and what the AWS account allows.

use local::Options;
use serde_json::json;

use super::{Case, case, written};
use crate::front::{Answer, Rule};
use crate::world::World;

/// Of a system with somebody before its API and its AWS.
pub(super) const BEFORE_IT: &[Case] = &[
    case(&["error callback_unreachable"], |world| at_api(world, |_, _| Answer::Hangup), nobody_between),
    case(
        &["error callback_not_ours"],
        |world| at_api(world, |_, _| Answer::Status(200, "Welcome".into())),
        nobody_between,
    ),
    case(
        &["error callback_not_ours"],
        |world| at_api(world, |_, _| Answer::Status(404, String::new())),
        nobody_between,
    ),
    case(
        &["error webhook_failing"],
        |world| {
            at_api(
                world,
                |first, _| {
                    if first.starts_with("POST") { Answer::Status(503, String::new()) } else { Answer::Pass }
                },
            )
        },
        nobody_between,
    ),
    case(&["warn clock"], |world| at_api(world, |_, _| Answer::Dated("Mon, 05 Jan 2026 12:00:00 GMT")), nobody_between),
    case(&["warn concurrency"], |world| at_aws(world, |a, b| allowed(a, b, &Room { unreserved: 10, ..ROOM })), roomy),
    case(
        &["warn code_storage"],
        |world| at_aws(world, |a, b| allowed(a, b, &Room { code: 80_500_000_000, ..ROOM })),
        roomy,
    ),
    case(&["warn stacks"], |world| at_aws(world, |a, b| allowed(a, b, &Room { stacks: 4, ..ROOM })), roomy),
    case(&["warn roles"], |world| at_aws(world, |a, b| allowed(a, b, &Room { roles: 996, ..ROOM })), roomy),
    case(&["warn policies"], |world| at_aws(world, |a, b| allowed(a, b, &Room { policies: 1_500, ..ROOM })), roomy),
];

/// With room for everything in its AWS account.
pub(crate) fn fronted() -> World {
    let world = written(World::fronted(Options::default()));
    roomy(&world);
    world
}

/// At the callback; everything else passes.
fn at_api(world: &World, rule: Rule) -> Vec<String> {
    world.fronts.as_ref().unwrap()[0].set("/webhook", rule);
    Vec::new()
}

fn nobody_between(world: &World) {
    at_api(world, |_, _| Answer::Pass);
}

fn at_aws(world: &World, rule: Rule) -> Vec<String> {
    world.fronts.as_ref().unwrap()[1].set("", rule);
    Vec::new()
}

fn roomy(world: &World) {
    at_aws(world, |first, body| allowed(first, body, &ROOM));
}

/// What an AWS account has and may have.
struct Room {
    unreserved: u64,
    code: u64,
    /// At most so many, of which there are three.
    stacks: u64,
    roles: u64,
    policies: u64,
}

const ROOM: Room = Room { unreserved: 900, code: 70_000_000, stacks: 2_000, roles: 995, policies: 1_496 };

/// As Lambda, IAM and CloudFormation tell it; the stacks in two pages.
fn allowed(first: &str, body: &str, room: &Room) -> Answer {
    let xml = |action: &str, result: &str| {
        Answer::Status(
            200,
            format!(
                "<{action}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><{action}Result>{result}\
                 </{action}Result></{action}Response>"
            ),
        )
    };
    let stack = |id: u8| {
        format!(
            "<member><StackName>s{id}</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>\
             CREATE_COMPLETE</StackStatus></member>"
        )
    };
    if first.contains("/2016-08-19/account-settings/") {
        let limits = json!({"AccountLimit": {"TotalCodeSize": 80_530_636_800_u64, "ConcurrentExecutions": 1_000,
            "UnreservedConcurrentExecutions": room.unreserved}, "AccountUsage": {"TotalCodeSize": room.code}});
        return Answer::Status(200, limits.to_string());
    }
    if first.contains("Action=GetAccountSummary") {
        let entry = |key: &str, value: u64| format!("<entry><key>{key}</key><value>{value}</value></entry>");
        let entries = [
            entry("Roles", room.roles),
            entry("RolesQuota", 1_000),
            entry("Policies", room.policies),
            entry("PoliciesQuota", 1_500),
        ];
        return xml("GetAccountSummary", &format!("<SummaryMap>{}</SummaryMap>", entries.concat()));
    }
    if body.contains("Action=DescribeAccountLimits") {
        let limit = format!("<member><Name>StackLimit</Name><Value>{}</Value></member>", room.stacks);
        return xml("DescribeAccountLimits", &format!("<AccountLimits>{limit}</AccountLimits>"));
    }
    if body.contains("Action=ListStacks") {
        assert!(!body.contains("DELETE_COMPLETE"), "what is deleted does not count: {body}");
        return if body.contains("NextToken=more") {
            xml("ListStacks", &format!("<StackSummaries>{}</StackSummaries>", stack(3)))
        } else {
            let page = [stack(1), stack(2)].concat();
            xml("ListStacks", &format!("<StackSummaries>{page}</StackSummaries><NextToken>more</NextToken>"))
        };
    }
    Answer::Pass
}
