# SPDX-License-Identifier: MIT
"""Attaches finleak to a program for a test. Skips the test, never passes it, where the kernel lets
nobody record."""
import os
import subprocess
import sys
import unittest

import commands

# What finleak prints where it can't load its program into the kernel.
REFUSALS = ("recording from the kernel needs", "does not describe its types",
            "the kernel refuses the BPF program", "was built without")


class Recorded(unittest.TestCase):
    """A test with a folder, WORK: its report and its recordings go there, by OPTIONS."""

    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        # Go keeps its modules so that nobody may change them, or remove them.
        self.addCleanup(subprocess.run, ["chmod", "-R", "u+w", self.work])
        self.output = os.path.join(self.work, "report.json")
        self.recordings = os.path.join(self.work, "recordings")
        self.options = ["-f", "json", "-o", self.output, "-d", self.recordings]

    def leaked(self):
        """How many sockets have leaked so far."""
        document = commands.report(self.recordings, "--min-held=0")[1]
        return document["summary"]["leaked_sockets"] if document else 0


class Child:
    """A process that ends with the `with` block, at the latest."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for file in self.process.stdin, self.process.stdout, self.process.stderr:
            if file:
                file.close()


class Attached(Child):
    """`finleak attach` of PIDS, which records when this has begun. Ends with the `with` block.
    LAUNCHER is a command that runs it."""

    def __init__(self, pids, *options, launcher=()):
        self.process = subprocess.Popen(
            [*launcher, commands.FINLEAK, "attach", *options, *map(str, pids)], text=True,
            env=commands.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, errors="replace", start_new_session=True)
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("finleak: recording "):
                return
            if any(refusal in line for refusal in REFUSALS):
                print("skipped: " + line.strip())
                sys.exit(commands.SKIPPED)
        raise AssertionError("attach did not begin: %s" % "".join(self.lines))

    def wait(self):
        """Until what it records has ended: its status; what it printed is in `out` and `err`."""
        self.out, err = self.process.communicate(timeout=commands.PATIENCE)
        self.err = "".join(self.lines) + err
        return self.process.returncode

    def stop(self, signal):
        self.process.send_signal(signal)
        return self.wait()


class Program(Child):
    """A program that begins when go() is called: attached to before, it is recorded whole."""

    def __init__(self, command, **more):
        more.setdefault("env", commands.environment())
        self.process = subprocess.Popen(["/bin/sh", "-c", 'read go; exec "$@"', "sh", *command],
                                        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        start_new_session=True, **more)
        self.pid = self.process.pid

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self):
        """It ends when its standard input does (--hold)."""
        self.process.stdin.close()
