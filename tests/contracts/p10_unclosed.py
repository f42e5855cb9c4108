# SPDX-License-Identifier: MIT
"""P10 in a program that leaks: what a call costs does not depend on how many sockets were forgotten.

Each end that was read and not closed is followed for the thread's next call. A loop that goes on
waiting, as most do, is no such call: it pays a compare.

Counted by callgrind: instructions of N = 3,000 minus N = 1,000 calls, recorded minus bare, with an
unclosed end right before each loop and 1 or 1,000 of them before all.

When it fails for both numbers, a wrapper's usual path has become longer, or what follows an end
(events/next_call.c) does not let go of it. When it fails for 1,000 alone, something is searched.
"""

import re
import shutil
import subprocess

from recorded import Test, main, program

FEW, MANY = 1_000, 3_000
# Instructions a call.
BOUNDS = {
    "poll0": 37,  # a way to sleep
    # Who waits, and since when.
    "poll1": 165, "poll64": 165, "select0": 170, "select64": 170, "select1024": 170,
    "epoll_wait": 256,    # whose turn it is, and since when
    "write": 56,          # a write and a read, with what P10 grants their samples
    "again": 36,          # a failure that is none: nothing has come
    "eof": 440,           # of a stream that had ended before
    "broken": 1500,       # with a stack each time
    "connection": 11000,  # two sockets, each opened and closed, one accepted, an end and a shutdown
}
UNCLOSED = (1, 1_000)


class Unclosed(Test):
    def setUp(self):
        super().setUp()
        for tool in ("valgrind", "callgrind_annotate"):
            if not shutil.which(tool):
                self.skipTest(f"there is no {tool}")

    def instructions(self, recorded, count, unclosed):
        """Instructions of each loop_ function, with all that it called."""
        file = self.folder / f"callgrind.{recorded}.{count}.{unclosed}"
        status, _, err = self.run_program(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file}",
             program("hot_unclosed"), str(count), str(unclosed)], recorded=recorded)
        self.assertEqual(status, 0, err)
        shown = subprocess.run(
            ["callgrind_annotate", "--auto=no", "--inclusive=yes", "--threshold=100",
             str(file)],
            capture_output=True, text=True, check=True).stdout
        return {name: int(number.replace(",", "")) for number, name
                in re.findall(r"^\s*([\d,]+)\s.*:loop_(\w+)\b", shown, re.MULTILINE)}

    def a_call(self, recorded, unclosed):
        few = self.instructions(recorded, FEW, unclosed)
        many = self.instructions(recorded, MANY, unclosed)
        return {name: (many[name] - few[name]) / (MANY - FEW) for name in BOUNDS}

    def test_unclosed_sockets_make_no_call_dearer(self):
        for unclosed in UNCLOSED:
            bare = self.a_call(False, unclosed)
            recorded = self.a_call(True, unclosed)
            for name, bound in BOUNDS.items():
                added = recorded[name] - bare[name]
                print(f"{name} with {unclosed} unclosed: {bare[name]:.1f} instructions bare, "
                      f"+{added:.1f} recorded", flush=True)
                with self.subTest(call=name, unclosed=unclosed):
                    self.assertLessEqual(round(added), bound)
        self.assertTrue([one for one in self.all_recordings() if one["opened"] > UNCLOSED[-1]],
                        "nothing was recorded under valgrind: this measured nothing")


if __name__ == "__main__":
    main()
