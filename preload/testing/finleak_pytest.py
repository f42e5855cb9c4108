# SPDX-License-Identifier: MIT
"""Which test leaked: a plugin of pytest, for processes that finleak records.

    PYTHONPATH=/usr/share/finleak finleak run -- python3 -m pytest -p finleak_pytest --finleak

Each test is a label of finleak's, also of the programs that it starts, so that the report of
`finleak run` names the tests. With --finleak a test that leaves a socket open whose peer has gone
ends with an error, and the report on it. @pytest.mark.finleak(allow=N) lets a test leave N, and
allow=True any number. Without the recorder the plugin does nothing, and --finleak is refused."""
import ctypes
import gc
import os
import subprocess
import time

import pytest

# Whoever closes a socket in another thread, or in an event loop, has so long (seconds).
PATIENCE = 1.0


class Recorder:
    """The recorder in this process; `is_here` is false without one. See finleak.h."""

    def __init__(self):
        process = ctypes.CDLL(None)
        try:
            self._checkpoint = process.finleak_1_checkpoint
            self._leaked = process.finleak_1_leaked
            self._label = process.finleak_1_label
        except AttributeError:
            self.is_here = False
            return
        self._checkpoint.restype = ctypes.c_uint64
        self._leaked.argtypes = [ctypes.c_uint64]
        self._leaked.restype = ctypes.c_long
        self._label.argtypes = [ctypes.c_char_p]
        self.is_here = self.checkpoint() != 0

    def checkpoint(self):
        return self._checkpoint()

    def label(self, text):
        """TEXT is what the process, and what it starts, is about from here on; None: nothing is."""
        self._label(text.encode(errors="surrogateescape") if text else None)
        if text:
            os.environ["FINLEAK_LABEL"] = text
        else:
            os.environ.pop("FINLEAK_LABEL", None)

    def leaked(self, checkpoint, allowed):
        """How many sockets are left open since CHECKPOINT. More than ALLOWED are waited for."""
        count = self._leaked(checkpoint)
        if count > allowed:
            gc.collect()
        end = time.monotonic() + PATIENCE
        while count > allowed and time.monotonic() < end:
            time.sleep(0.005)
            count = self._leaked(checkpoint)
        return count

    @staticmethod
    def report(checkpoint):
        """A report on what leaked since CHECKPOINT; None: there is nothing that counts."""
        command = [os.environ.get("FINLEAK_COMMAND") or "finleak", "report", "--error-exitcode=1",
                   "--min-held=10ms", "--since=%d" % checkpoint, str(os.getpid())]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        except OSError as error:
            return "no report: %s: %s" % (command[0], error.strerror)
        return done.stdout if done.returncode else None


RECORDER = Recorder()
CHECKPOINT = pytest.StashKey[int]()


def pytest_addoption(parser):
    group = parser.getgroup("finleak")
    group.addoption("--finleak", action="store_true",
                    help="a test that leaks a socket ends with an error (under `finleak run`)")


def pytest_configure(config):
    config.addinivalue_line("markers", "finleak(allow): how many sockets this test may leak; "
                                       "True: any number")
    if config.getoption("--finleak") and not RECORDER.is_here:
        raise pytest.UsageError("--finleak: this process is not recorded; start it by "
                                "`finleak run -- python3 -m pytest ...`")


def allowed_by(item):
    marker = item.get_closest_marker("finleak")
    allow = marker.kwargs.get("allow", 0) if marker else 0
    return float("inf") if allow is True else allow


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    if RECORDER.is_here:
        RECORDER.label(item.nodeid)
        item.stash[CHECKPOINT] = RECORDER.checkpoint()
    yield
    if RECORDER.is_here:
        RECORDER.label(None)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    """When the fixtures are done, too."""
    if not item.config.getoption("--finleak"):
        return
    checkpoint, allowed = item.stash[CHECKPOINT], allowed_by(item)
    count = RECORDER.leaked(checkpoint, allowed)
    report = RECORDER.report(checkpoint) if count > allowed else None
    if report:
        pytest.fail("%d socket%s leaked by %s\n\n%s" % (count, "s"[count == 1:], item.nodeid, report),
                    pytrace=False)
