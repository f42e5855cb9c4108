# SPDX-License-Identifier: MIT
"""The traffic that a sample in Python brings along, as traffic.h does for those in C: a child whose
peers connect, talk and leave. Reads the command line:

    SAMPLE [--fixed] [--self-test N [--hold] | --serve [PORT]]
"""
import os
import select
import socket
import sys
import time

# Longer than finleak's --min-held (100 ms).
QUIET = 0.4


class Traffic:
    def __init__(self, answers=True):
        """ANSWERS: the peers wait for the server to send back what they sent."""
        arguments = [a for a in sys.argv[1:] if a not in ("--fixed", "--hold")]
        self.fixed = "--fixed" in sys.argv
        self.held = "--hold" in sys.argv
        self.serving = arguments[:1] == ["--serve"]
        number = int(arguments[1]) if len(arguments) > 1 else 0
        self.left_at = None
        address_from, self.address_to = os.pipe()
        self.peers_left, left_to = os.pipe()
        if not self.serving and os.fork() == 0:
            os.close(self.address_to)
            visit_all(address_from, number or 4, answers)
            os._exit(0)
        os.close(left_to)
        self.listener = socket.create_server(("127.0.0.1", number if self.serving else 0))
        port = self.listener.getsockname()[1]
        print("listening on 127.0.0.1:%d" % port, flush=True)
        os.write(self.address_to, b"%d\n" % port)

    def goes_on(self):
        """Is there more to come? Until 400 ms after the last peer, with --hold until standard
        input ends."""
        if self.serving:
            return True
        if self.held and select.select([sys.stdin], [], [], 0)[0]:
            self.held = False
        if self.left_at is None and select.select([self.peers_left], [], [], 0)[0]:
            self.left_at = time.monotonic()
        return self.held or self.left_at is None or time.monotonic() - self.left_at < QUIET

    def wait(self):
        """Returns when it does not go on."""
        while self.goes_on():
            time.sleep(0.005)

    def leave(self):
        """Ends as servers do, by no return: the interpreter's teardown would close what a running
        server holds."""
        sys.stdout.flush()
        os._exit(0)


def visit_all(address_from, visits, answers):
    """The peers, in a child that has none of the server's sockets; its pipe ends with it."""
    port = int(os.read(address_from, 16))
    for _ in range(visits):
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.sendall(b"hello\n")
            if answers and peer.recv(512) != b"hello\n":
                os._exit(1)
