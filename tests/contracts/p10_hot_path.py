# SPDX-License-Identifier: MIT
"""P10: when bytes arrive, a receive or a send costs 15 instructions, and no store that threads share.

Two compares: is it an end or a failure, and is this transfer one of those whose stack is taken (the
first of its kind on a socket, and one of 128 of a thread). What such a stack costs is counted apart.

Counted by callgrind: instructions of N = 21,000 minus N = 1,000 calls, recorded minus bare; and
those of 1,010 connections minus 10 for what happens once in each: accept, EOF, close.

When a call that moves bytes fails: something was put on the common path of a wrapper (a table, a flag
in TLS, a check before the real call). It belongs behind one of the compares. Its bound is not to be
raised. When SAMPLE fails, so did the path to a stack, by 128 times as much.

When accept, eof, close or their sum fails: the path of a connection has become longer. Each bound is
a tenth above what it costs; whoever needs more writes into docs/PERFORMANCE.md what for.
"""

import re
import shutil
import subprocess

from recorded import SKIPPED, Test, main, program

FEW, MANY = 1_000, 21_000
FEW_CONNECTIONS, MANY_CONNECTIONS = 10, 1_010
# Instructions a call. epoll_ctl() moves no bytes: its bound is for two looks into the descriptor
# table, without a system call, a lock or a store.
CALLS = {"recv": 15, "read": 15, "send": 15, "write": 15, "sendmsg": 15, "epoll_ctl": 165}
# The stacks of one transfer in 128, spread over all of them: by what takes them, and of which calls.
SAMPLE = 12
SAMPLERS = {"note_read": ("recv", "read"), "note_written": ("send", "write")}
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
        """Instructions of each loop_ function and each of SAMPLERS, with all that it called."""
        file = self.folder / f"callgrind.{recorded}.{count}"
        status, _, err = self.run_program(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file}",
             program("hot_path"), str(count), str(connections)], recorded=recorded)
        if status == SKIPPED:
            self.skipTest("its system calls are for x86-64")
        self.assertEqual(status, 0, err)
        shown = subprocess.run(
            ["callgrind_annotate", "--auto=no", "--inclusive=yes", "--threshold=100",
             str(file)],
            capture_output=True, text=True, check=True).stdout
        names = rf"(?:loop_(\w+)|({'|'.join(SAMPLERS)}))\b"
        return {step or sampler: int(number.replace(",", "")) for number, step, sampler
                in re.findall(rf"^\s*([\d,]+)\s.*:{names}", shown, re.MULTILINE)}

    def test_instructions(self):
        bare = self.a_call(recorded=False)
        self.assertEqual(self.recording_files(), [])
        recorded = self.a_call(recorded=True)
        # valgrind's own launcher may have left a recording as well.
        self.assertTrue([one for one in self.all_recordings()
                         if one["opened"] == 3 + 2 * MANY_CONNECTIONS],
                        "nothing was recorded under valgrind: this measured nothing")
        cost = {name: recorded[name] - bare[name] for name in bare}
        for sampler, calls in SAMPLERS.items():
            sample = recorded[sampler] / len(calls)
            print(f"{sampler}: {sample:.1f} instructions a transfer", flush=True)
            with self.subTest(call=sampler):
                self.assertGreater(sample, 0)
                self.assertLessEqual(sample, SAMPLE)
            for call in calls:
                cost[call] -= sample
        for name, added in cost.items():
            print(f"{name}: {bare[name]:.1f} instructions bare, +{added:.1f} recorded", flush=True)
        cost["connection"] = sum(cost[name] for name in STEPS)
        print(f"connection: +{cost['connection']:.1f} recorded", flush=True)
        for name, bound in {**CALLS, **STEPS, "connection": CONNECTION}.items():
            with self.subTest(call=name):
                self.assertLessEqual(round(cost[name]), bound)

    def a_call(self, recorded):
        few = self.instructions(recorded, FEW, FEW_CONNECTIONS)
        many = self.instructions(recorded, MANY, MANY_CONNECTIONS)
        samplers = SAMPLERS if recorded else ()
        return {**{name: (many[name] - few[name]) / (MANY - FEW) for name in (*CALLS, *samplers)},
                **{name: (many[name] - few[name]) / (MANY_CONNECTIONS - FEW_CONNECTIONS)
                   for name in STEPS}}


if __name__ == "__main__":
    main()
