"""The processes of the walk. Each is ended by its id, whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from checks import wait_for


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def process(command, log, **options):
    """A child in a process group of its own, so that what it starts ends with it."""
    with open(log, "wb") as output:
        options = {"stdin": subprocess.DEVNULL} | options
        child = subprocess.Popen(command, stderr=output, start_new_session=True, **options)
        try:
            yield child
        finally:
            for sent in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(child.pid, sent)
                    child.wait(timeout=10)
                except ProcessLookupError:
                    break
                except subprocess.TimeoutExpired:
                    continue
                # The group may outlive its leader by the functions' processes: SIGKILL is for those.
            for pipe in filter(None, (child.stdin, child.stdout)):
                pipe.close()


@contextmanager
def ministack(folder):
    """MiniStack on a free port of loopback, checking signatures and policies. Gives its endpoint."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    # Not this process's own environment: MiniStack hands all of its own to the functions.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        # MiniStack gives this to the functions.
        "AWS_ENDPOINT_URL": endpoint,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        # Else it opens 8883, and a second instance on the machine fails.
        "IOT_MTLS_ENABLED": "false",
        "LAMBDA_EXECUTOR": "local",
        "TMPDIR": str(folder),
    }
    binary = Path(sys.executable).parent / "ministack"
    with process([binary], folder / "ministack.log", env=environment, cwd=folder, stdout=subprocess.DEVNULL) as child:

        def healthy():
            if child.poll() is not None:
                raise SystemExit(f"MiniStack ended: see {folder / 'ministack.log'}")
            try:
                return urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=5).status == 200
            except urllib.error.HTTPError:
                return True
            except OSError:
                return False

        wait_for("answer from MiniStack", healthy)
        yield endpoint
