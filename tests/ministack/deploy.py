"""Deploys infra/template.yaml to MiniStack, as `sam deploy` would to AWS."""

import io
import json
import zipfile

import boto3
from botocore.config import Config

from checks import wait_for
from expand import expand, functions, nested_stacks, without_sums

STACK = "waypost"


def client(endpoint, service):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


def deploy(endpoint, template, binaries, parameters):
    """Gives the stack's outputs. `binaries` has one executable for each folder under functions/."""
    s3 = client(endpoint, "s3")
    s3.create_bucket(Bucket="code")
    code = {}
    for logical_id, folder in functions(template).items():
        s3.put_object(Bucket="code", Key=f"{folder}.zip", Body=bootstrap(binaries / folder))
        code[logical_id] = f"s3://code/{folder}.zip"
    expanded = expand(template, code, parameters, endpoint)
    for nested in nested_stacks(expanded):
        name = nested["TemplateURL"]
        s3.put_object(Bucket="code", Key=name, Body=json.dumps(without_sums(template.parent / name)))
        nested["TemplateURL"] = f"{endpoint}/code/{name}"
    body = json.dumps(expanded)
    s3.put_object(Bucket="code", Key="template.json", Body=body)
    cloudformation = client(endpoint, "cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"{endpoint}/code/template.json",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": k, "ParameterValue": str(v)} for k, v in parameters.items()],
    )

    def finished():
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

    stack = wait_for("end of the deployment", finished, seconds=60)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        for event in cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]:
            if "FAILED" in event["ResourceStatus"]:
                print(event["LogicalResourceId"], event.get("ResourceStatusReason", ""))
        raise SystemExit(f"MiniStack walk: the stack is {stack['StackStatus']}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def bootstrap(binary):
    """The zip that cargo-lambda makes: one executable, called bootstrap."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        out.writestr(entry, binary.read_bytes())
    return archive.getvalue()
