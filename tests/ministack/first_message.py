"""infra/docs/first-message.md, carried out: every command as it stands there, in the page's order.

What nothing here can do is played: `sam deploy` (Page.deployment says how); `cargo run`, by the binary that cargo would
build again; and people's hands, which are an editor, Meta's pages and a phone. graph.facebook.com is the fake Meta.
"""

import json
import re
import sys

import meta
from checks import expect, wait_for
from page import Page, terminal

NUMBER = "100000000000001"
WABA = "200000000000001"
PHONE = "15550102"
QUESTION = "first-canary-77c0"

APP_SECRET = {"app_secret": [meta.APP_SECRET]}
TOKENS = {"app_id": meta.APP_ID, "default": meta.ACCESS_TOKEN}

CARGO = """#!/usr/bin/env bash
[[ $1 == run && $2 == --quiet && $3 == -- ]] || { echo "not played: cargo $*" >&2; exit 64; }
exec 'WAYPOST' "${@:4}"
"""
EDITOR = f"""#!{sys.executable}
import json, sys
for path, filled in zip(sys.argv[1:], ({APP_SECRET}, {TOKENS}), strict=True):
    with open(path) as file:
        value = json.load(file)
    assert all(not value[name] for name in filled), "of a fresh stack"
    with open(path, "w") as file:
        json.dump(value | filled, file)
"""


def first_message(stack, fake):
    """infra/docs/first-message.md leads from the deployed stack to a delivered reply"""
    page = Page("first-message.md")
    tools = {"cargo": CARGO.replace("WAYPOST", str(stack.binaries / "waypost")), "edit": EDITOR}
    values = {
        "PHONE_NUMBER_ID": NUMBER,
        "WABA_ID": WABA,
        "YOUR_PHONE": f"+{PHONE}",
        "https://graph.facebook.com": fake.url,
    }
    with terminal(stack, values, tools) as shell:
        page.deployment()
        secrets(page, shell, stack)
        listed = shell.run(page.block("waypost channel add"))
        expect("the channel that is listed last", NUMBER in listed.splitlines()[-1], True)
        callback(page, shell, stack, fake)
        conversation(page, shell, fake, values)
    page.end()
    page.tells_no_other_command()
    expect("to whom Meta delivered", [send["to"] for send in fake.sends()], [f"+{PHONE}"])
    # What the person wrote is there for the team's code, too.
    wait_for("event of the message", lambda: any(event["type"] == "message.received" for event in stack.events()))


def secrets(page, shell, stack):
    before = stack.secret("WebhookSecretArn")
    shell.run(page.block("${EDITOR"))
    shell.run(page.block("put-secret-value"))
    expect("the webhook secret", stack.secret("WebhookSecretArn"), before | APP_SECRET)
    expect("the tokens", stack.secret("TokensSecretArn"), TOKENS)


def callback(page, shell, stack, fake):
    pasted = shell.run(page.block("output CallbackUrl")).split()
    page.prose("**Verify and save**")
    expect("the callback URL", pasted[0], stack.outputs["CallbackUrl"])
    fake.set_callback(*pasted)
    answer = shell.run(page.block("subscribed_apps"))
    page.prose('`{"success":true}`')
    expect("Meta's answer", json.loads(answer), {"success": True})
    expect("folders with secrets", len(list(shell.folder.glob("tmp.*"))), 1)
    shell.run(page.block("rm -r"))
    expect("folders with secrets", list(shell.folder.glob("tmp.*")), [])


def conversation(page, shell, fake, values):
    page.prose("Write to the number from a phone.")
    fake.writes(PHONE, {"type": "text", "text": {"body": QUESTION}})
    inbox = page.block("waypost inbox")
    shell.run_until("message in `waypost inbox`", inbox, lambda printed: QUESTION in printed)
    queued = shell.run(page.block("waypost send"))
    page.prose("prints the send's id")
    values["SEND_ID"] = re.search(r"snd_[a-z2-7]+", queued)[0]
    show = page.block("waypost message show")
    page.prose("`accepted`, then `sent`, then `delivered`")
    shell.run_until("delivery in `waypost message show`", show, lambda printed: "delivered" in printed)
