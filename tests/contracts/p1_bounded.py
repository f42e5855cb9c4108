# SPDX-License-Identifier: MIT
"""P1: ten million open-EOF-close rounds leave a recording no larger than ten thousand did.

The quick variant compares ten thousand rounds with a million (of TCP: 60,000). All of it, in about
a quarter of an hour:

    FINLEAK_CONTRACT_ROUNDS=10000000 ctest -R contracts.p1_bounded -V

When it fails: something is appended for each socket or each event. A row that is taken but not
given back (rows grow: socket_table.c, or an end that nobody noted), a totals row for each socket
(the triple holds something that is new each time), a stack for each socket (an address that varies
between calls), a ring without its modulus. Widening the tolerance is never right.
"""

import os

from recorded import CHUNK, DECIDED_FIN_UNREAD, Test, main, program

FEW = 10_000
PAGE = os.sysconf("SC_PAGE_SIZE")
MANY = {"tcp": int(os.environ.get("FINLEAK_CONTRACT_ROUNDS", 60_000)),
        "unix": int(os.environ.get("FINLEAK_CONTRACT_ROUNDS", 1_000_000))}


class Bounded(Test):
    def rounds(self, kind, count):
        for file in self.recording_files():
            file.unlink()
        process = self.start([program("rounds"), kind, str(count)], options=":unix=1")
        self.assertEqual(process.wait(), 0)
        file, = self.recording_files()
        return file.stat().st_blocks * 512, self.the_recording()

    @staticmethod
    def closing_places(recording):
        return {tuple((frame["module"], frame["offset"]) for frame in row["closed"])
                for row in recording["totals"]}

    @staticmethod
    def unread(recording):
        return [row for row in recording["totals"] if row["decision"] == DECIDED_FIN_UNREAD]

    def check(self, kind):
        few_bytes, few = self.rounds(kind, FEW)
        many_bytes, many = self.rounds(kind, MANY[kind])
        self.assertGreaterEqual(many["closed"], 2 * MANY[kind])
        self.assertGreater(many["eof"], MANY[kind])
        # A close that comes 10 ms after the end goes into a ring: how many do is the machine's
        # doing, up to the ring's size. Its bytes are rounded up to a page where the first piece of
        # the ring ends, and to a chunk in the second. The row of an unread FIN takes a page at most.
        late = max(0, many["departures_bytes"] - few["departures_bytes"])
        room = late + PAGE + CHUNK if late else 0
        self.assertLessEqual(many_bytes,
                             few_bytes + room + (PAGE if self.unread(many) else 0))
        self.assertEqual(many["rows"], few["rows"])
        # A listener, the two ends of a round: what was ever open at once.
        self.assertLessEqual(many["rows"], 3)
        # Where the machine pauses the program for 10 ms, a close finds a FIN that it has not read:
        # the same place then has a row of that decision, too.
        self.assertEqual(self.closing_places(many), self.closing_places(few))
        self.assertLessEqual(len(many["totals"]), len(few["totals"]) + len(self.unread(many)))
        self.assertLessEqual(len(self.unread(many)), len(self.closing_places(many)))
        self.assertEqual(sum(row["count"] for row in many["totals"]), many["closed"])
        self.assertEqual(sum(many["lost"].values()), 0)

    def test_tcp(self):
        self.check("tcp")

    def test_unix(self):
        self.check("unix")


if __name__ == "__main__":
    main()
