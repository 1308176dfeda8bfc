"""Takes events from Waypost's events.fifo: each one once, those of one person in order.

What is yours is `work`. The rest is what every consumer of the queue needs; events.md says why.
"""

import hashlib
import json
import logging
import os
import time
from decimal import Decimal

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# A repeat may be published a week after the first, and then wait in the queue for two.
REMEMBER_S = 30 * 24 * 60 * 60

log = logging.getLogger()
log.setLevel(logging.INFO)

config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
dynamodb = boto3.client("dynamodb", config=config)
s3 = boto3.client("s3", config=config)
SEEN_TABLE = os.environ["SEEN_TABLE"]
INBOX_TABLE = os.environ["INBOX_TABLE"]


def work(event, data):
    """Your part: what an event comes to. This one keeps an inbox, with a count of unread messages for each person.

    Answers with the writes that belong to the event. They and the mark that the event is done are one transaction, so
    a crash leaves both or neither, and counting is safe. (A mark written first loses the event in a crash, one written
    last repeats it.) What you do elsewhere, you do here, before the mark: a crash may repeat it, so hand `event["id"]`
    along as its idempotency key.
    """
    if event["contact"] is None:
        return []
    conversation = f"{event['phone_number_id']}#{event['contact']['key']}"
    return [
        {
            "Update": {
                "TableName": INBOX_TABLE,
                "Key": {"conversation": {"S": conversation}},
                "UpdateExpression": "SET last_message_id = :id, last_at = :at ADD unread :one",
                "ExpressionAttributeValues": {
                    ":id": {"S": str(data["id"])},
                    ":at": {"S": event["at"]},
                    ":one": {"N": "1"},
                },
            }
        }
    ]


# Other types are let go, those of tomorrow too.
WORK = {"message.received": work}


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
        # After a failure the rest of the person's events wait, or they would overtake it.
        failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def handle(body):
    # Prices and the like keep their digits.
    event = json.loads(body, parse_float=Decimal)
    if event["v"] != 1:
        raise Refused(f"version {event['v']} of the events is not known here")
    wanted = WORK.get(event["type"])
    if wanted is None or is_done(event["id"]):
        return
    data = event["data"] if event["data"] is not None else fetch(event["data_ref"])
    finish(event["id"], wanted(event, data))


def is_done(event_id):
    found = dynamodb.get_item(TableName=SEEN_TABLE, Key={"id": {"S": event_id}}, ConsistentRead=True)
    return "Item" in found


def fetch(ref):
    """Data of more than 200 KiB are in the stack's bucket."""
    data = s3.get_object(Bucket=ref["bucket"], Key=ref["key"])["Body"].read()
    if hashlib.sha256(data).hexdigest() != ref["sha256"]:
        raise Refused("the data in the bucket are not those of the event")
    return json.loads(data, parse_float=Decimal)


def finish(event_id, writes):
    """Marks the event as done, together with its writes."""
    mark = {
        "Put": {
            "TableName": SEEN_TABLE,
            "Item": {"id": {"S": event_id}, "ttl": {"N": str(int(time.time()) + REMEMBER_S)}},
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }
    try:
        dynamodb.transact_write_items(TransactItems=[mark, *writes])
    except dynamodb.exceptions.TransactionCanceledException as error:
        # The mark is there: it was done meanwhile.
        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise


def reason(error):
    """Never an error's own words: those of a parser or a service may quote a body, a name or a phone number."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"]
    return type(error).__name__
