"""Writes the templates as CloudFormation gets them, for a checker that knows neither SAM nor conditions.

    python policy.py INTO

What a parameter can tighten is tightened here: a key of one's own, reserved concurrency, a host. What is skipped is skipped
for both, with its reason, in checkov.yaml.
"""

import json
import os
import sys
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[1]
STRICT = {
    "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/0",
    "WebhookReservedConcurrency": "10",
    "SenderReservedConcurrency": "20",
    "ApiReservedConcurrency": "5",
    "DomainName": "waypost.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/0",
    "TruststoreUri": "s3://example/truststore.pem",
    "WebhookUrl": "https://example.com",
    "WebhookSecretArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:x",
}


class NoManagedPolicies:
    """The templates name no managed policy of AWS's, so there are none to look up."""

    def load(self):
        return {}


def expanded(path):
    source = yaml_parse(path.read_text())
    values = {name: str(given.get("Default", "")) for name, given in source.get("Parameters", {}).items()}
    values |= {name: value for name, value in STRICT.items() if name in values}
    if "Transform" in source:
        for resource in source["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = "s3://code/code.zip"
        source = transform(source, values, NoManagedPolicies())
    conditions = source.pop("Conditions", {})

    def holds(condition):
        (name, argument), = condition.items()
        match name:
            case "Condition":
                return holds(conditions[argument])
            case "Fn::Not":
                return not holds(argument[0])
            case "Fn::And":
                return all(map(holds, argument))
            case "Fn::Or":
                return any(map(holds, argument))
            case "Fn::Equals":
                one, other = (values[it["Ref"]] if isinstance(it, dict) else str(it) for it in argument)
                return one == other
        raise SystemExit(f"{path.name}: the condition {name} is not understood")

    gone = object()

    def resolved(value):
        if isinstance(value, list):
            return [it for it in map(resolved, value) if it is not gone]
        if not isinstance(value, dict):
            return value
        if "Fn::If" in value:
            condition, yes, no = value["Fn::If"]
            return resolved(yes if holds(conditions[condition]) else no)
        if value.get("Ref") == "AWS::NoValue":
            return gone
        if value.get("Ref") in values:
            return values[value["Ref"]]
        return {key: it for key, it in ((key, resolved(it)) for key, it in value.items()) if it is not gone}

    resources = {
        name: resolved({key: it for key, it in resource.items() if key != "Condition"})
        for name, resource in source["Resources"].items()
        if "Condition" not in resource or holds(conditions[resource["Condition"]])
    }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


if __name__ == "__main__":
    into = Path(sys.argv[1])
    into.mkdir(parents=True, exist_ok=True)
    # The translator asks boto3 for a region, and for nothing else.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    for path in (ROOT / "infra").glob("*.yaml"):
        (into / f"{path.stem}.json").write_text(json.dumps(expanded(path), indent=1))
