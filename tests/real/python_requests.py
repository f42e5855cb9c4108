# SPDX-License-Identifier: MIT
"""python3-requests: a session keeps the connections that its server has closed, and looks at one
only when it needs it again."""

import signal

from keep_alive import KeepAliveServer
from under_finleak import Expected, Skip, client, run

SYSTEM_PYTHON = "/usr/bin/python3"

CLIENT = """
import signal, sys, requests

session = requests.Session()

def fetch_pages(url, count):
    answers = []
    for _ in range(count):  # not read yet, so that each has a connection of its own
        answers.append(session.get(url, stream=True))
    return [answer.text for answer in answers]

print(fetch_pages(sys.argv[1], 5), flush=True)
signal.pause()
"""


def scenario(launcher):
    try:
        client([SYSTEM_PYTHON, "-c", "import requests"])
    except (AssertionError, OSError):
        raise Skip("python3-requests is not installed") from None
    script = launcher.folder() / "fetch.py"
    script.write_text(CLIENT)
    with KeepAliveServer() as server:
        program = launcher.start(
            [SYSTEM_PYTHON, script, server.url],
            Expected(opened=5, eof=0, leaked=5, leak_class="fin-unread", reason="not-polled",
                     site=("fetch_pages", "fetch.py")),
            options=["--observe=50ms"])
        program.wait_for_match(r"(page.*){5}")
        seen = {"connections": server.end_connections()}
        program.wait_for_leaks()
        seen["status"] = program.stop(signal.SIGTERM)
    return seen


run(scenario)
