# SPDX-License-Identifier: MIT
"""A program that becomes a daemon, or another program, or that ends while it is recorded, leaks what
the recorder in the process says it does; one whose stacks lead nowhere leaks as well."""
import os
import signal
import subprocess
import unittest

import attaching
import commands
import late

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "changes.c")
COUNT = 3


def findings(document):
    return sorted((leak["class"], leak["reason"], leak["count"], leak["site"]["function"])
                  for leak in commands.leaks_of(document))


class Changes(attaching.Recorded):
    def setUp(self):
        super().setUp()
        commands.needs("gcc")
        self.program = os.path.join(self.work, "changes")
        built = subprocess.run(["gcc", "-g", "-O1", "-D_GNU_SOURCE", "-pthread", SOURCE, "-o",
                                self.program], stderr=subprocess.PIPE, text=True)
        self.assertEqual(built.returncode, 0, built.stderr)

    def attach(self, kind, ends=lambda program: program.end()):
        """The report on the program, which ENDS when its leaks are seen."""
        with attaching.Program([self.program, kind, str(COUNT)]) as program:
            with attaching.Attached([program.pid], "--min-held=0", *self.options) as attached:
                program.go()
                commands.wait_for("all leaks", lambda: self.leaked() >= COUNT)
                ends(program)
                self.assertEqual(attached.wait(), 0, attached.err)
        document = commands.load_report(self.output)
        commands.check_schema(document)
        return document

    def run_preloaded(self, kind):
        """The report of the recorder in the process."""
        done = commands.finleak("run", "--min-held=0", *self.options, "-d",
                                self.recordings + ".run", "--wait",
                                self.program, kind, str(COUNT))
        self.assertEqual(done.returncode, 0, done.stderr)
        return commands.load_report(self.output)

    def check(self, kind):
        attached = findings(self.attach(kind))
        self.assertEqual(attached, findings(self.run_preloaded(kind)))
        return attached

    def test_a_daemon(self):
        self.assertEqual(self.check("daemon"), [("eof-unclosed", None, COUNT, "leak")])

    def test_another_program_that_inherits_the_leak(self):
        self.assertTrue(self.check("other"))

    def test_another_program_that_does_not_inherit_it(self):
        self.check("other_alone")

    def test_a_process_without_its_first_thread(self):
        def first_thread_ends(program):
            program.go()
            commands.wait_for("an end", lambda: late.state(program.pid) == "Z")
            program.end()

        document = self.attach("threadless", first_thread_ends)
        self.assertEqual(findings(document), [("eof-unclosed", None, COUNT, "leak")])
        self.assertEqual([process["state"] for process in document["processes"]][-1], "exited")

    def test_an_end_while_ends_are_read(self):
        document = self.attach("ending", lambda program: program.process.kill())
        # It may have ended between accept and read: that one is no EOF.
        ends = sum(count for kind, _, count, site in findings(document)
                   if (kind, site) == ("eof-unclosed", "leak"))
        self.assertGreater(ends, 0)
        self.assertEqual(ends, sum(process["eof"] for process in document["processes"]))

    def test_stacks_that_lead_nowhere(self):
        document = self.attach("hostile")
        self.assertEqual(document["summary"]["leaked_sockets"], COUNT)
        self.assertEqual(document["summary"]["by_class"], {"eof-unclosed": COUNT})

    def test_an_interrupt_of_both_at_once(self):
        """As Ctrl-C does where both are in the terminal's foreground."""
        with attaching.Program([self.program, "other", str(COUNT)]) as program:
            with attaching.Attached([program.pid], "--min-held=0", *self.options) as attached:
                program.go()
                commands.wait_for("all leaks", lambda: self.leaked() >= COUNT)
                # The program ends first, before finleak can notice it.
                os.kill(attached.process.pid, signal.SIGSTOP)
                os.kill(program.pid, signal.SIGINT)
                self.assertEqual(program.process.wait(commands.PATIENCE), -signal.SIGINT)
                os.kill(attached.process.pid, signal.SIGINT)
                os.kill(attached.process.pid, signal.SIGCONT)
                self.assertEqual(attached.wait(), 0, attached.err)
        self.assertEqual(findings(commands.load_report(self.output)),
                         [("eof-unclosed", None, COUNT, "leak")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
