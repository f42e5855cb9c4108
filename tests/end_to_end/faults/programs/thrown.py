# SPDX-License-Identifier: MIT
"""thrown.py PORT leaves|closes: a client whose constructor connects, for one request after the other.
What it makes of an answer raises an exception, which the caller handles: it leaves out the close, or
closes."""
import socket
import sys
import time

port, ends = int(sys.argv[1]), sys.argv[2]
failures = []


class Client:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.stream = self.socket.makefile("rb")

    def call(self):
        for line in self.stream:
            failures.append(line)
        raise ValueError

    def close(self):
        self.stream.close()
        self.socket.close()


def ask():
    client = Client()
    try:
        client.call()
    except ValueError as failure:
        failures.append((failure, client))
        if ends == "leaves":
            return
    client.close()


for _ in range(4):
    ask()
time.sleep(0.3)
