# SPDX-License-Identifier: MIT
"""Frames of scripts are not visible from the kernel: a report states it, and what helps."""
import os
import sys
import unittest

import attaching
import commands

LEAKER = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
peer = socket.create_connection(listener.getsockname())
kept = listener.accept()[0]
peer.close()
kept.recv(1)
sys.stdin.read()
"""


class Scripts(unittest.TestCase):
    def test_the_report_says_that_frames_of_python_are_not_visible(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        recordings = os.path.join(folder.name, "recordings")
        output = os.path.join(folder.name, "report.json")

        def leaks():
            document = commands.report(recordings, "--min-held=0")[1]
            return document and document["leaks"]

        with attaching.Program([sys.executable, "-c", LEAKER]) as program:
            with attaching.Attached([program.pid], "--min-held=0", "-f", "json", "-o", output,
                                    "-d", recordings) as attached:
                program.go()
                commands.wait_for("a leak", leaks)
                program.end()
                self.assertEqual(attached.wait(), 0, attached.err)
        spots = [spot for process in commands.load_report(output)["processes"]
                 for spot in process["blind_spots"]]
        spot, = [spot for spot in spots if "frames of Python are not visible" in spot]
        self.assertIn("with finleak run", spot)


if __name__ == "__main__":
    unittest.main(verbosity=2)
