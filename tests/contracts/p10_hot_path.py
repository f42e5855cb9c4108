# SPDX-License-Identifier: MIT
"""P10: when bytes arrive, a receive costs one indirect call and one compare.

Counted by callgrind: instructions of N = 101,000 minus N = 1,000 calls, recorded minus bare.

When it fails: something was put on the common path of a wrapper (a table, a flag in TLS, a check
before the real call). It belongs behind the compare with the result. The bound is not to be raised.
"""

import re
import shutil
import subprocess

from recorded import SKIPPED, Test, main, program

FEW, MANY = 1_000, 101_000
# Instructions a call. epoll_ctl() moves no bytes: its bound is for two looks into the descriptor
# table, without a system call, a lock or a store.
BOUNDS = {"recv": 15, "read": 15, "send": 15, "write": 15, "sendmsg": 15, "epoll_ctl": 200}


class HotPath(Test):
    def setUp(self):
        super().setUp()
        for tool in ("valgrind", "callgrind_annotate"):
            if not shutil.which(tool):
                self.skipTest(f"there is no {tool}")

    def instructions(self, recorded, count):
        """Instructions of each loop, with all that it called."""
        file = self.folder / f"callgrind.{recorded}.{count}"
        status, _, err = self.run_program(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file}",
             program("hot_path"), str(count)], recorded=recorded)
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
        self.assertTrue([one for one in self.all_recordings() if one["opened"] == 3],
                        "nothing was recorded under valgrind: this measured nothing")
        for name in BOUNDS:
            cost = recorded[name] - bare[name]
            print(f"{name}: {bare[name]:.1f} instructions bare, +{cost:.1f} recorded", flush=True)
        for name, bound in BOUNDS.items():
            with self.subTest(call=name):
                self.assertLessEqual(recorded[name] - bare[name], bound)

    def a_call(self, recorded):
        few, many = (self.instructions(recorded, count) for count in (FEW, MANY))
        return {name: (many[name] - few[name]) / (MANY - FEW) for name in BOUNDS}


if __name__ == "__main__":
    main()
