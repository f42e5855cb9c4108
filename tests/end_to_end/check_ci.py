# SPDX-License-Identifier: MIT
"""The CI jobs of two outside projects: green, red on a new leak with its line annotated, green with a
baseline, red again when the leak grows or another one comes."""
import os
import re
import shutil
import subprocess
import unittest

import commands

OUTSIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "outside")
PYTHON = "/usr/bin/python3"


class Job:
    """The tests, a class below for each project: a folder whose sources lose calls of close()."""
    source = None

    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = os.path.realpath(folder.name)
        self.project = os.path.join(self.work, "project")
        shutil.copytree(OUTSIDE, self.project)
        self.write("finleak.toml", 'error-exitcode = 1\nbaseline = "leaks.json"\n'
                                   'suppressions = ["known_leaks"]\n')
        self.write("known_leaks", "# none\n")
        self.write("leaks.json", '{"schema": "finleak-baseline/1", "leaks": []}\n')

    def write(self, name, text):
        with open(os.path.join(self.project, name), "w") as file:
            file.write(text)

    def lines(self):
        with open(os.path.join(self.project, self.source)) as file:
            return file.readlines()

    def line_of(self, name):
        return next(number for number, line in enumerate(self.lines(), 1) if "HERE: " + name in line)

    def forget_to_close(self, name):
        text = "".join(re.sub(r"\S.*CLOSE: %s.*" % name, self.nothing, line) for line in self.lines())
        self.write(self.source, "# or //\n" + text if self.source.endswith(".py") else "\n\n" + text)

    def job(self, connections=3, *options):
        """Returns the exit status of the job, and what it printed."""
        environment = commands.environment(FINLEAK=commands.FINLEAK, CONNECTIONS=str(connections),
                                           GITHUB_WORKSPACE=self.project)
        return self.run_job(environment, *options)

    def run_in_project(self, environment, *command):
        done = subprocess.run(command, cwd=self.project, env=environment, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def assert_annotated(self, printed, name, word):
        self.assertRegex(printed, r"::error file=%s,line=%d,title=[^:]* \[%s[^:]*%%3A " % (
            re.escape(self.source), self.line_of(name), word))

    def test_the_life_of_a_leak(self):
        status, printed = self.job()
        self.assertEqual(status, 0, printed)
        self.assertNotIn("::error", printed)
        self.forget_to_close(self.leak)
        status, printed = self.job()
        self.assertNotIn(status, (0, 125), printed)
        self.assert_annotated(printed, self.leak, "new")
        self.job(3, "--update-baseline")
        status, printed = self.job()
        self.assertEqual(status, 0, printed)
        self.assertNotIn("::error", printed)
        # An edit elsewhere, and fewer of them.
        self.write(self.source, "\n\n" + "".join(self.lines()))
        self.assertEqual(self.job(2)[0], 0)
        status, printed = self.job(4)
        self.assertNotIn(status, (0, 125), printed)
        self.assert_annotated(printed, self.leak, "worse")
        self.write("known_leaks", "leak:^%s$\n" % self.function)
        self.assertEqual(self.job(4)[0], 0)


class CMake(Job, unittest.TestCase):
    source, leak, function, nothing = "serves.c", "serve", "serve_connection", ";"

    def run_job(self, environment, *options):
        build = os.path.join(self.project, "build")
        if options:
            return self.run_in_project(environment, commands.FINLEAK, "run", *options, "--",
                                       os.path.join(build, "serves"))
        if not os.path.isdir(build):
            self.run_in_project(environment, "cmake", "-S", self.project, "-B", build)
        status, printed = self.run_in_project(environment, "cmake", "--build", build)
        self.assertEqual(status, 0, printed)
        return self.run_in_project(environment, "ctest", "--test-dir", build, "-V")

    def test_another_leak_is_new(self):
        self.forget_to_close("serve")
        self.job()
        self.job(3, "--update-baseline")
        self.assertEqual(self.job()[0], 0)
        self.forget_to_close("probe")
        status, printed = self.job()
        self.assertNotIn(status, (0, 125), printed)
        self.assert_annotated(printed, "probe", "new")
        self.assertEqual(printed.count("::error"), 1)


@unittest.skipIf(subprocess.run([PYTHON, "-c", "import pytest"], stderr=subprocess.DEVNULL).returncode,
                 "pytest is not installed")
class Pytest(Job, unittest.TestCase):
    source, leak, function, nothing = "test_client.py", "fetch", "fetch", "pass"

    def run_job(self, environment, *options):
        return self.run_in_project(environment, commands.FINLEAK, "run", "-f", "github", *options, "--",
                                   PYTHON, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider")


if __name__ == "__main__":
    unittest.main()
