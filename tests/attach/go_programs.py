# SPDX-License-Identifier: MIT
"""go_programs.py: Go programs, linked dynamically, statically and stripped, are recorded from the
kernel: findings name file, function and line, and goroutines' stacks are whole."""
import os
import re
import shutil
import subprocess
import sys
import unittest

import attaching
import commands

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "go", "servers.go")
VISITS = 4


def line(marker):
    with open(SOURCE) as file:
        return next(number for number, text in enumerate(file, 1)
                    if text.rstrip().endswith("// LEAK: " + marker))


class GoPrograms(attaching.Recorded):
    def build(self, cgo, *flags):
        program = os.path.join(self.work, "servers")
        shutil.copy(SOURCE, self.work)
        subprocess.run(["go", "build", *flags, "-o", program, os.path.join(self.work, "servers.go")],
                       check=True, cwd=self.work,
                       env={**os.environ, "CGO_ENABLED": cgo, "GO111MODULE": "off",
                            "HOME": self.work,
                            "GOCACHE": os.environ.get("GOCACHE", "/tmp/finleak-go-cache")})
        return program

    def attach(self, program, kind, *options):
        process = subprocess.Popen([program, kind], stdin=subprocess.PIPE, text=True)
        try:
            with attaching.Attached([process.pid], *self.options, *options) as attached:
                process.communicate("go\n", timeout=commands.PATIENCE)
                self.assertEqual(attached.wait(), 0, attached.lines)
        finally:
            process.kill()
            process.wait()
        document = commands.load_report(self.output)
        commands.check_schema(document)
        leaks = commands.leaks_of(document)
        self.assertEqual(len(leaks), 1, document["leaks"])
        self.assertEqual(leaks[0]["count"], VISITS)
        self.assertEqual(process.returncode, 0)
        return leaks[0]

    def check_at(self, leak, function, marker):
        self.assertEqual(leak["site"]["function"], function)
        self.assertEqual(os.path.basename(leak["site"]["file"] or ""), "servers.go")
        self.assertEqual(leak["site"]["line"], line(marker))

    def check_read(self, leak):
        self.assertEqual(leak["class"], "eof-unclosed")
        self.check_at(leak, "main.readToEnd", "eof")
        functions = [frame["function"] for frame in leak["stacks"]["eof"]]
        self.assertIn("net.(*conn).Read", functions)
        self.assertEqual(functions[-1], "runtime.goexit")

    def check_body(self, leak):
        """net/http opens the connection in a goroutine of its own."""
        opened = [frame["function"] for frame in leak["stacks"]["opened"]]
        self.assertTrue(any(re.match(r"net/http\.\(\*Transport\)", name or "") for name in opened),
                        opened)
        self.assertIn("main.main", opened)
        self.check_at(leak, "main.fetch", "get")
        self.assertIn("Close() on each response's Body", leak["fix"])

    def test_static(self):
        self.check_read(self.attach(self.build("0"), "plain"))

    def test_dynamic(self):
        commands.needs("gcc")
        self.check_read(self.attach(self.build("1"), "plain"))

    def test_hijacked(self):
        leak = self.attach(self.build("0"), "hijacked")
        self.check_read(leak)
        opened = [frame["function"] for frame in leak["stacks"]["opened"]]
        self.assertIn("net/http.(*Server).Serve", opened)

    def test_a_body_that_is_never_closed(self):
        self.check_body(self.attach(self.build("0"), "body"))

    def test_a_body_of_a_stripped_program(self):
        self.check_body(self.attach(self.build("0", "-ldflags=-s -w", "-gcflags=-l"), "body"))

    def test_a_body_behind_a_dialer_of_the_program(self):
        self.check_body(self.attach(self.build("0"), "dialer"))

    def test_a_connection_that_nobody_reads(self):
        """Go asks epoll about all of them, which is no matter of the program."""
        leak = self.attach(self.build("0"), "unread", "--idle=0s")
        self.assertEqual((leak["class"], leak["reason"]), ("fin-unread", "hangup-ignored"))
        self.check_at(leak, "main.ask", "unread")
        self.assertIn("Call Close() on the connection opened in main.ask", leak["fix"])
        self.assertNotIn("epoll", leak["fix"])

    def test_stripped(self):
        self.check_read(self.attach(self.build("0", "-ldflags=-s -w"), "plain"))


if __name__ == "__main__":
    if not shutil.which("go"):
        print("skipped: no Go toolchain")
        sys.exit(commands.SKIPPED)
    unittest.main()
