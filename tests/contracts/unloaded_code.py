# SPDX-License-Identifier: MIT
"""After dlclose() another plugin lies at the same addresses: its stacks are whole, and its own.

When it fails with too few frames: the unwinder remembers how to step over code that is gone
(backtrace_forget() did not reach all that it remembers). With the wrong module: the sequence
numbers of module_map.c don't distinguish the two, or a stack of the first one was taken for one of
the second (stack_table_retire()).
"""

import pathlib

from recorded import Test, main, program

PLUGINS = [program("plugin_small.so"), program("plugin_large.so"), program("plugin_huge.so")]
DEPTH = 5


class Unloaded(Test):
    def modules(self, out, recording):
        """For each line of OUT: the modules of the stack in which the EOF was read."""
        rows = {row["cookie"]: row for row in recording["sockets"]}
        for line in out.splitlines():
            cookie, _ = line.split()
            yield [pathlib.Path(frame.get("module", "?")).name
                   for frame in rows[int(cookie)]["read_eof"]]

    def check(self, order):
        out = self.run_well([program("reloads"), *order])
        recording = self.the_recording()
        for path, modules in zip(order, self.modules(out, recording), strict=True):
            name = pathlib.Path(path).name
            # loopback_read_eof, leave_one; the plugin; use, main; libc, libc, _start
            wanted = (["reloads"] * 2 + [name] * (DEPTH + 2) + ["reloads"] * 2 +
                      ["libc.so.6"] * 2 + ["reloads"])
            self.assertEqual(modules, wanted)
        self.assertEqual(recording["lost"]["stacks"], 0)
        return [line.split()[1] for line in out.splitlines()]

    def test_each_alone(self):
        for path in PLUGINS:
            self.check([path])
            self.recording_files()[0].unlink()

    def test_one_after_the_other(self):
        places = self.check(PLUGINS * 7)
        self.assertLess(len(set(places)), len(places),
                        "no two lay at the same address: this tested nothing")

    def test_again_and_again(self):
        """More often than there are places in which the recorder looks for a stack."""
        self.check(PLUGINS[:1] * 200)
        self.recording_files()[0].unlink()
        self.check(PLUGINS[:2] * 100)


if __name__ == "__main__":
    main()
