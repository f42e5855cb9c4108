# SPDX-License-Identifier: MIT
"""Sockets whose peers had closed before finleak attached are reported as opened before, with state,
age and peer, and count however short the recording is."""
import json
import os
import shutil
import subprocess
import time
import unittest

import attaching
import commands
from go_programs import SOURCE as GO_SOURCE
from go_programs import VISITS
from reads import COUNT
from reads import SOURCE as C_SOURCE

# So long they are stuck when finleak attaches.
STUCK_S = 1.0
KERNEL_TICK_MS = 10

# A sample of all sockets takes a while, and is dated by its beginning.
SAMPLE_MS = 1000


class OpenedBefore(attaching.Recorded):
    def setUp(self):
        super().setUp()
        self.program = os.path.join(self.work, "program")

    def attach_late(self, count, *arguments):
        """The only leak of the program, attached to when COUNT sockets are in CLOSE_WAIT."""
        began = time.monotonic()
        process = subprocess.Popen([self.program, *arguments], stdin=subprocess.PIPE, text=True)

        def stuck():
            done = commands.finleak("scan", "-f", "json", str(process.pid))
            scanned, = json.loads(done.stdout)["processes"]
            return scanned["tcp_states"].get("CLOSE_WAIT") == count

        try:
            process.stdin.write("go\n")
            process.stdin.flush()
            commands.wait_for("sockets in CLOSE_WAIT", stuck)
            time.sleep(STUCK_S)
            with attaching.Attached([process.pid], "--duration=10ms", "-e", "99",
                                    *self.options) as attached:
                self.assertEqual(attached.wait(), 99, attached.err)
        finally:
            process.kill()
            process.communicate()
        self.assertIn("already in CLOSE_WAIT", attached.err)
        document = commands.load_report(self.output)
        commands.check_schema(document)
        leak, = commands.leaks_of(document)
        self.assertEqual(leak["count"], count)
        self.assertEqual({socket["tcp_state"] for socket in leak["sockets"]}, {"CLOSE_WAIT"})
        self.assertEqual(len({socket["peer"] for socket in leak["sockets"]}), 1)
        for socket in leak["sockets"]:
            self.assertGreater(socket["held_ms"], STUCK_S * 1000 - KERNEL_TICK_MS)
            self.assertLess(socket["held_ms"], (time.monotonic() - began) * 1000 + SAMPLE_MS)
        self.assertTrue(any("open before finleak attached" in line for line in leak["details"]))
        return leak

    def build(self):
        commands.needs("gcc")
        subprocess.run(["gcc", "-g", "-O2", "-D_GNU_SOURCE", C_SOURCE, "-o", self.program],
                       check=True)

    def test_an_end_that_was_read(self):
        self.build()
        leak = self.attach_late(COUNT, "read", str(COUNT))
        self.assertEqual(leak["class"], "eof-unclosed")
        self.assertIn("before finleak attached", leak["headline"])

    def test_an_end_that_nobody_read(self):
        self.build()
        leak = self.attach_late(COUNT, "nothing", str(COUNT))
        self.assertEqual((leak["class"], leak["reason"]), ("fin-unread", "not-polled"))

    @unittest.skipUnless(shutil.which("go"), "no Go toolchain")
    def test_a_loop_that_has_waited_all_along_is_not_said_to_stall(self):
        """Go's thread sleeps in epoll_wait() since before anybody could see that."""
        subprocess.run(["go", "build", "-o", self.program, GO_SOURCE], check=True, cwd=self.work,
                       env={**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off",
                            "HOME": self.work,
                            "GOCACHE": os.environ.get("GOCACHE", "/tmp/finleak-go-cache")})
        leak = self.attach_late(VISITS, "unread")
        self.assertEqual((leak["class"], leak["reason"]), ("fin-unread", "hangup-ignored"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
