# SPDX-License-Identifier: MIT
"""Every connection of a fast server is recorded or counted as lost, whatever rights finleak has and
however late it comes to read; what is lost makes no leak."""
import os
import signal
import subprocess
import unittest

import attaching
import commands
import late
import rights

VISITS = 2000
FORKS = 600


class Flood(attaching.Recorded):
    def serve(self, name="after_eof", visits=VISITS, stopped=False, launcher=()):
        """How many sockets the recordings of a server and its visitor have, and how many events were
        lost. Finleak is STOPPED while it serves."""
        server, = commands.sample_command(name, fixed=True)
        with attaching.Program([server, "--self-test", str(visits)]) as program:
            with attaching.Attached([program.pid], "-e", "9", *self.options,
                                    launcher=launcher) as attached:
                if stopped:
                    late.stop(attached.process.pid)
                program.go()
                self.assertIn("\n", program.process.stdout.read())
                self.assertEqual(program.process.wait(commands.PATIENCE), 0)
                attached.process.send_signal(signal.SIGCONT)
                attached.wait()
        document = commands.load_report(self.output)
        self.assertEqual(document["leaks"], [])
        lost = document["summary"]["lost"]
        # What could not be seen is not judged to be clean.
        self.assertEqual(attached.process.returncode, 125 if lost else 0, attached.err)
        return sum(process["opened"] for process in document["processes"]), lost

    def check(self, **how):
        opened, lost = self.serve(**how)
        # Of each connection two, and the listener.
        self.assertGreaterEqual(opened + lost, 2 * VISITS + 1)
        return lost

    def test_no_connection_is_missed(self):
        self.check()

    def test_no_connection_is_missed_where_all_calls_are_seen(self):
        commands.needs("setpriv")
        launcher = rights.limited(rights.NAMED)
        if os.geteuid() or subprocess.run(launcher + ["true"]).returncode:
            self.skipTest("capabilities can't be dropped")
        self.check(launcher=launcher)

    def test_what_finds_no_room_is_counted_and_no_leak(self):
        self.assertGreater(self.check(stopped=True), 0, "all found room")

    def test_finleak_ends_with_processes_whose_birth_or_end_found_no_room(self):
        _, lost = self.serve("forking_server", FORKS, stopped=True)
        self.assertGreater(lost, 0, "all found room")


if __name__ == "__main__":
    unittest.main(verbosity=2)
