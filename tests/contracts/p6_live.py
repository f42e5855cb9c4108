# SPDX-License-Identifier: MIT
"""P6: a recording can be read while it is written, and is consistent each time.

When it fails: show_recording's "faults" name the rule that a snapshot broke. Either the recorder
publishes before the details are there (look at the stores of that event), or the reader believes a
row whose generation changed while it was copied.
"""

import os

from recorded import Test, main, program, read

SECONDS = float(os.environ.get("FINLEAK_CONTRACT_SECONDS", 3))


class Live(Test):
    def test_read_while_four_threads_write(self):
        process = self.start([program("churn"), "4"])
        cookies = {int(process.stdout.readline()) for _ in range(4)}
        file, = self.recording_files()
        recording = read(file, SECONDS, cookies)
        process.kill()
        self.assertEqual(recording["faults"], [])
        self.assertGreater(recording["reads"], 20)
        rows = {row["cookie"]: row for row in recording["sockets"]}
        for cookie in cookies:
            self.assertIn(cookie, rows)
            self.assertGreater(rows[cookie]["eof_ns"], 0)
        self.assertGreater(recording["closed"], 100)


if __name__ == "__main__":
    main()
