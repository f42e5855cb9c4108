# SPDX-License-Identifier: MIT
"""What the tests here share: a folder for each, and finleak run in it."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "end_to_end"))
import commands  # noqa: E402

LIBRARY = os.environ["FINLEAK_LIBRARY"]
HERE = os.path.dirname(os.path.abspath(__file__))


def program(name):
    """A program of programs/, as built."""
    return os.path.join(os.environ["FINLEAK_WHICH_TEST"], name)


class Test(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = os.path.realpath(folder.name)

    def write(self, name, text):
        path = os.path.join(self.work, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def finleak(self, *arguments, **environment):
        return commands.finleak(*arguments, cwd=self.work, env=commands.environment(**environment))

    def run_here(self, *command, patience=120, **environment):
        """Returns the exit status of COMMAND in the test's folder, and what it printed."""
        done = subprocess.run(command, cwd=self.work, env=commands.environment(**environment), text=True,
                              errors="replace", timeout=patience, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout
