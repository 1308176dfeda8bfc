"""infra/template.yaml as MiniStack can deploy it.

aws-sam-translator does what AWS does with the SAM parts. The rest of this file is where MiniStack differs from AWS, one
function for each difference.
"""

import json
import os
import re
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

FUNCTION = "AWS::Serverless::Function"


class NoManagedPolicies:
    """The template names no managed policy of AWS's, so there are none to look up."""

    def load(self):
        return {}


def expand(template, code, parameters, endpoint):
    """The CloudFormation template. `code` gives the S3 URI of each function's zip, by logical id."""
    source = yaml_parse(Path(template).read_text())
    for logical_id, resource in source["Resources"].items():
        if resource["Type"] == FUNCTION:
            resource["Properties"]["CodeUri"] = code[logical_id]
    values = {name: spec.get("Default") for name, spec in source["Parameters"].items()} | parameters
    # The translator asks boto3 for a region, and for nothing else.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    expanded = transform(source, values, NoManagedPolicies())
    add_routes(expanded)
    allow_plain_http(expanded)
    name_partiql_as_the_emulator_does(expanded)
    name_batches_as_the_emulator_does(expanded)
    give_secrets_by_arn(expanded)
    give_concurrency_as_a_number(expanded, values)
    give_addresses_that_resolve(expanded, endpoint)
    return expanded


def functions(template):
    """Logical id of each function, and the folder under functions/ that it is built from."""
    resources = yaml_parse(Path(template).read_text())["Resources"]
    return {
        logical_id: Path(resource["Properties"]["CodeUri"]).name
        for logical_id, resource in resources.items()
        if resource["Type"] == FUNCTION
    }


def parameters(template):
    """What a deployment can be told."""
    return yaml_parse(Path(template).read_text())["Parameters"].keys()


def add_routes(expanded):
    """MiniStack ignores the OpenAPI body that SAM writes: each of its paths becomes an integration and a route."""
    resources = expanded["Resources"]
    for api_id, api in [(k, r) for k, r in resources.items() if r["Type"] == "AWS::ApiGatewayV2::Api"]:
        body = api["Properties"].pop("Body")
        api["Properties"] |= {"Name": {"Ref": "AWS::StackName"}, "ProtocolType": "HTTP"}
        for path, methods in body["paths"].items():
            for method, operation in methods.items():
                verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
                name = api_id + "".join(re.findall(r"\w+", verb.title() + path.title()))
                integration = operation["x-amazon-apigateway-integration"]
                resources[name + "Integration"] = {
                    "Type": "AWS::ApiGatewayV2::Integration",
                    "Properties": {
                        "ApiId": {"Ref": api_id},
                        "IntegrationType": "AWS_PROXY",
                        "IntegrationUri": integration["uri"],
                        "PayloadFormatVersion": integration["payloadFormatVersion"],
                    },
                }
                security = [scheme for entry in operation.get("security", []) for scheme in entry]
                resources[name + "Route"] = {
                    "Type": "AWS::ApiGatewayV2::Route",
                    "Properties": {
                        "ApiId": {"Ref": api_id},
                        "RouteKey": f"{verb} {path}",
                        "AuthorizationType": security[0] if security else "NONE",
                        "Target": {"Fn::Sub": f"integrations/${{{name}Integration}}"},
                    },
                }


def allow_plain_http(expanded):
    """MiniStack speaks plain HTTP, which the queues' and the bucket's policies refuse; it enforces them."""
    kinds = ("AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy")
    for logical_id in [k for k, r in expanded["Resources"].items() if r["Type"] in kinds]:
        del expanded["Resources"][logical_id]


def name_partiql_as_the_emulator_does(expanded):
    """AWS authorizes a batch by what its statements do and to which table, MiniStack by the call's name alone."""
    for resource in expanded["Resources"].values():
        for policy in resource.get("Properties", {}).get("Policies", []):
            granted = policy["PolicyDocument"]["Statement"]
            if any("dynamodb:PartiQLInsert" in statement["Action"] for statement in granted):
                granted.append({"Effect": "Allow", "Action": "dynamodb:BatchExecuteStatement", "Resource": "*"})


def name_batches_as_the_emulator_does(expanded):
    """AWS authorizes SendMessageBatch as SendMessage, and so on; MiniStack by the call's name."""
    batched = {"sqs:SendMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"}
    for statement in statements(expanded):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = actions + [action + "Batch" for action in actions if action in batched]


def give_secrets_by_arn(expanded):
    """Of a secret, AWS's Ref is the ARN, MiniStack's the name: enough to read it, not to be allowed to."""
    kind = "AWS::SecretsManager::Secret"
    secrets = [logical_id for logical_id, resource in expanded["Resources"].items() if resource["Type"] == kind]
    arn = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${%s}-??????"
    for statement in statements(expanded):
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        statement["Resource"] = [
            {"Fn::Sub": arn % r["Ref"]} if isinstance(r, dict) and r.get("Ref") in secrets else r for r in resources
        ]


def give_concurrency_as_a_number(expanded, values):
    """MiniStack hands number parameters over as text, and its poller compares this one with a number."""
    for resource in expanded["Resources"].values():
        scaling = resource.get("Properties", {}).get("ScalingConfig", {})
        if isinstance(scaling.get("MaximumConcurrency"), dict):
            scaling["MaximumConcurrency"] = int(values[scaling["MaximumConcurrency"]["Ref"]])


def give_addresses_that_resolve(expanded, endpoint):
    """The outputs name a host of AWS's; MiniStack answers for the API under a path of its own."""
    host = "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"

    def replaced(value):
        if isinstance(value, str):
            return value.replace(host, endpoint + "/_aws/execute-api/${HttpApi}/$default")
        if isinstance(value, list):
            return [replaced(each) for each in value]
        return {name: replaced(each) for name, each in value.items()} if isinstance(value, dict) else value

    for output in expanded["Outputs"].values():
        output["Value"] = replaced(output["Value"])


def nested_stacks(expanded):
    """What each stack in the stack is made of; `sam deploy` uploads the template that it names."""
    kind = "AWS::CloudFormation::Stack"
    return [resource["Properties"] for resource in expanded["Resources"].values() if resource["Type"] == kind]


def without_sums(template):
    """MiniStack has no alarms on metric math: a nested template without them."""
    source = yaml_parse(Path(template).read_text())
    for logical_id in [k for k, r in source["Resources"].items() if "Metrics" in r["Properties"]]:
        del source["Resources"][logical_id]
    return source


def statements(expanded):
    """Every statement that grants something to a role, or to those who get a policy of ours."""
    for resource in expanded["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", []):
                yield from policy["PolicyDocument"]["Statement"]
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield from resource["Properties"]["PolicyDocument"]["Statement"]


if __name__ == "__main__":
    import sys

    path = sys.argv[1]
    code = {name: f"s3://code/{name}.zip" for name in functions(path)}
    print(json.dumps(expand(path, code, {}, "http://127.0.0.1:4566"), indent=1))
