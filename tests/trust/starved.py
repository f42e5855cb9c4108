# SPDX-License-Identifier: MIT
"""A server that gets a twentieth of one processor, and not in time: what it has not come to yet is
no leak, however it ends, and what it forgot is one.

Everything runs on one processor at the lowest priority, with 20 processes that compute."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import trust

HOGS = 20
CLIENTS = 16
SERVED = 5  # seconds
FORGOTTEN = 3
NICE = 19


def starve():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.nice(NICE)


@contextlib.contextmanager
def hogs():
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=starve)
               for _ in range(HOGS)]
    try:
        yield
    finally:
        for hog in started:
            hog.kill()
            hog.wait()


def visit(port, until):
    with contextlib.suppress(OSError):
        while time.monotonic() < until:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(b"a request")
                connection.recv(64)
            time.sleep(0.01)


class Starved(trust.Test):
    def leaked(self, forgets, end):
        """How many sockets finleak reports as leaked of a server that END ends amid its work."""
        report = self.folder / "report.json"
        command = [trust.FINLEAK, "run", "-d", self.folder / end, "-f", "json", "-o", report, "--",
                   trust.BUILD / "starved_server", str(forgets)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              preexec_fn=starve, start_new_session=True) as run:
            port, pid = map(int, run.stdout.readline().split())
            until = time.monotonic() + SERVED + 2
            clients = [threading.Thread(target=visit, args=(port, until)) for _ in range(CLIENTS)]
            for client in clients:
                client.start()
            time.sleep(SERVED)
            os.kill(run.pid if end == "forwarded" else pid,
                    signal.SIGKILL if end == "killed" else signal.SIGTERM)
            run.wait(trust.PATIENCE)
            for client in clients:
                client.join()
        document = json.loads(report.read_text())
        shutil.rmtree(self.folder / end)
        return sum(leak["count"] for leak in document["leaks"] if leak["verdict"] == "leak")

    def test_what_it_has_not_come_to_is_no_leak(self):
        with hogs():
            for _ in range(trust.rounds(1, 20)):
                for end in "forwarded", "terminated", "killed":
                    with self.subTest(end):
                        self.assertEqual(self.leaked(0, end), 0)

    def test_what_it_forgot_is_one(self):
        with hogs():
            for _ in range(trust.rounds(1, 5)):
                for end in "forwarded", "terminated", "killed":
                    with self.subTest(end):
                        self.assertEqual(self.leaked(FORGOTTEN, end), FORGOTTEN)


if __name__ == "__main__":
    trust.main()
