"""Answers who writes in: takes Waypost's events from events.fifo, and replies through its API.

What is yours is `answer`. It keeps no table: the event's id is the reply's idempotency key, so an event that comes again
answers nobody twice. events.md says what every consumer of the queue needs.
"""

import json
import logging
import os
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

log = logging.getLogger()
log.setLevel(logging.INFO)

API_URL = os.environ["API_URL"]
session = boto3.Session()
# The queue hides what is being handled for 300 s; ten records have to fit the function's timeout.
TIMEOUT_S = 4


def answer(event, data):
    """Your part: Meta's own message object, or None to say nothing. The same event has to get the same answer.

    `data` is Meta's element of `messages[]`, or None where it was too large for the queue.
    """
    if data is None or data.get("type") != "text":
        return None
    name = event["contact"].get("name")
    greeting = f"Thank you, {name}." if name else "Thank you."
    return {"type": "text", "text": {"body": f"{greeting} We answer within the hour."}}


class Refused(Exception):
    """An event that cannot be handled. Its words are ours and may be logged."""


def handler(batch, _context):
    """One batch. What is reported comes again; what is not is done."""
    failures, stopped = [], set()
    for record in batch["Records"]:
        group = record["attributes"]["MessageGroupId"]
        if group not in stopped:
            try:
                handle(record["body"])
                continue
            except Exception as error:  # whatever it is, the others go on
                log.error("record %s failed: %s", record["messageId"], reason(error))
                stopped.add(group)
        # After a failure the rest of the person's events wait, or they would be answered out of order.
        failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def handle(body):
    event = json.loads(body)
    if event["v"] != 1:
        raise Refused(f"version {event['v']} of the events is not known here")
    # Other types are let go, those of tomorrow too.
    if event["type"] != "message.received" or event["contact"] is None:
        return
    message = answer(event, event["data"])
    if message is not None:
        send(event, message)


def send(event, message):
    contact = event["contact"]
    # Who has no phone is written to by their user id.
    if contact.get("phone"):
        message["to"] = contact["phone"]
    else:
        message["recipient"] = contact["user_id"]
    # What a replay tells again has the run behind its id, and was answered already.
    key = event["id"].split(".")[0]
    status, code = post(f"/v1/channels/{event['phone_number_id']}/messages", message, key)
    if status in (429, 500, 502, 503, 504):
        raise Refused(f"the API answered {status} {code}")
    if status != 202:
        # Trying again would change nothing: the window has closed meanwhile, the number is no channel any more.
        log.warning("a reply was not taken: %s %s", status, code)


def post(path, body, key):
    """The status, and the problem's code. Signed as IAM wants it: SenderPolicyArn allows this call."""
    data = json.dumps(body).encode()
    headers = {"content-type": "application/json", "idempotency-key": key}
    request = AWSRequest(method="POST", url=API_URL + path, data=data, headers=headers)
    SigV4Auth(session.get_credentials(), "execute-api", session.region_name).add_auth(request)
    request = urllib.request.Request(API_URL + path, data=data, headers=dict(request.headers), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            return response.status, ""
    except urllib.error.HTTPError as refused:
        try:
            return refused.code, json.load(refused).get("code", "")
        except ValueError:
            return refused.code, ""


def reason(error):
    """Never an error's own words: those of a parser may quote a body, a name or a phone number."""
    return str(error) if isinstance(error, Refused) else type(error).__name__
