# SPDX-License-Identifier: MIT
"""What finleak report may take for each socket, recording and address more, in figures that a busy
machine leaves alone: instructions, memory, and how often processes wait for each other."""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

# Little more than they take: 5,000, 740 and 46,200; docs/PERFORMANCE.md has the whole.
INSTRUCTIONS_OF_SOCKET = 6_000
BYTES_OF_SOCKET = 900
BYTES_OF_RECORDING = 50_000  # with 200 stacks of 20 frames, of which its file has 35,200

# Two processes that meet at each address wait 1.2 to 1.4 times for each; asked for a stack at a
# time they wait 0.2 to 0.5 times, as they get a processor.
ADDRESSES_OF_WAIT = 1.1


def synthesize(folder, *numbers, module=None, addresses=()):
    folder.mkdir()
    argv = [PROGRAMS.synthesize, folder, *numbers] + ([module] if module else [])
    text = "".join(f"{address:x}\n" for address in addresses)
    subprocess.run([str(word) for word in argv], input=text.encode(), check=True)
    return folder


def report(recordings, *before):
    """What finleak report and its child processes have used, and what it printed on stderr."""
    child = subprocess.Popen([*before, PROGRAMS.finleak, "report", recordings],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode:
        raise RuntimeError(errors)
    return usage, errors


def instructions(recordings):
    _, errors = report(recordings, "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    # A process that it forked to name code has counted on from what finleak had at the fork.
    return max(map(int, re.findall(r"Collected : (\d+)", errors)))


def least(measure, enough):
    """The least of up to three figures: processes that wait for a processor add to them."""
    figures = []
    while len(figures) < 3 and not any(figure < enough for figure in figures):
        figures.append(measure())
    return min(figures)


class Bounds(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="finleak-test.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_a_socket_takes_few_instructions(self):
        if not shutil.which("valgrind"):
            self.skipTest("no valgrind")
        few, many = (synthesize(self.folder / str(count), 1, count, 100, 20)
                     for count in (5_000, 15_000))
        each = (instructions(many) - instructions(few)) / 10_000
        print(f"{each:.0f} instructions for a socket")
        self.assertLess(each, INSTRUCTIONS_OF_SOCKET)

    def memory(self, small, large):
        few, many = (report(synthesize(self.folder / str(i), *numbers))[0].ru_maxrss * 1024
                     for i, numbers in enumerate((small, large)))
        return many - few

    def test_a_socket_takes_little_memory(self):
        each = self.memory((1, 50_000, 500, 20), (1, 250_000, 500, 20)) / 200_000
        print(f"{each:.0f} bytes for a socket")
        self.assertLess(each, BYTES_OF_SOCKET)

    def test_a_recording_takes_little_more_memory_than_its_stacks(self):
        each = self.memory((100, 10, 100, 20), (1_100, 10, 100, 20)) / 1_000
        print(f"{each:.0f} bytes for a recording")
        self.assertLess(each, BYTES_OF_RECORDING)

    def test_addresses_are_named_together(self):
        """Two processes do the naming: neither waits for the other at each address."""
        symbols = subprocess.run(["nm", PROGRAMS.finleak], capture_output=True, check=True).stdout
        addresses = sorted({int(line.split()[0], 16) + 5 for line in symbols.decode().splitlines()
                            if line.split()[1] in "tT"})[:1000]
        self.assertGreater(len(addresses), 500)
        folder = synthesize(self.folder / "recordings", 1, 100, 100, 20, module=PROGRAMS.finleak,
                            addresses=addresses)
        waits = least(lambda: report(folder)[0].ru_nvcsw, len(addresses) / ADDRESSES_OF_WAIT)
        print(f"{waits} waits for {len(addresses)} addresses")
        self.assertLess(waits, len(addresses) / ADDRESSES_OF_WAIT)


def main():
    global PROGRAMS
    parser = argparse.ArgumentParser()
    parser.add_argument("--finleak", required=True)
    parser.add_argument("--synthesize", required=True)
    PROGRAMS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
