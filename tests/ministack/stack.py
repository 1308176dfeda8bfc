"""A deployed stack as its users see it: the API signed, the queues, the secrets, the logs; and the `waypost` binary."""

import json
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from deploy import client

ROOT = Credentials("test", "test")


class Stack:
    def __init__(self, endpoint, outputs, binaries):
        self.endpoint = endpoint
        self.outputs = outputs
        self.binaries = binaries
        self.users = {}
        self.api = outputs["ApiUrl"]

    def client(self, service):
        return client(self.endpoint, service)

    def call(self, method, path, body=None, headers=None, signed_by=None):
        """Status and JSON (or text) of one request. Unsigned, unless credentials are given."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | (headers or {})
        request = AWSRequest(method, self.api + path, data=data, headers=headers)
        if signed_by:
            SigV4Auth(signed_by, "execute-api", "us-east-1").add_auth(request)
        sent = urllib.request.Request(request.url, data, dict(request.headers), method=method)
        try:
            with urllib.request.urlopen(sent, timeout=30) as response:
                return response.status, parsed(response.read())
        except urllib.error.HTTPError as error:
            return error.code, parsed(error.read())

    def v1(self, method, path, body=None, expect=200):
        """A call of the management API by someone who may; anything but the expected status ends the walk."""
        status, answer = self.call(method, "/v1" + path, body, signed_by=ROOT)
        if status != expect:
            raise SystemExit(f"MiniStack walk: {method} /v1{path} gave {status}: {answer}")
        return answer

    def handshake(self, token, challenge):
        query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
        return self.call("GET", "/webhook?" + urllib.parse.urlencode(query))

    def secret(self, output):
        return json.loads(self.client("secretsmanager").get_secret_value(SecretId=self.outputs[output])["SecretString"])

    def user_with(self, output):
        """Credentials of an IAM user who has one of the stack's policies and nothing else."""
        if output not in self.users:
            iam = self.client("iam")
            iam.create_user(UserName=output)
            iam.attach_user_policy(UserName=output, PolicyArn=self.outputs[output])
            key = iam.create_access_key(UserName=output)["AccessKey"]
            self.users[output] = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        return self.users[output]

    def client_of(self, credentials, service):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
        )

    def events(self):
        """What is on the events queue by now; it is taken off."""
        sqs, url = self.client("sqs"), self.outputs["EventsQueueUrl"]
        taken = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                taken.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return taken

    def in_queue(self, output):
        """Messages in a queue, seen and unseen."""
        url = self.outputs[output]
        attributes = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return sum(int(count) for name, count in attributes.items() if name.startswith("ApproximateNumberOfMessages"))

    def invoke(self, function, payload):
        """Runs a function as its schedule does; an error of the function ends the walk."""
        answer = self.client("lambda").invoke(FunctionName=function, Payload=payload.encode())
        if "FunctionError" in answer:
            raise SystemExit(f"MiniStack walk: {function} failed on {payload}: {answer['Payload'].read()}")

    def logs(self):
        """Every line that the functions logged."""
        logs = self.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]:
                yield event["message"]


def parsed(body):
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
