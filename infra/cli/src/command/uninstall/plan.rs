//! What an uninstallation comes to: from what is there to what is said of it.

use std::collections::BTreeMap;

use model::health::Depth;
use serde_json::{Value, json};

use super::at_meta::AtMeta;
use super::stack::Resource;
use crate::print::Printer;

/// List prices of us-east-1, as of November 2026: what stays costs this.
const PRICES: [(&str, &str); 4] = [
    (
        "AWS::DynamoDB::Table",
        "$0.25 for each GB a month (an account's first 25 GB are free), $0.20 a GB for its backups",
    ),
    ("AWS::S3::Bucket", "$0.023 for each GB a month"),
    ("AWS::SecretsManager::Secret", "$0.40 a month"),
    ("AWS::Logs::LogGroup", "$0.03 for each GB a month"),
];

pub(super) struct Plan {
    pub(super) stack: String,
    pub(super) region: Option<String>,
    pub(super) resources: Vec<Resource>,
    /// What stands in queues that go too; `None` where SQS does not tell.
    pub(super) waiting: Option<Vec<Depth>>,
    /// Why it could not be looked at, where it could not.
    pub(super) at_meta: Result<AtMeta, String>,
}

impl Plan {
    fn kept(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|resource| resource.is_kept)
    }

    /// How many of each type go, the most first.
    fn deleted(&self) -> Vec<(&str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for resource in self.resources.iter().filter(|resource| !resource.is_kept) {
            *counts.entry(&resource.kind).or_default() += 1;
        }
        let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// What is in a queue, and would be gone.
    fn lost(&self) -> impl Iterator<Item = &Depth> {
        self.waiting.iter().flatten().filter(|depth| depth.messages > 0)
    }

    pub(super) fn to_json(&self) -> Value {
        let kept = |resource: &Resource| {
            json!({"logical_id": resource.logical_id, "physical_id": resource.physical_id, "type": resource.kind,
                "costs": price(&resource.kind), "delete": delete(resource)})
        };
        let at_meta = match &self.at_meta {
            Ok(at_meta) => json!(at_meta.to_lines()),
            Err(why) => json!({ "unknown": why }),
        };
        let lost = self.waiting.as_ref().map(|_| self.lost().map(|depth| (depth.queue.as_str(), depth.messages)));
        json!({
            "stack": self.stack,
            "deletes": self.deleted().into_iter().map(|(kind, count)| (kind.to_owned(), count.into()))
                .collect::<serde_json::Map<_, _>>(),
            "keeps": self.kept().map(kept).collect::<Vec<_>>(),
            "waiting": lost.map(Iterator::collect::<BTreeMap<_, _>>),
            "at_meta": at_meta,
            "script": self.to_script(),
        })
    }

    pub(super) fn to_text(&self, printer: Printer) -> String {
        let mut parts = vec![self.first_at_meta(), self.then_the_queues()];
        let counts = |(kind, count): (&str, usize)| vec![count.to_string(), kind.to_owned()];
        let deleted =
            printer.table(&["COUNT", "DELETED"], self.deleted().into_iter().map(counts).collect(), "Nothing.");
        parts.push(format!("Deleted with the stack {}:\n\n{deleted}", self.stack));
        let row = |resource: &Resource| {
            vec![resource.logical_id.clone(), resource.physical_id.clone(), price(&resource.kind).to_owned()]
        };
        let kept = printer.table(&["KEPT", "NAME", "COSTS"], self.kept().map(row).collect(), "Nothing is kept.");
        parts.push(format!("Kept, because the template says so (DeletionPolicy: Retain):\n\n{kept}"));
        parts.push(String::from(
            "A new stack does not find what is kept: it makes its own. Without --plan: the commands to run.",
        ));
        parts.join("\n\n")
    }

    fn first_at_meta(&self) -> String {
        match &self.at_meta {
            Err(why) => format!("At Meta: it cannot be said what leads here ({why})"),
            Ok(at_meta) => match at_meta.to_lines() {
                lines if lines.is_empty() => String::from("At Meta: nothing leads here."),
                lines => format!(
                    "First, at Meta, or it goes on posting to an address that is gone (--disconnect ends it):\n\n  {}",
                    lines.join("\n  ")
                ),
            },
        }
    }

    fn then_the_queues(&self) -> String {
        if self.waiting.is_none() {
            return String::from("What waits in the queues is not known; it goes with them.");
        }
        let lost: Vec<String> = self.lost().map(|depth| format!("{} in {}", depth.messages, depth.queue)).collect();
        if lost.is_empty() {
            String::from("Nothing waits in the queues.")
        } else {
            format!("In the queues, which go with what waits there: {}.", lost.join(", "))
        }
    }

    /// For a shell. What takes data away for good stands in comments.
    pub(super) fn to_script(&self) -> String {
        let region = self.region.as_ref().map(|region| format!("export AWS_REGION={region}\n")).unwrap_or_default();
        let kept: Vec<String> = self.kept().map(|resource| format!("#   {}", delete(resource))).collect();
        let copy = self.kept().find(|resource| resource.kind == "AWS::DynamoDB::Table").map(|table| {
            let arn = format!(
                "$(aws dynamodb describe-table --table-name {} --query Table.TableArn --output text)",
                table.physical_id
            );
            format!("#   aws dynamodb export-table-to-point-in-time --s3-bucket OWN_BUCKET --table-arn \"{arn}\"\n")
        });
        format!(
            "{region}# 1. At Meta: end what leads here.\nwaypost uninstall --stack {0} --disconnect\n\n# 2. What runs.\nsam delete \
             --stack-name {0}\n\n# 3. What stays holds every message and file. A copy of the table, if you want one:\n{1}#    \
             Once nobody needs it any more, this takes it away for good:\n{2}",
            self.stack,
            copy.unwrap_or_default(),
            kept.join("\n")
        )
    }
}

fn price(kind: &str) -> &'static str {
    PRICES.iter().find(|(priced, _)| *priced == kind).map_or("see AWS's price list", |(_, price)| price)
}

fn delete(resource: &Resource) -> String {
    let name = &resource.physical_id;
    match resource.kind.as_str() {
        "AWS::DynamoDB::Table" => format!("aws dynamodb delete-table --table-name {name}"),
        "AWS::S3::Bucket" => format!("aws s3 rb --force s3://{name}"),
        "AWS::SecretsManager::Secret" => format!("aws secretsmanager delete-secret --secret-id {name}"),
        "AWS::Logs::LogGroup" => format!("aws logs delete-log-group --log-group-name {name}"),
        kind => format!("{kind} {name}: in AWS's console"),
    }
}
