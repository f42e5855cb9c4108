# SPDX-License-Identifier: MIT
"""The end of a connection is recorded from the kernel by whatever call it is read; the site is the
program's function, linked dynamically or statically."""
import os
import signal
import subprocess
import unittest

import attaching
import commands

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "reads.c")
COUNT = 3


class Reads(attaching.Recorded):
    def build(self, *flags):
        commands.needs("gcc")
        program = os.path.join(self.work, "reads")
        built = subprocess.run(["gcc", "-g", "-O2", "-D_GNU_SOURCE", *flags, SOURCE, "-o", program],
                               stderr=subprocess.PIPE, text=True)
        if built.returncode:
            self.skipTest("gcc %s: %s" % (flags, built.stderr))
        return program

    def attach(self, kind, *flags):
        """The only leak of the program, which reads by KIND."""
        with attaching.Program([self.build(*flags), kind, str(COUNT)]) as program:
            with attaching.Attached([program.pid], "--min-held=0", *self.options) as attached:
                program.go()
                commands.wait_for("all leaks", lambda: self.leaked() == COUNT)
                program.end()
                self.assertEqual(attached.wait(), 0, attached.err)
        document = commands.load_report(self.output)
        commands.check_schema(document)
        leak, = commands.leaks_of(document)
        return leak

    def check(self, kind, *flags):
        leak = self.attach(kind, *flags)
        self.assertEqual(leak["class"], "eof-unclosed")
        self.assertEqual(leak["count"], COUNT)
        self.assertEqual(leak["site"]["function"], "by_" + kind)

    def test_what_a_spawned_program_holds_is_where_it_was_spawned(self):
        with attaching.Program([self.build(), "spawn", "1"]) as program:
            with attaching.Attached([program.pid], "--min-held=0", *self.options) as attached:
                program.go()
                spawned = int(program.process.stdout.readline())
                try:
                    commands.wait_for("a leak", self.leaked)
                    self.assertEqual(attached.stop(signal.SIGINT), 0, attached.err)
                finally:
                    os.kill(spawned, signal.SIGKILL)
        leak, = commands.leaks_of(commands.load_report(self.output))
        self.assertEqual((leak["class"], leak["site"]["function"]), ("held-elsewhere", "by_spawn"))


def add(kind, way, flags):
    setattr(Reads, "test_%s_%s" % (kind, way), lambda self: self.check(kind, *flags))


for each in "read", "recvmmsg", "splice", "stdio":
    add(each, "dynamic", [])
    add(each, "static", ["-static"])

if __name__ == "__main__":
    unittest.main(verbosity=2)
