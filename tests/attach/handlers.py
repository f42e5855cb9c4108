# SPDX-License-Identifier: MIT
"""Stacks distinguish handlers that share their helpers, after thousands of connections as
well: each of their calls is recorded with its own stack, and no stack that is known is copied
again."""
import os
import signal
import subprocess
import unittest

import attaching
import commands
import late

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "handlers.c")
HANDLERS = 10
# With a copy of each stack their events would not find room at once; without, a third of it does.
ROUNDS = 2000
LEAKED = HANDLERS * (HANDLERS + 1) // 2


class Handlers(attaching.Recorded):
    def build(self):
        commands.needs("gcc")
        program = os.path.join(self.work, "handlers")
        built = subprocess.run(["gcc", "-g", "-O1", SOURCE, "-o", program], stderr=subprocess.PIPE,
                               text=True)
        self.assertEqual(built.returncode, 0, built.stderr)
        return program

    def seen(self, what):
        document = commands.report(self.recordings, "--min-held=0")[1]
        return sum(process[what] for process in document["processes"]) if document else 0

    def attach(self):
        """The report on the program. Finleak is stopped from the third round on."""
        with attaching.Program([self.build(), str(ROUNDS)]) as program:
            with attaching.Attached([program.pid], "--min-held=0", *self.options) as attached:
                program.go()
                # Each has two ends.
                commands.wait_for("two rounds", lambda: self.seen("closed") == 2 * 2 * HANDLERS)
                late.stop(attached.process.pid)
                program.go()
                self.assertEqual(program.process.stdout.readline(), "done\n")
                attached.process.send_signal(signal.SIGCONT)
                program.end()
                self.assertEqual(attached.wait(), 0, attached.err)
        return commands.load_report(self.output)

    def test_each_handler_is_told_from_the_others_and_no_call_is_left_out(self):
        document = self.attach()
        self.assertEqual(document["summary"]["lost"], 0)
        opened = sum(process["opened"] for process in document["processes"])
        self.assertEqual(opened, 1 + 2 * HANDLERS * (2 + ROUNDS) + 2 * LEAKED)
        found = [(leak["count"], *(leak["stacks"][stack][1]["function"]
                                   for stack in ("opened", "eof")))
                 for leak in commands.leaks_of(document, "eof-unclosed")]
        handlers = ["handler_%d" % number for number in range(HANDLERS)]
        self.assertEqual(sorted(found), [(number + 1, handler, handler)
                                         for number, handler in enumerate(handlers)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
