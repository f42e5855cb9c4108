# SPDX-License-Identifier: MIT
"""What finleak gets to see late is recorded as well: it is stopped while the target does all that it
does, and goes on when that is over."""
import os
import signal
import socket
import unittest

import attaching
import commands

VISITS = 4


def state(pid):
    with open("/proc/%d/stat" % pid) as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    commands.wait_for("it to stop", lambda: state(pid) == "T")


def program_of(pid):
    with open("/proc/%s/comm" % pid) as name:
        return name.read()


def children_run_others(pid):
    """Has each child of PID become another program?"""
    with open("/proc/%d/task/%d/children" % (pid, pid)) as children:
        return all(program_of(child) != program_of(pid) for child in children.read().split())


class Late(attaching.Recorded):
    def visit(self, port):
        """A connection that the server serves: it is done with those before."""
        peer = socket.create_connection(("127.0.0.1", port), timeout=commands.PATIENCE)
        peer.sendall(b"hello\n")
        self.assertEqual(peer.recv(100), b"hello\n")
        return peer

    def report(self, name, fixed=False):
        """The report on sample NAME, which has ended with all its children before finleak looks."""
        server, = commands.sample_command(name, fixed)
        with commands.Server([server, "--serve"]) as running:
            port, pid = running.port(), running.process.pid
            with attaching.Attached([pid], "--min-held=0", *self.options) as attached:
                stop(attached.process.pid)
                for _ in range(VISITS):
                    with self.visit(port):
                        commands.wait_for("exec", lambda: children_run_others(pid))
                with self.visit(port):
                    running.process.send_signal(signal.SIGTERM)
                    running.wait()
                # Its children have its standard output open as long as they live.
                running.process.stdout.read()
                attached.process.send_signal(signal.SIGCONT)
                self.assertEqual(attached.wait(), 0, attached.err)
        document = commands.load_report(self.output)
        self.assertEqual(document["summary"]["lost"], 0, document["processes"])
        return document

    def test_a_program_that_has_ended_held_what_it_inherited(self):
        leak, = commands.leaks_of(self.report("exec_child"))
        self.assertEqual((leak["class"], leak["reason"], leak["count"]),
                         ("held-elsewhere", "exec-child", 1))
        self.assertEqual(leak["site"]["function"], "start_logger")

    def test_a_program_that_has_ended_held_nothing_that_was_closed_on_exec(self):
        self.assertEqual(commands.leaks_of(self.report("exec_child", fixed=True)), [])

    def test_ends_of_a_program_that_has_ended_have_their_lines(self):
        leak, = commands.leaks_of(self.report("after_eof"))
        self.assertEqual((leak["class"], leak["count"]), ("eof-unclosed", VISITS))
        self.assertTrue(leak["site"]["line"])

    def test_a_program_that_has_ended_and_closed_all_has_no_leak(self):
        self.assertEqual(commands.leaks_of(self.report("after_eof", fixed=True)), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
