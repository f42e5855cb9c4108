# SPDX-License-Identifier: MIT
"""P3: after start-up the program has no descriptor, thread, handler or heap block of ours.

When visible fails: the difference names what the program can see. A descriptor: something was
opened and kept (look for open() without close_file(), a library that is loaded and keeps one). An
allocation: a wrapper allocates, or the unwinder does in its cold path; take one more stack at the
start. (What the loader allocates for libunwind before main is not counted: it can't be avoided.)

When numbers fails: a descriptor of ours stood in the way, or a wrapper lost track of one of the
program's.

When no_probe_bytes fails: libunwind reads or writes the program's sockets; data are being
corrupted. See backtrace_give_pipe(): all of pipe2(), read(), write() and syscall() must know the
pipe's numbers. Nothing may be released with this test failing.
"""

import platform
import unittest

from recorded import Test, main, program


class Invisible(Test):
    def test_visible(self):
        _, out, _ = self.same_as_bare([program("visible")])
        self.assertIn("allocated 0 times, freed 0 times, 0 bytes more in use", out)
        self.assertGreater(self.the_recording()["closed"], 100)

    def test_numbers(self):
        out = self.run_well([program("numbers")])
        recording = self.the_recording()
        row, = [row for row in recording["sockets"] if row["cookie"] == int(out)]
        self.assertEqual(row["numbers"], list(range(5, 64)))
        self.assertEqual(row["descriptors"], 59)
        self.assertGreater(row["eof_ns"], 0)
        # The listener besides; the client was closed.
        self.assertEqual(len(recording["sockets"]), 2)
        self.assertEqual(sum(recording["lost"].values()), 0)

    @unittest.skipUnless(platform.machine() == "x86_64", "its code is for x86-64")
    def test_no_probe_bytes(self):
        self.run_well([program("no_probe_bytes")])
        recording = self.the_recording()
        self.assertGreaterEqual(recording["opened"], 41 * 12)
        # leave_open, call_intricately, main, two of libc, _start: libunwind was asked.
        row, = recording["sockets"]
        self.assertEqual(len(row["opened"]), 6)
        self.assertEqual(recording["blind"], 0)


if __name__ == "__main__":
    main()
