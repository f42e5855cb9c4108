# SPDX-License-Identifier: MIT
"""Holds the frames of scripts that are read from outside of a process against Python's own."""
import argparse
import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))

parser = argparse.ArgumentParser()
for name in ("python", "printer", "embedder"):
    parser.add_argument("--" + name, required=True)
options, rest = parser.parse_known_args()


def ask(text):
    return subprocess.run([options.python, "-c", text], capture_output=True, text=True,
                          check=True).stdout.strip()


# Code comes and goes, then the program does.
CHANGING = """
import os, sys

def down(depth):
    if depth:
        return down(depth - 1)
    exec(compile("1", "x", "exec"))

print(flush=True)
for i in range(300):
    down(i % 90)
if len(sys.argv) == 1:
    os.execv(os.environ["PYTHON"], ["python3", "-S", "-I", "-c", "for i in range(10**5): str(i)"])
"""


def frames(pid, thread):
    done = subprocess.run([options.printer, str(pid), str(thread)], capture_output=True,
                          check=True, timeout=60)
    lines = done.stdout.decode("utf-8", "surrogateescape").splitlines()
    return [[file, function, int(line)] for file, function, line in
            (line.split("\t") for line in lines if line != "native")]


class Hanging:
    """A program that hangs: the thread that does, and where it is."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=dict(os.environ, PYTHONUTF8="1"))
        place = json.loads(self.process.stdout.readline())
        self.thread, self.places = place["thread"], place["places"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def scenario(name):
    return Hanging(options.python, "-B", os.path.join(HERE, "hanging.py"), name)


class Outside(unittest.TestCase):
    maxDiff = None

    def expect(self, hanging, pid=None):
        """It prints just before it hangs: what is read is held against that once it does."""
        pid = pid or hanging.process.pid
        for _ in range(500):
            found = frames(pid, hanging.thread)
            if found and found[0] == hanging.places[0]:
                break
        self.assertEqual(found, hanging.places)

    def test_scripts_as_python_shows_them(self):
        for name in ("plain", "thread", "many_threads", "generators", "coroutines",
                     "through_native_code", "recursion", "generated"):
            with self.subTest(name), scenario(name) as hanging:
                self.expect(hanging)

    def test_a_forked_child(self):
        with scenario("forked") as hanging:
            self.expect(hanging, hanging.thread)

    def test_greenlets(self):
        try:
            ask("import greenlet")
        except subprocess.CalledProcessError:
            self.skipTest("no greenlet for this Python")
        with scenario("greenlets") as hanging:
            self.expect(hanging)

    def test_the_interpreter_that_the_thread_is_in(self):
        with scenario("interpreters") as hanging:
            self.expect(hanging)

    def test_a_program_that_embeds_python(self):
        library = ask("import sysconfig as s; print(s.get_config_var('LIBDIR') + '/' +"
                      "s.get_config_var('INSTSONAME'))")
        if not library.endswith((".so.1.0", ".so")) or not os.path.exists(library):
            self.skipTest("this Python has no library")
        with Hanging(options.embedder, library, os.path.join(HERE, "hanging.py"),
                     "plain") as hanging:
            self.expect(hanging)

    def test_a_process_that_changes_and_ends_while_it_is_read(self):
        environment = dict(os.environ, PYTHON=options.python)
        for _ in range(10):
            with subprocess.Popen([options.python, "-c", CHANGING], stdout=subprocess.PIPE,
                                  env=environment) as process:
                process.stdout.readline()
                while process.poll() is None:
                    for file, function, _ in frames(process.pid, process.pid):
                        if file == "<string>":
                            self.assertIn(function, ("down", "<module>"))
                        else:  # what Python itself is started by
                            self.assertRegex(file, "^(x$|<frozen |/)")

    def test_what_runs_no_script(self):
        with subprocess.Popen(["sleep", "60"]) as process:
            self.assertEqual(frames(process.pid, process.pid), [])
            process.kill()
        # It has ended.
        self.assertEqual(frames(process.pid, process.pid), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + rest, verbosity=2)
