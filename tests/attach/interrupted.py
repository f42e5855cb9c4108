# SPDX-License-Identifier: MIT
"""`finleak attach` reports when it is asked to end, and only then."""
import os
import signal
import unittest

import attaching
import commands


class Interrupted(unittest.TestCase):
    def check(self, *signals, launcher=()):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        output = os.path.join(folder.name, "report.json")
        with attaching.Program(["true"]) as program:
            with attaching.Attached([program.pid], "--min-held=0", "-f", "json", "-o", output, "-d",
                                    os.path.join(folder.name, "recordings"),
                                    launcher=launcher) as attached:
                for number in signals[:-1]:
                    attached.process.send_signal(number)
                    with self.assertRaises(attaching.subprocess.TimeoutExpired):
                        attached.process.wait(0.5)
                self.assertEqual(attached.stop(signals[-1]), 0, attached.err)
            self.assertIsNone(program.process.poll(), "the program was ended as well")
        self.assertEqual(commands.load_report(output)["processes"][0]["state"], "running")

    def test_an_interrupt_ends_the_recording_with_a_report(self):
        self.check(signal.SIGINT)

    def test_so_does_an_interrupt_of_a_background_command_of_a_script(self):
        """The shell of a script ignores SIGINT for such a command."""
        self.check(signal.SIGINT, launcher=["sh", "-c", 'trap "" INT; exec "$@"', "sh"])

    def test_so_does_a_request_to_end(self):
        self.check(signal.SIGTERM)

    def test_another_size_of_the_terminal_does_not(self):
        self.check(signal.SIGWINCH, signal.SIGINT)


if __name__ == "__main__":
    unittest.main(verbosity=2)
