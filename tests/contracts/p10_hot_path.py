# SPDX-License-Identifier: MIT
"""P10: when bytes arrive, a receive costs one indirect call and one compare.

Counted by callgrind: instructions of N = 101,000 minus N = 1,000 calls, recorded minus bare; and
those of 1,010 connections minus 10 for what happens once in each: accept, end of stream, close.

When a call that moves bytes fails: something was put on the common path of a wrapper (a table, a flag
in TLS, a check before the real call). It belongs behind the compare with the result. Its bound is not
to be raised.

When accept, eof, close or their sum fails: the path of a connection has become longer. Each bound is
a tenth above what it costs; whoever needs more says in docs/PERFORMANCE.md what for.
"""

import re
import shutil
import subprocess

from recorded import SKIPPED, Test, main, program

FEW, MANY = 1_000, 101_000
FEW_CONNECTIONS, MANY_CONNECTIONS = 10, 1_010
# Instructions a call. epoll_ctl() moves no bytes: its bound is for two looks into the descriptor
# table, without a system call, a lock or a store.
CALLS = {"recv": 12, "read": 12, "send": 12, "write": 15, "sendmsg": 15, "epoll_ctl": 165}
# Once in a connection, from stacks of five frames besides the recorder's own: each takes one.
STEPS = {"accept": 1800, "eof": 1400, "close": 1750}
CONNECTION = 4950


class HotPath(Test):
    def setUp(self):
        super().setUp()
        for tool in ("valgrind", "callgrind_annotate"):
            if not shutil.which(tool):
                self.skipTest(f"there is no {tool}")

    def instructions(self, recorded, count, connections):
        """Instructions of each loop_ function, with all that it called."""
        file = self.folder / f"callgrind.{recorded}.{count}"
        status, _, err = self.run_program(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file}",
             program("hot_path"), str(count), str(connections)], recorded=recorded)
        if status == SKIPPED:
            self.skipTest("its system calls are for x86-64")
        self.assertEqual(status, 0, err)
        shown = subprocess.run(
            ["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(file)],
            capture_output=True, text=True, check=True).stdout
        return {name: int(number.replace(",", ""))
                for number, name in re.findall(r"^\s*([\d,]+)\s.*:loop_(\w+)", shown, re.MULTILINE)}

    def test_instructions(self):
        bare = self.a_call(recorded=False)
        self.assertEqual(self.recording_files(), [])
        recorded = self.a_call(recorded=True)
        # valgrind's own launcher may have left a recording as well.
        self.assertTrue([one for one in self.all_recordings()
                         if one["opened"] == 3 + 2 * MANY_CONNECTIONS],
                        "nothing was recorded under valgrind: this measured nothing")
        cost = {name: recorded[name] - bare[name] for name in bare}
        for name, added in cost.items():
            print(f"{name}: {bare[name]:.1f} instructions bare, +{added:.1f} recorded", flush=True)
        cost["connection"] = sum(cost[name] for name in STEPS)
        print(f"connection: +{cost['connection']:.1f} recorded", flush=True)
        for name, bound in {**CALLS, **STEPS, "connection": CONNECTION}.items():
            with self.subTest(call=name):
                self.assertLessEqual(cost[name], bound)

    def a_call(self, recorded):
        few = self.instructions(recorded, FEW, FEW_CONNECTIONS)
        many = self.instructions(recorded, MANY, MANY_CONNECTIONS)
        return {**{name: (many[name] - few[name]) / (MANY - FEW) for name in CALLS},
                **{name: (many[name] - few[name]) / (MANY_CONNECTIONS - FEW_CONNECTIONS)
                   for name in STEPS}}


if __name__ == "__main__":
    main()
