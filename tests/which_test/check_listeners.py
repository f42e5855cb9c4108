# SPDX-License-Identifier: MIT
"""cmocka, GoogleTest and Catch2: the test that leaks fails and is named, the others pass."""
import os
import unittest

import which_test
from which_test import commands


class Listeners(which_test.Test):
    def recorded(self, name):
        """Returns the exit status of test program NAME under finleak, and what it printed."""
        program = which_test.program(name)
        if not os.path.exists(program):
            self.skipTest("%s is not built" % name)
        # By itself it passes.
        status, printed = self.run_here(program)
        self.assertEqual(status, 0, printed)
        return self.run_here(commands.FINLEAK, "run", "-d", "recordings", "-f", "json", "-o", "leaks.json",
                             "--min-held=0ms", "--", program)

    def assert_leaked_by(self, printed, label):
        self.assertIn("eof-unclosed: 1 socket at ", printed)
        self.assertIn("Leaked by %s." % label, printed)
        document = commands.load_report(os.path.join(self.work, "leaks.json"))
        self.assertEqual([leak["labels"] for leak in document["leaks"]], [[{"label": label, "count": 1}]])

    def test_cmocka(self):
        status, printed = self.recorded("with_cmocka")
        self.assertEqual(status, 1, printed)
        self.assertIn("leaks leaked 1 socket\n", printed)
        self.assertIn("[       OK ] closes\n", printed)
        self.assertIn("[       OK ] has_fixtures\n", printed)
        self.assertIn("[  ERROR   ] leaks\n", printed)
        self.assertIn("[  PASSED  ] 2 test(s).", printed)
        self.assert_leaked_by(printed, "leaks")

    def test_google_test(self):
        status, printed = self.recorded("with_gtest")
        self.assertEqual(status, 1, printed)
        self.assertIn("[  FAILED  ] Outside.Leaks (", printed)
        self.assertIn("[  PASSED  ] 2 tests.", printed)
        self.assertIn("1 socket leaked\n", printed)
        self.assert_leaked_by(printed, "Outside.Leaks")

    def test_catch2(self):
        status, printed = self.recorded("with_catch2")
        self.assertEqual(status, 1, printed)
        self.assertIn("test cases: 3 | 2 passed | 1 failed", printed)
        self.assertIn("1 socket leaked", printed)
        self.assert_leaked_by(printed, "has sections")


if __name__ == "__main__":
    unittest.main()
