# SPDX-License-Identifier: MIT
"""What the tests of tests/trust share. CTest passes where things are in the environment
(CMakeLists.txt):

    FINLEAK            finleak
    FINLEAK_LIBRARY    libfinleak.so
    FINLEAK_LEAKER     a program that leaks: leaks_and_waits, of tests/end_to_end
    FINLEAK_BUILD      a folder for what a test builds
    FINLEAK_TRUST      "long": the counts of the long form

By hand: ctest -R trust.NAME -V.
"""
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SKIPPED = 77  # CTest's SKIP_RETURN_CODE
PATIENCE = 60  # seconds: finleak has hung if it takes longer

FINLEAK = os.environ["FINLEAK"]
LIBRARY = os.environ["FINLEAK_LIBRARY"]
LEAKER = os.environ["FINLEAK_LEAKER"]
BUILD = pathlib.Path(os.environ["FINLEAK_BUILD"])
LONG = os.environ.get("FINLEAK_TRUST") == "long"

# With a sanitizer address space and memory say nothing.
SANITIZED = any(word in FINLEAK for word in ("asan", "tsan"))


def rounds(short, long):
    """How often an attack is repeated: SHORT times in ./test.sh."""
    return long if LONG else short


def chance():
    """A source of random numbers; FINLEAK_TRUST_SEED repeats the one that was printed."""
    seed = os.environ.get("FINLEAK_TRUST_SEED") or str(random.randrange(10**9))
    print(f"FINLEAK_TRUST_SEED={seed}", flush=True)
    return random.Random(seed)


class Done:
    """A finished command: status, out, err (bytes), seconds of processor time, peak memory in MB
    (0: no more than the test's own)."""

    def __init__(self, command, status, out, err, seconds, megabytes):
        self.command = " ".join(map(str, command))
        self.status, self.out, self.err = status, out, err
        self.seconds, self.megabytes = seconds, megabytes

    def __str__(self):
        return (f"{self.command}: status {self.status}, {self.seconds:.1f} s, "
                f"{self.megabytes} MB\n{self.err[-2000:].decode(errors='replace')}")


class Test(unittest.TestCase):
    """A test with a folder of its own, self.folder."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="finleak-trust-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def finleak(self, *arguments, patience=PATIENCE, **more):
        """Runs finleak to its end. Fails where that takes longer than PATIENCE seconds."""
        environment = {name: text for name, text in os.environ.items()
                       if name not in ("DEBUGINFOD_URLS", "FINLEAK_OPTIONS")}
        command = [FINLEAK, *map(str, arguments)]
        with open(self.folder / "out", "w+b") as out, open(self.folder / "err", "w+b") as err:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=err, start_new_session=True, **more)
            deadline = time.monotonic() + patience
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() > deadline:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    self.fail(f"no end after {patience} s: {' '.join(command)}")
                time.sleep(0.01)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            # With the time of the children that finleak waited for, and the most memory of one of
            # them. What this test had itself until it started finleak counts, too.
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            memory = usage.ru_maxrss if usage.ru_maxrss > own else 0
            return Done(command, process.returncode, out.read(), err.read(),
                        usage.ru_utime + usage.ru_stime, memory // 1024)

    def recorded(self, name="recordings", program=LEAKER):
        """The one recording of a program that leaks."""
        folder = self.folder / name
        done = self.finleak("run", "-d", folder, "--", program)
        self.assertEqual(done.status, 0, done)
        file, = folder.glob("*.finleak")
        return file


def main():
    """Runs the tests of the calling file; 77 if all of them were skipped."""
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun and len(result.skipped) == result.testsRun:
        sys.exit(SKIPPED)
