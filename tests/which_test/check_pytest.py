# SPDX-License-Identifier: MIT
"""The plugin of pytest: a test that leaks ends with an error that names the line, and reports name
the test."""
import json
import os
import subprocess
import unittest

import which_test
from which_test import commands

PYTHON = "/usr/bin/python3"
PLUGIN = os.path.join(which_test.HERE, "..", "..", "preload", "testing")

COMMON = """
import gc, os, socket, subprocess, sys, threading, time, unittest
import pytest

KEPT = []

def finished():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        server.accept()[0].close()
    assert client.recv(1) == b""  # the end
    return client

def keep():
    KEPT.append(finished())
"""


@unittest.skipIf(subprocess.run([PYTHON, "-c", "import pytest"], stderr=subprocess.DEVNULL).returncode,
                 "pytest is not installed")
class Pytest(which_test.Test):
    def pytest(self, source, *options, run=(), recorded=True):
        """Returns the exit status of pytest on SOURCE, and what it printed."""
        self.write("test_it.py", COMMON + source)
        command = [PYTHON, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-p", "finleak_pytest",
                   *options]
        if recorded:
            command = [commands.FINLEAK, "run", "-d", "recordings", "-f", "json", "-o", "leaks.json",
                       *run, "--", *command]
        return self.run_here(*command, PYTHONPATH=PLUGIN)

    def labels(self):
        document = commands.load_report(os.path.join(self.work, "leaks.json"))
        return [[label["label"] for label in leak["labels"]] for leak in document["leaks"]]

    def test_a_test_that_leaks_ends_with_an_error(self):
        status, printed = self.pytest("""
def test_closes():
    finished().close()

def test_leaks():
    keep()

def test_closes_again():
    finished().close()
""", "--finleak")
        self.assertEqual(status, 1, printed)
        self.assertIn("3 passed, 1 error", printed)
        self.assertIn("1 socket leaked by test_it.py::test_leaks", printed)
        self.assertIn("Leaked by test_it.py::test_leaks.", printed)
        self.assertIn("ERROR test_it.py::test_leaks", printed)
        line = next(number for number, text in enumerate(COMMON.splitlines(), 1) if "# the end" in text)
        self.assertIn("test_it.py:%d in finished()" % line, printed)

    def test_a_marked_test_may_leak(self):
        status, printed = self.pytest("""
@pytest.mark.finleak(allow=2)
def test_two():
    keep(), keep()

@pytest.mark.finleak(allow=True)
def test_any():
    keep(), keep(), keep()

@pytest.mark.finleak(allow=1)
def test_more_than_allowed():
    keep(), keep()
""", "--finleak", "--strict-markers")
        self.assertEqual(status, 1, printed)
        self.assertIn("3 passed, 1 error", printed)
        self.assertIn("2 sockets leaked by test_it.py::test_more_than_allowed", printed)

    def test_reports_name_tests_without_the_option(self):
        status, printed = self.pytest("""
def test_one():
    keep()

class TestGroup(unittest.TestCase):
    def test_two(self):
        KEPT.append(finished())
""", run=("--min-held=0ms",))
        self.assertEqual(status, 0, printed)
        self.assertEqual(sorted(self.labels()), [["test_it.py::TestGroup::test_two"],
                                                 ["test_it.py::test_one"]])

    def test_the_programs_that_a_test_starts_have_its_label(self):
        self.write("child.py", COMMON + "\nkeep()\ntime.sleep(0.2)\n")
        status, printed = self.pytest("""
def test_starts():
    subprocess.run([sys.executable, "child.py"], check=True)
    assert os.environ["FINLEAK_LABEL"] == "test_it.py::test_starts"
""", "--finleak")
        self.assertEqual(status, 0, printed)
        self.assertEqual(self.labels(), [["test_it.py::test_starts"]])

    def test_what_is_closed_soon_is_no_leak(self):
        status, printed = self.pytest("""
def test_by_another_thread():
    client = finished()
    threading.Timer(0.1, client.close).start()

def test_by_the_garbage_collector():
    gc.disable()
    cycle = [finished()]
    cycle.append(cycle)

@pytest.fixture
def client():
    with finished() as client:
        yield client

def test_by_a_fixture(client):
    pass
""", "--finleak", "-W", "ignore")
        self.assertEqual(status, 0, printed)
        self.assertIn("3 passed", printed)

    def test_what_the_project_suppresses_is_no_error(self):
        self.write("finleak.toml", 'suppressions = ["known"]\n')
        self.write("known", "leak:^finished$\n")
        status, printed = self.pytest("def test_leaks():\n    keep()\n", "--finleak")
        self.assertEqual(status, 0, printed)

    def test_an_unread_end_is_an_error(self):
        status, printed = self.pytest("""
def test_leaks():
    with socket.create_server(("127.0.0.1", 0)) as server:
        KEPT.append(socket.create_connection(server.getsockname()))
        server.accept()[0].close()
""", "--finleak")
        self.assertEqual(status, 1, printed)
        self.assertIn("fin-unread", printed)

    def test_without_the_recorder_the_option_is_refused(self):
        source = "def test_leaks():\n    keep()\n"
        status, printed = self.pytest(source, recorded=False)
        self.assertEqual(status, 0, printed)
        status, printed = self.pytest(source, "--finleak", recorded=False)
        self.assertEqual(status, 4, printed)
        self.assertIn("this process is not recorded", printed)


if __name__ == "__main__":
    unittest.main()
