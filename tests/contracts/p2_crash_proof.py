# SPDX-License-Identifier: MIT
"""P2: the recording of a program killed at any instant is readable and holds all that came before.

The instants are random; the seed is printed, and FINLEAK_CONTRACT_SEED repeats it (not the
scheduler, though: run it some more).

When it fails: an event was acknowledged (the program went on) before its last store, or a reader
trusts something that is stored late. Look at the order of the stores in the note that is missing:
stack and details first, then the time, by a release store; a row's LIFE_OPEN last.
"""

import os
import random
import time

from recorded import Test, main, program, read

KILLS = int(os.environ.get("FINLEAK_CONTRACT_KILLS", 40))
THREADS = 4
# Far more than lie in the first piece of the sockets' section, which has room for 256.
MANY = 2000


class CrashProof(Test):
    def kill_once(self, turn, left, delay):
        """Kills a program DELAY seconds after it has left LEFT sockets open and printed them."""
        for file in self.recording_files():
            file.unlink()
        process = self.start([program("churn"), str(THREADS)])
        first = b""
        for _ in range(left):
            line = process.stdout.readline()
            self.assertTrue(line, process.stderr.read() if process.poll() is not None else "")
            first += line
        time.sleep(delay)
        process.kill()
        rest, err = process.communicate()
        self.assertEqual(err, b"")
        file, = self.recording_files()
        recording = read(file)
        acknowledged = [int(line) for line in (first + rest).split(b"\n")[:-1]]
        with self.subTest(kill=turn):
            self.judge(recording, acknowledged)

    def judge(self, recording, acknowledged):
        self.assertEqual(recording["faults"], [])
        self.assertEqual(recording["end"], 0)
        self.assertEqual(sum(recording["lost"].values()), 0)
        rows = {row["cookie"]: row for row in recording["sockets"]}
        self.assertEqual(len(rows), len(recording["sockets"]), "one socket has two rows")
        for cookie in acknowledged:
            # Not assertIn(), which would print all rows.
            self.assertTrue(cookie in rows, "socket %d was left open before the kill" % cookie)
            row = rows[cookie]
            self.assertGreater(row["eof_ns"], 0)
            self.assertGreaterEqual(len(row["read_eof"]), 3, row)
            self.assertEqual(row["descriptors"], 1)
            self.assertEqual(len(row["numbers"]), 1)
        # A thread has at most one event half done: its counter, its row, its number.
        open_rows = len(recording["sockets"])
        self.assertLessEqual(abs(recording["opened"] - recording["closed"] - open_rows), THREADS)
        self.assertLessEqual(abs(recording["open_now"] - open_rows), THREADS)
        without_number = [row for row in recording["sockets"] if not row["numbers"]]
        self.assertLessEqual(len(without_number), THREADS)

    def test_sigkill_while_starting(self):
        """A recording exists only once it is whole."""
        for turn in range(3 * KILLS):
            process = self.start([program("churn"), "1"])
            time.sleep(turn % 30 * 0.0002)
            process.kill()
            process.communicate()
        unfinished = list(self.recordings.glob("*.starting")) if self.recordings.exists() else []
        print(f"{len(self.recording_files())} whole, {len(unfinished)} unfinished", flush=True)
        for file in self.recording_files():
            with self.subTest(file=file):
                self.assertEqual(read(file)["faults"], [])

    def test_sigkill_at_random_instants(self):
        seed = os.environ.get("FINLEAK_CONTRACT_SEED") or str(random.randrange(10**9))
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        for turn in range(KILLS):
            self.kill_once(turn, 1, chance.random() ** 3 * 0.15)

    def test_sigkill_with_many_sockets_open(self):
        """What a section holds beyond its first piece counts as well."""
        for turn in range(3):
            self.kill_once(turn, MANY, 0)


if __name__ == "__main__":
    main()
