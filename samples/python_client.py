#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A client in Python that asks for a body to be streamed, and never reads it: requests keeps the
connection, also when the server has closed it. With --fixed a with statement closes it. finleak:
fin-unread.

    python_client.py [--fixed] [--self-test N]    N requests to a server of its own, then exit 0
"""
import os
import subprocess
import sys
import time

import requests

answers = []


def check_status(url, fixed):
    answer = requests.get(url, stream=True)  # LEAK: opened
    answers.append(answer)  # "for the statistics page"
    if fixed:
        answer.close()
    return answer.status_code == 200


def main(arguments):
    words = [word for word in arguments if word not in ("--fixed", "--hold")]
    visits = int(words[1]) if len(words) > 1 else 4
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "http_upstream.py")
    upstream = subprocess.Popen([sys.executable, program, str(visits)], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
    port = int(upstream.stdout.readline())
    for _ in range(visits):
        check_status("http://127.0.0.1:%d/status" % port, "--fixed" in arguments)
    if "--hold" in arguments:
        sys.stdin.read()
    else:
        time.sleep(0.4)
    upstream.stdin.close()
    upstream.wait()
    # Servers are stopped by a signal: nothing may close what a running one holds.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
