# SPDX-License-Identifier: MIT
"""Leaks are counted to the last one, in the report on a program that runs, and after each way to end,
also where there are far more than the first pieces of a recording hold (256 sockets)."""
import os
import signal
import sys
import unittest

import commands

COUNT = 600

PROGRAM = """
import os, signal, socket, struct, sys
kind, count, kept = sys.argv[1], int(sys.argv[2]), []
listener = socket.create_server(("127.0.0.1", 0), backlog=count)
def read_end(server):
    try:
        server.recv(1)
    except ConnectionResetError:
        pass
    return server
def child_holds():
    global kept
    if not os.fork():
        listener.close()
        signal.pause()
    kept = [read_end(server).close() for server in kept]
for _ in range(count):
    client = socket.create_connection(listener.getsockname())
    if kind == "never-accepted": client.close(); continue
    server = listener.accept()[0]
    if kind == "error-unclosed": client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    if kind not in ("fin-unread", "held-elsewhere"): read_end(server)
    if kind == "closed": server.close()
    if kind == "duplicate-held": kept.append(server.dup()); server.close(); continue
    if kind == "shutdown-unclosed": server.shutdown(socket.SHUT_RDWR)
    kept.append(server)
if kind == "held-elsewhere": child_holds()
print("ready", os.getpid(), flush=True)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
while True: signal.pause()
"""

KINDS = ("eof-unclosed", "fin-unread", "error-unclosed", "shutdown-unclosed", "duplicate-held", "never-accepted",
         "held-elsewhere")


def counts(document):
    found = {}
    for leak in commands.leaks_of(document):
        found[leak["class"]] = found.get(leak["class"], 0) + leak["count"]
    return found


class Many(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.recordings = os.path.join(folder.name, "recordings")
        self.output = os.path.join(folder.name, "report.json")

    def check(self, kind, end, expected):
        command = [commands.FINLEAK, "run", "-d", self.recordings, "-f", "json", "-o", self.output, "--observe=100ms",
                   sys.executable, "-c", PROGRAM, kind, str(COUNT)]
        with commands.Server(command, stderr=None) as run:
            pid = int(run.read_line(r"^ready (\d+)$").group(1))
            last = {}

            def live():
                document = commands.report(self.recordings)[1]
                last["counts"] = document and counts(document)
                return last["counts"] == expected

            try:
                commands.wait_for("the live report", live)
            except AssertionError as error:
                self.fail("%s; the last one has %r" % (error, last))
            os.kill(pid, end)
            run.wait()
        self.assertEqual(counts(commands.load_report(self.output)), expected)

    def check_both_ends(self, kind, expected):
        for end in signal.SIGKILL, signal.SIGTERM:
            with self.subTest(end=end.name):
                self.check(kind, end, expected)
                self.recordings += "."

    def test_closed(self):
        self.check_both_ends("closed", {})


def test_of(kind):
    return lambda self: self.check_both_ends(kind, {kind: COUNT})


for name in KINDS:
    setattr(Many, "test_" + name.replace("-", "_"), test_of(name))

if __name__ == "__main__":
    unittest.main(verbosity=2)
