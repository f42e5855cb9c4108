# SPDX-License-Identifier: MIT
"""dropped_reset.py PROGRAM: a loop that takes a connection out of its set when epoll reports that
it was reset, and closes nothing: the line where it does."""
import os
import sys
import unittest

import attaching
import commands

PROGRAM = sys.argv.pop(1)
COUNT = 3


class DroppedReset(unittest.TestCase):
    def report(self, heard_by):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        output = os.path.join(folder.name, "report.json")
        with attaching.Program([PROGRAM, heard_by, "400", "exit"]) as program:
            with attaching.Attached([program.pid], "-f", "json", "-o", output, "-d",
                                    os.path.join(folder.name, "recordings")) as attached:
                program.go()
                self.assertEqual(attached.wait(), 0, attached.err)
        document = commands.load_report(output)
        commands.check_schema(document)
        return document

    def test_what_epoll_has_reported_is_an_error_where_it_is_dropped(self):
        leak, = commands.leaks_of(self.report("epoll"))
        self.assertEqual((leak["class"], leak["count"]), ("error-unclosed", COUNT))
        self.assertEqual(leak["site"]["function"], "hear_by_epoll")

    def test_what_nobody_has_reported_is_none(self):
        self.assertEqual(commands.leaks_of(self.report("nobody")), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
