# SPDX-License-Identifier: MIT
"""P9: no malloc, stdio, lock or dlsym in a wrapper after start-up; signals may come at any instant.

When the storm hangs or crashes: the recorder was entered twice in one thread (visit_begin() must
come first in every note), or somebody waits for a lock that the interrupted code holds.

When handlers_that_jump_out fails: a visit or a stack that nobody ended was taken for one under way.

When no_malloc aborts: run it under gdb; the frame above malloc is the one.
"""

from recorded import Test, main, program

MILLISECONDS = 2000


class SignalSafe(Test):
    def test_storm(self):
        out = self.run_well([program("signal_storm"), str(MILLISECONDS)])
        signals, cookie, rounds = map(int, out.split())
        self.assertGreater(signals, 300, "the handler hardly ran")
        recording = self.the_recording()
        row, = [row for row in recording["sockets"] if row["cookie"] == cookie]
        self.assertGreater(row["eof_ns"], 0)
        # Two listeners and the one that was left: nothing was forgotten open.
        self.assertEqual(len(recording["sockets"]), 3, recording["lost"])
        self.assertEqual(recording["open_now"], 3)
        self.assertEqual(recording["opened"] - recording["closed"] - 3,
                         recording["lost"]["unseen_ends"])
        # What the handler did inside of the recorder went by; what the threads did did not.
        self.assertGreaterEqual(recording["opened"], 2 * rounds)
        self.assertEqual(recording["lost"]["stacks"], 0)

    def test_handlers_that_jump_out(self):
        out = self.run_well([program("jumps_out"), str(MILLISECONDS)])
        jumps, opened, cookie, state, pipe = out.split()
        self.assertGreater(int(jumps), 300, "the handler hardly ran")
        self.assertEqual(state, "cancellable")
        self.assertEqual(pipe, "pipe")
        recording = self.the_recording()
        row, = [row for row in recording["sockets"] if row["cookie"] == int(cookie)]
        self.assertGreater(row["eof_ns"], 0)
        # Each thing that is left may miss one; the thread goes on being recorded.
        self.assertGreater(recording["opened"], int(opened) - int(jumps))

    def test_no_malloc(self):
        self.run_well([program("no_malloc"), program("plugin_small.so"),
                       program("plugin_large.so")])
        parent = [one for one in self.all_recordings() if one["heirs"] == 5]
        self.assertEqual(len(parent), 1)
        self.assertEqual(sum(parent[0]["lost"].values()), 0)


if __name__ == "__main__":
    main()
