"""The webhook's job as a careful Python team writes it with boto3: verify the signature, parse every change, read who is
known, store messages, contacts and aliases in batches of 25 conditional statements, publish in batches of ten."""

import base64
import hashlib
import hmac
import json
import os
import time
from datetime import datetime, timezone

import boto3

TABLE = os.environ["TABLE_NAME"]
EVENTS = os.environ["EVENTS_QUEUE_URL"]
RETENTION_S = 90 * 86_400

dynamo = boto3.client("dynamodb")
sqs = boto3.client("sqs")
# In init, as we do.
SECRETS = json.loads(
    boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["WEBHOOK_SECRET_ID"])["SecretString"]
)["app_secret"]


def handle(event, _context):
    body = base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event.get("body", "").encode()
    if not signed(body, event["headers"].get("x-hub-signature-256", "")):
        return {"statusCode": 401, "body": ""}
    received = int(time.time() * 1_000)
    messages = list(mentioned(json.loads(body)))
    numbers, contacts = directory(messages)
    ours = [message for message in messages if message["number"] in numbers]
    store(ours, contacts, received)
    publish(ours)
    return {"statusCode": 200, "body": ""}


def signed(body, header):
    return any(
        hmac.compare_digest(f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}".encode(), header.encode())
        for secret in SECRETS
    )


def mentioned(body):
    for entry in body.get("entry", []):
        for change in entry.get("changes", []):
            if change.get("field") != "messages":
                continue
            value = change["value"]
            number = value["metadata"]["phone_number_id"]
            profiles = {contact.get("wa_id"): contact for contact in value.get("contacts", [])}
            for raw in value.get("messages", []):
                yield {
                    "waba": entry["id"],
                    "number": number,
                    "raw": raw,
                    "at": int(raw["timestamp"]) * 1_000,
                    "person": f"wa:{raw['from']}",
                    "profile": profiles.get(raw["from"]),
                }


def alias_key(number, person):
    return {"pk": {"S": f"N#{number}#A#{person}"}, "sk": {"S": "ALIAS"}}


def directory(messages):
    wanted = {}
    for message in messages:
        channel = f"CH#{message['number']}"
        wanted[channel] = {"pk": {"S": channel}, "sk": {"S": "CHANNEL"}}
        alias = alias_key(message["number"], message["person"])
        wanted[alias["pk"]["S"]] = alias
    numbers, contacts = set(), {}
    for keys in chunks(list(wanted.values()), 100):
        page = dynamo.batch_get_item(RequestItems={TABLE: {"Keys": keys}})
        for item in page["Responses"].get(TABLE, []):
            if item["sk"]["S"] == "CHANNEL":
                numbers.add(item["pk"]["S"][3:])
            else:
                contacts[item["pk"]["S"]] = item["contact_key"]["S"]
    return numbers, contacts


def store(messages, contacts, received):
    statements = [insert(message_item(message, received)) for message in messages]
    people = {}
    for message in messages:
        key = (message["number"], message["person"])
        if key not in people or people[key]["at"] < message["at"]:
            people[key] = message
    for message in people.values():
        alias = alias_key(message["number"], message["person"])
        known = contacts.get(alias["pk"]["S"])
        if known:
            statements.append(touch(message, known))
        else:
            statements.append(insert(contact_item(message, received)))
            statements.append(insert({**alias, "kind": {"S": "alias"}, "contact_key": {"S": message["person"]}}))
    for batch in chunks(statements, 25):
        for response in dynamo.batch_execute_statement(Statements=batch)["Responses"]:
            code = response.get("Error", {}).get("Code")
            # Stored before, or newer already: both are fine.
            if code not in (None, "DuplicateItem", "ConditionalCheckFailed"):
                raise RuntimeError(code)


def insert(item):
    names = ", ".join(f"'{name}': ?" for name in item)
    return {
        "Statement": f'INSERT INTO "{TABLE}" VALUE {{{names}}}',
        "Parameters": list(item.values()),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def touch(message, key):
    at = {"N": str(message["at"])}
    return {
        "Statement": f'UPDATE "{TABLE}" SET "last_inbound_at"=? SET "name"=? SET "list_pk"=? SET "list_sk"=? '
        'WHERE "pk"=? AND "sk"=? AND "last_inbound_at" < ?',
        "Parameters": [
            at,
            {"S": name_of(message)},
            {"S": f"N#{message['number']}#L#0"},
            {"S": f"{iso(message['at'])}#{key}"},
            {"S": f"N#{message['number']}#C#{key}"},
            {"S": "CONTACT"},
            at,
        ],
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def message_item(message, received):
    raw = message["raw"]
    return {
        "pk": {"S": f"M#{raw['id']}"},
        "sk": {"S": "MESSAGE"},
        "kind": {"S": "message"},
        "message_id": {"S": raw["id"]},
        "phone_number_id": {"S": message["number"]},
        "waba_id": {"S": message["waba"]},
        "contact_key": {"S": message["person"]},
        "type": {"S": raw["type"]},
        "at": {"N": str(message["at"])},
        "received_at": {"N": str(received)},
        "profile": {"S": json.dumps(message["profile"])},
        "raw": {"S": json.dumps(raw)},
        "ttl": {"N": str(received // 1_000 + RETENTION_S)},
        "list_pk": {"S": f"N#{message['number']}#C#{message['person']}"},
        "list_sk": {"S": f"{iso(message['at'])}#{raw['id']}"},
    }


def contact_item(message, received):
    return {
        "pk": {"S": f"N#{message['number']}#C#{message['person']}"},
        "sk": {"S": "CONTACT"},
        "kind": {"S": "contact"},
        "contact_key": {"S": message["person"]},
        "phone_number_id": {"S": message["number"]},
        "wa_id": {"S": message["raw"]["from"]},
        "name": {"S": name_of(message)},
        "first_seen_at": {"N": str(message["at"])},
        "last_inbound_at": {"N": str(message["at"])},
        "created_at": {"N": str(received)},
        "list_pk": {"S": f"N#{message['number']}#L#0"},
        "list_sk": {"S": f"{iso(message['at'])}#{message['person']}"},
    }


def publish(messages):
    entries = []
    for message in messages:
        raw = message["raw"]
        identity = digest(f"message:{message['number']}:{raw['id']}")
        event = {
            "v": 1,
            "id": identity,
            "type": "message.received",
            "at": iso(message["at"]),
            "waba_id": message["waba"],
            "phone_number_id": message["number"],
            "contact": {
                "key": message["person"],
                "wa_id": raw["from"],
                "phone": f"+{raw['from']}",
                "name": name_of(message),
            },
            "data": raw,
        }
        entries.append(
            {
                "MessageGroupId": digest(f"{message['number']}:{message['person']}"),
                "MessageDeduplicationId": identity,
                "MessageBody": json.dumps(event),
            }
        )
    for batch in chunks(entries, 10):
        numbered = [{"Id": str(number), **entry} for number, entry in enumerate(batch)]
        refused = sqs.send_message_batch(QueueUrl=EVENTS, Entries=numbered).get("Failed")
        if refused:
            raise RuntimeError(refused[0]["Code"])


def name_of(message):
    return ((message["profile"] or {}).get("profile") or {}).get("name", "")


def iso(millis):
    return datetime.fromtimestamp(millis / 1_000, timezone.utc).isoformat()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def chunks(all_of_them, size):
    return [all_of_them[start : start + size] for start in range(0, len(all_of_them), size)]
