"""One message in, one out, one sync: the real binaries, deployed from infra/template.yaml to an AWS that is not ours.

    python walk.py target/debug

MiniStack checks signatures and policies here, so every call of every function is made under the role that the template
gives it. Where MiniStack differs from AWS, expand.py says how it is worked around.
"""

import base64
import json
import sys
import tempfile
import urllib.error
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import ClientError

import meta
from checks import expect, wait_for
from deploy import deploy
from deploy_page import deploy_page
from first_message import NUMBER, PHONE, QUESTION, WABA, first_message
from servers import free_port, ministack
from stack import Stack

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"

PERSON = "15550101"
CONTACT = f"wa:{PERSON}"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200_000)
# Found in no log: each is looked for at the end.
CANARIES = {
    "the first message": QUESTION,
    "a message that came in": "in-canary-4f1d",
    "a message that went out": "out-canary-93ab",
    "the access token": meta.ACCESS_TOKEN,
    "the app secret": meta.APP_SECRET,
    "a phone number": PERSON,
    "the first phone number": PHONE,
}


def main(binaries):
    pages = (first_message, deploy_page)
    traffic = (strangers, message_in, message_out, envelope, file_in, sync, ticks, aftermath)
    done = []
    with environment(binaries) as (stack, fake):
        for step in pages + traffic:
            step(stack, fake)
            done.append(step.__name__)
            print(f"  {step.__name__.replace('_', ' ')}: {step.__doc__}", flush=True)
    print(f"ministack: {len(done)} passed, 0 failed")


@contextmanager
def environment(binaries):
    """The stack as deployed, its secrets empty, and a Meta that nobody has told of it."""
    with tempfile.TemporaryDirectory(prefix="waypost-ministack-") as name:
        folder = Path(name)
        port = free_port()
        with ministack(folder) as endpoint:
            parameters = {"GraphBaseUrl": f"http://127.0.0.1:{port}", "EventTypes": "*", "LogLevel": "debug"}
            stack = Stack(endpoint, deploy(endpoint, TEMPLATE, binaries, parameters), binaries)
            with meta.running(binaries / "sandbox-meta", folder, port) as fake:
                try:
                    yield stack, fake
                except (SystemExit, urllib.error.URLError):
                    for line in stack.logs():
                        if '"level":"ERROR"' in line or '"level":"WARN"' in line:
                            print(line.strip())
                    raise


def strangers(stack, fake):
    """the handshake is answered to whoever knows the token; a forged POST and an unsigned call are not"""
    token = stack.secret("WebhookSecretArn")["verify_token"]
    expect("the handshake", stack.handshake(token, "1158201444"), (200, 1158201444))
    expect("a guessed token", stack.handshake(token + "x", "1158201444")[0], 403)
    forged = {"X-Hub-Signature-256": "sha256=" + "0" * 64}
    expect("a forged POST", stack.call("POST", "/webhook", b"{}", forged)[0], 401)
    expect("an unsigned call", stack.call("GET", "/v1/channels")[0], 403)
    # A status of the first message may still come.
    published = [event for event in stack.events() if event["type"] != "message.status"]
    expect("what strangers published", published, [])


def message_in(stack, fake):
    """a person writes; the message is in the history and on the events queue, the window is open"""
    fake.writes(PERSON, {"type": "text", "text": {"body": CANARIES["a message that came in"]}})
    path = f"/channels/{NUMBER}/contacts/{CONTACT}"
    messages = wait_for("message in the history", lambda: items(stack, path + "/messages"))
    expect("the message", messages[0]["display"]["text"], CANARIES["a message that came in"])
    expect("the window", stack.v1("GET", path)["window"]["open"], True)
    event = wait_for("event of the message", lambda: of_type(stack.events(), "message.received"))
    expect("the event's contact", event["contact"]["wa_id"], PERSON)


def message_out(stack, fake):
    """someone who may only send answers; Meta takes it once, and its statuses come back"""
    sender = stack.user_with("SenderPolicyArn")
    body = {"to": f"+{PERSON}", "type": "text", "text": {"body": CANARIES["a message that went out"]}}
    status, send = stack.call("POST", f"/v1/channels/{NUMBER}/messages", body, signed_by=sender)
    expect("queueing a send", status, 202)
    expect("what a sender may read", stack.call("GET", "/v1/channels", signed_by=sender)[0], 403)
    wait_for("delivery", lambda: "delivered" in statuses(stack, send["id"]))
    expect("what Meta took", len(sends_to(fake, PERSON)), 1)


def envelope(stack, fake):
    """the team's own code queues a message without the API, and nothing else"""
    sqs = stack.client_of(stack.user_with("SenderPolicyArn"), "sqs")
    message = {"to": f"+{PERSON}", "type": "text", "text": {"body": CANARIES["a message that went out"]}}
    body = {"v": 1, "id": "order-4711", "phone_number_id": NUMBER, "message": message}
    outbound = stack.outputs["OutboundQueueUrl"]
    for number in range(2):
        # Twice, as a caller who got no answer would: the id makes it one send.
        sqs.send_message(
            QueueUrl=outbound,
            MessageBody=json.dumps(body),
            MessageGroupId=PERSON,
            MessageDeduplicationId=f"order-4711-{number}",
        )
    wait_for("empty outbound queue", lambda: stack.in_queue("OutboundQueueUrl") == 0)
    expect("what Meta took", len(sends_to(fake, PERSON)), 2)
    try:
        sqs.receive_message(QueueUrl=stack.outputs["EventsQueueUrl"])
    except ClientError as error:
        expect("reading events as a sender", error.response["Error"]["Code"], "AccessDenied")
    else:
        raise SystemExit("MiniStack walk: a sender may read events")


def file_in(stack, fake):
    """a person sends a picture; it is copied into the bucket"""
    picture = {"bytes": base64.b64encode(PICTURE).decode(), "mime_type": "image/png"}
    fake.writes(PERSON, {"type": "image", "image": picture})
    stored = wait_for("event of the file", lambda: of_type(stack.events(), "media.stored"))["data"]
    expect("the file's bucket", stored["bucket"], stack.outputs["BucketName"])
    file = stack.client("s3").get_object(Bucket=stored["bucket"], Key=stored["key"])["Body"].read()
    expect("the file", file, PICTURE)


def sync(stack, fake):
    """a sync that is asked for reads the templates from Meta"""
    path = f"/wabas/{WABA}/templates"
    stack.v1("POST", path + "/sync", expect=202)
    templates = wait_for("templates", lambda: items(stack, path))
    labels = {template["name"]: template["label"] for template in templates}
    expect("the label of hello_world", labels.get("hello_world"), "Approved")


def ticks(stack, fake):
    """what the two schedules send is understood"""
    # MiniStack plays schedules, but a minute is long; the input is the one in the template.
    for schedule in stack.client("scheduler").list_schedules()["Schedules"]:
        target = stack.client("scheduler").get_schedule(Name=schedule["Name"])["Target"]
        stack.invoke(target["Arn"], target["Input"])


def aftermath(stack, fake):
    """nothing is left in a dead-letter queue, and no log names a person, a message or a secret"""
    for output in [name for name in stack.outputs if name.endswith("DeadLetterQueueUrl")]:
        expect(output, stack.in_queue(output), 0)
    lines = list(stack.logs())
    for what, canary in (CANARIES | {"the verify token": stack.secret("WebhookSecretArn")["verify_token"]}).items():
        expect(f"what the logs have of {what}", [line for line in lines if canary in line], [])
    expect("errors in the logs", [line for line in lines if '"level":"ERROR"' in line], [])


def items(stack, path):
    return stack.v1("GET", path)["items"]


def sends_to(fake, person):
    return [send for send in fake.sends() if send["to"] == f"+{person}"]


def of_type(events, kind):
    return next((event for event in events if event["type"] == kind), None)


def statuses(stack, send):
    return [status["status"] for status in stack.v1("GET", f"/messages/{send}")["statuses"]]


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
