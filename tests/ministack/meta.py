"""The sandbox's fake Meta as a process, and what a person or Meta's own pages do with it."""

import json
import subprocess
import urllib.parse
import urllib.request
from contextlib import contextmanager

from checks import wait_for
from servers import process

# What the binary starts with.
APP_ID = "300000000000001"
APP_SECRET = "local-app-secret"
ACCESS_TOKEN = "local-access-token"
VERSION = "v24.0"


class Meta:
    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None, token=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read())

    def set_callback(self, callback, verify_token):
        """The app's webhook page: Meta asks the URL for a challenge before it takes it."""
        form = urllib.parse.urlencode(
            {
                "object": "whatsapp_business_account",
                "callback_url": callback,
                "verify_token": verify_token,
                "fields": "messages",
            }
        )
        self.call("POST", f"/{VERSION}/{APP_ID}/subscriptions?{form}", token=f"{APP_ID}|{APP_SECRET}")

    def writes(self, person, message):
        """A person writes in. Meta keeps sending until it is answered 200."""
        return self.call("POST", f"/_sandbox/users/{person}/messages", message)

    def sends(self):
        return self.call("GET", "/_sandbox/sends")["sends"]


@contextmanager
def running(binary, folder, port):
    command = [binary, str(port)]
    with process(command, folder / "meta.log", stdout=subprocess.PIPE) as child:
        line = wait_for("answer from the fake Meta", child.stdout.readline)
        yield Meta(json.loads(line)["url"])
