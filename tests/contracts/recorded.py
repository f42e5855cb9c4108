# SPDX-License-Identifier: MIT
"""Runs a program bare and recorded, and reads what was recorded. What the contract tests share.

CTest passes where things are in the environment (CMakeLists.txt):

    FINLEAK_PRELOAD    libfinleak.so
    FINLEAK_SHOW       show_recording
    FINLEAK_COMMAND    finleak
    FINLEAK_PROGRAMS   the folder of the programs

By hand: ctest -R contracts.NAME -V, or these four and `python3 p5_fork.py Fork.test_daemon`.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

SKIPPED = 77  # CTest's SKIP_RETURN_CODE
PATIENCE = 30  # seconds that a program may take: it has hung if it takes longer

PRELOAD = os.environ.get("FINLEAK_PRELOAD", "")
SHOW = os.environ.get("FINLEAK_SHOW", "")
COMMAND = os.environ.get("FINLEAK_COMMAND", "")
PROGRAMS = pathlib.Path(os.environ.get("FINLEAK_PROGRAMS", "."))

# Numbers of preload/recording/recording.h.
ORIGIN_EXEC, ORIGIN_FORK, ORIGIN_ORPHAN = 1, 2, 3
END_NONE, END_EXIT, END_EXEC, END_EXEC_UNSEEN = 0, 1, 2, 3
SOURCE_SOCKET, SOURCE_ACCEPT, SOURCE_FORK, SOURCE_EXEC = 1, 2, 4, 5
DECIDED_FIN_UNREAD = 5
BLIND_IO_URING, BLIND_NO_UNWINDER, BLIND_EXEC_UNSEEN = 1, 2, 4
CHUNK = 16384


def program(name):
    return str(PROGRAMS / name)


def read(path, seconds=None, cookies=()):
    """The recording in file PATH, as show_recording prints it; AssertionError if it can't be read.

    With SECONDS it is read again and again for so long, and COOKIES must be there each time.
    """
    command = [SHOW, str(path)]
    if seconds is not None:
        command = [SHOW, "-r", str(path), str(seconds), *map(str, cookies)]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    if shown.returncode != 0:
        raise AssertionError(
            f"finleak can't read the recording (status {shown.returncode}): {shown.stderr}")
    return json.loads(shown.stdout)


class Test(unittest.TestCase):
    """A test with a temporary folder, self.folder, and recordings in self.recordings."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="finleak-contracts-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.recordings = self.folder / "recordings"

    def environment(self, recorded, options="", first=()):
        """As a user's; bare differs by LD_PRELOAD only. FIRST are preloaded ahead of finleak."""
        environment = dict(os.environ)
        for name in ("LD_PRELOAD", "FINLEAK_PRELOAD", "FINLEAK_SHOW", "FINLEAK_COMMAND",
                     "FINLEAK_PROGRAMS"):
            environment.pop(name, None)
        environment["FINLEAK_OPTIONS"] = f"recordings={self.recordings}{options}"
        libraries = [*first, *([PRELOAD] if recorded else [])]
        if libraries:
            environment["LD_PRELOAD"] = " ".join(libraries)
        return environment

    def start(self, command, recorded=True, options="", first=(), extra=None, **more):
        environment = self.environment(recorded, options, first)
        environment.update(extra or {})
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True, **more)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        """Ends it with its children, which may hang and hold its streams."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()

    def run_program(self, command, recorded=True, patience=PATIENCE, **more):
        """Runs COMMAND to its end: (status, stdout, stderr)."""
        process = self.start(command, recorded, **more)
        try:
            out, err = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            where = self._where(process.pid)
            self._end(process)
            self.fail(f"{command} hangs (recorded: {recorded}); its threads wait in {where}")
        return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    @staticmethod
    def _where(pid):
        where = []
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
            try:
                where.append((task / "wchan").read_text() + " " + (task / "syscall").read_text())
            except OSError:
                pass
        return where

    def run_well(self, command, **more):
        """Runs COMMAND recorded, to its end with status 0. Returns its stdout."""
        status, out, err = self.run_program(command, **more)
        self.assertEqual(status, 0, f"{command}: {err or out}")
        return out

    def same_as_bare(self, command, **more):
        """Runs COMMAND bare and recorded: status, stdout and stderr must be the same."""
        bare = self.run_program(command, recorded=False, **more)
        recorded = self.run_program(command, **more)
        self.assertEqual(recorded, bare, f"{command} is not the same recorded as it is bare")
        return recorded

    def recording_files(self):
        return sorted(self.recordings.glob("*.finleak"))

    def all_recordings(self):
        found = [read(path) for path in self.recording_files()]
        for recording in found:
            self.assertEqual(recording["faults"], [])
        return found

    def the_recording(self):
        found = self.all_recordings()
        self.assertEqual(len(found), 1, self.recording_files())
        return found[0]


def main():
    """Runs the tests of the calling file; 77 if all of them were skipped."""
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun and len(result.skipped) == result.testsRun:
        sys.exit(SKIPPED)
