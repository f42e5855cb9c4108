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


class CrashProof(Test):
    def kill_once(self, turn, chance):
        for file in self.recording_files():
            file.unlink()
        process = self.start([program("churn"), str(THREADS)])
        # At least one was left and printed; then anything may happen.
        first = process.stdout.readline()
        self.assertTrue(first, process.stderr.read() if process.poll() is not None else "")
        time.sleep(chance.random() ** 3 * 0.15)
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
            self.assertIn(cookie, rows, "a socket that was left open before the kill")
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
            self.kill_once(turn, chance)


if __name__ == "__main__":
    main()
