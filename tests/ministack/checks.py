"""How the walk finds out, and how it ends when something is not as it should be."""

import time


def expect(what, actual, wanted):
    if actual != wanted:
        raise SystemExit(f"MiniStack walk: {what} is {actual!r}, not {wanted!r}")


def wait_for(what, check, seconds=30):
    """Calls `check` until it gives something, and gives that."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > deadline:
            raise SystemExit(f"MiniStack walk: no {what} within {seconds} s")
        time.sleep(0.1)
