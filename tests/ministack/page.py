"""A page of infra/docs as the commands in it, and the terminal that they are typed into."""

import os
import re
import subprocess
import sys
import tempfile
import textwrap
from contextlib import contextmanager
from pathlib import Path

from checks import expect, wait_for
from deploy import STACK
from servers import process

DOCS = Path(__file__).resolve().parents[2] / "infra" / "docs"

FENCE = re.compile(r"^ *```(.*)\n((?:.*\n)*?) *```$", re.MULTILINE)
COMMAND = re.compile(r"(waypost|cargo|aws|sam|curl|rm|output) \S")
PLACEHOLDER = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")


class Page:
    """Read from top to bottom, so that a page whose commands changed is either run as changed or fails."""

    def __init__(self, name):
        self.name = name
        self.text = (DOCS / name).read_text()
        self.at = 0

    def prose(self, sentence):
        """Goes on behind this sentence, which has to come before the next block."""
        block = FENCE.search(self.text, self.at)
        found = self.text.find(sentence, self.at, block.start() if block else len(self.text))
        if found < 0:
            self.fail(f"{sentence!r} is not where it was")
        self.at = found + len(sentence)

    def block(self, containing):
        """The next block, which has to contain this."""
        found = FENCE.search(self.text, self.at)
        if not found or found[1] != "sh" or containing not in found[2]:
            self.fail(f"the next ```sh block is not the one with {containing!r}: {found and found[0]}")
        self.at = found.end()
        return textwrap.dedent(found[2])

    def deployment(self):
        """The next block is this and nothing else, since it is not run: deploy.py deploys the same template.

        The SAM CLI would build for another processor, and does not deploy to MiniStack; `sam validate` is a step of its
        own in .ci/run.
        """
        block = self.block("sam build")
        expect(f"the deployment in {self.name}", block, f"sam build && sam deploy --stack-name {STACK}\n")

    def end(self):
        """No block is left."""
        if found := FENCE.search(self.text, self.at):
            self.fail(f"this block is not run: {found[0]}")

    def tells_no_other_command(self):
        """What running text calls a command is in a block too."""
        blocks = "".join(found[2] for found in FENCE.finditer(self.text))
        for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", self.text)):
            if COMMAND.match(code) and code not in blocks:
                self.fail(f"the command `{code}` is in no block, so it is not run")

    def first_column(self, heading):
        """What the table under this heading tells about, in its first column."""
        section = self.text.split(f"\n## {heading}\n", 1)[-1].split("\n## ", 1)[0]
        rows = re.findall(r"^\| (.+?) \|", section, re.MULTILINE)
        return rows[1:]

    def fail(self, why):
        raise SystemExit(f"MiniStack walk: {self.name}: {why}; a step of tests/ministack runs that page")


class Terminal:
    """One bash: what a block defines is there for the next. A command that fails ends the walk."""

    def __init__(self, bash, folder, values):
        self.bash = bash
        self.folder = folder
        self.values = values
        self.blocks = 0
        self.type("set -euo pipefail")

    def run(self, block):
        """What the block prints. Words in capitals are filled in first, as the reader would."""
        for placeholder, value in self.values.items():
            block = block.replace(placeholder, value)
        if left := PLACEHOLDER.search(block):
            raise SystemExit(f"MiniStack walk: nothing is known to put in place of {left[0]}")
        self.blocks += 1
        out, err, done = (self.folder / f"{self.blocks}.{kind}" for kind in ("out", "err", "done"))
        self.type(f"{{\n{block}\n}} </dev/null >'{out}' 2>'{err}'\ntouch '{done}'")

        def over():
            if self.bash.poll() is not None:
                raise SystemExit(f"MiniStack walk: this block failed:\n{block}\n{out.read_text()}{err.read_text()}")
            return done.exists()

        wait_for(f"end of this block:\n{block}", over, seconds=60)
        return out.read_text()

    def run_until(self, what, block, found):
        """Runs the block again and again, as someone who waits would; gives what it printed in the end."""

        def look():
            printed = self.run(block)
            return printed if found(printed) else None

        return wait_for(what, look)

    def type(self, text):
        self.bash.stdin.write(text.encode() + b"\n")
        self.bash.stdin.flush()


@contextmanager
def terminal(stack, values, tools=None):
    """Someone's who has OperatorPolicy and nothing else, with these scripts in place of what MiniStack cannot play."""
    operator = stack.user_with("OperatorPolicyArn")
    with tempfile.TemporaryDirectory(prefix="waypost-page-") as name:
        folder = Path(name)
        played = folder / "bin"
        played.mkdir()
        for tool, script in (tools or {}).items():
            (played / tool).write_text(script)
            (played / tool).chmod(0o700)
        environment = {
            # The aws command is installed beside this Python.
            "PATH": f"{played}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": name,
            "TMPDIR": name,
            "EDITOR": "edit",
            "AWS_ENDPOINT_URL": stack.endpoint,
            "AWS_ACCESS_KEY_ID": operator.access_key,
            "AWS_SECRET_ACCESS_KEY": operator.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "env": environment, "cwd": folder}
        with process(["bash", "--noprofile", "--norc"], folder / "bash.log", **options) as bash:
            yield Terminal(bash, folder, values)
