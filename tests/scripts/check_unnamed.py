# SPDX-License-Identifier: MIT
"""Where the frames of a program's language are not visible, the report says so in one line, with what
helps; where they are, it doesn't."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

FINLEAK = os.environ["FINLEAK"]
LIBRARY = os.environ["FINLEAK_LIBRARY"]
HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.environ["FINLEAK_SOURCES"]
PATIENCE = 60


def sample(name):
    return os.path.join(SAMPLES, name)


class Unnamed(unittest.TestCase):
    maxDiff = None

    def record(self, command, library=LIBRARY, **variables):
        """The report on COMMAND under LD_PRELOAD alone: (document, text)."""
        if not shutil.which(command[0]):
            self.skipTest("there is no " + command[0])
        with tempfile.TemporaryDirectory(prefix="finleak-scripts.") as folder:
            environment = dict(os.environ, LD_PRELOAD=library, FINLEAK_OPTIONS="recordings=" + folder,
                               **variables)
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  env=environment, timeout=PATIENCE)
            if "module 'socket' not found" in done.stderr:
                self.skipTest("there is no luasocket")
            self.assertEqual(done.returncode, 0, done.stderr)
            reports = [subprocess.run([FINLEAK, "report", *options, folder], text=True, timeout=PATIENCE,
                                      capture_output=True).stdout
                       for options in (["-f", "json"], ["--color=never"])]
        return json.loads(reports[0]), reports[1]

    def lines(self, document):
        return [text for process in document["processes"] for text in process["blind_spots"]
                if text.startswith("frames of ")]

    def check(self, language, helps, *command, **more):
        document, text = self.record(list(command), **more)
        self.assertTrue(document["leaks"])
        self.assertEqual(len(self.lines(document)), 1, text)
        self.assertIn("frames of %s are not visible (" % language, self.lines(document)[0])
        self.assertIn(helps, self.lines(document)[0])
        self.assertIn("frames of %s" % language, " ".join(text.split()))

    def check_unreadable(self, language, helps, interpreter, name):
        """As a version that nobody knows: nothing is where it should be."""
        command = [interpreter, sample(name), "--self-test", "2"]
        self.check(language, helps, *command, library=os.environ["FINLEAK_HOSTILE"],
                   HOSTILE_EVERY="1")
        document, _ = self.record(command)
        self.assertEqual(self.lines(document), [])

    def test_ruby(self):
        self.check_unreadable("Ruby", "2.7 to 3.4", "ruby", "ruby_server.rb")

    def test_php(self):
        self.check_unreadable("PHP", "without ZTS", "php", "php_server.php")

    def test_perl(self):
        self.check_unreadable("Perl", "5.36", "perl", "perl_server.pl")

    def test_node_by_preload_alone(self):
        self.check("JavaScript", "script-frames=1", "node", sample("node_server.js"), "--self-test", "2")

    def test_lua(self):
        self.check("Lua", "port", "lua5.4", os.path.join(HERE, "leaking.lua"), "2")

    def test_erlang(self):
        if not shutil.which("erlc"):
            self.skipTest("there is no Erlang")
        with tempfile.TemporaryDirectory(prefix="finleak-scripts.") as folder:
            subprocess.run(["erlc", "-o", folder, os.path.join(HERE, "leaking.erl")], check=True)
            self.check("Erlang", "inet:i()", "erl", "-noshell", "-pa", folder, "-s", "leaking", "main", "2")

    def test_python(self):
        command = [sys.executable, sample("python_server.py"), "--self-test", "2"]
        self.check("Python", "3.9 to 3.13", *command, library=os.environ["FINLEAK_WRONG_LAYOUTS"],
                   WRONG_FIELD="0", WRONG_BY="200")
        document, _ = self.record(command)
        self.assertEqual(self.lines(document), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
