# SPDX-License-Identifier: MIT
"""The CI jobs of docs/CI.md, step by step, in two outside projects: green, red on a new leak with its
line annotated and the test named, green with a baseline, red again when the leak grows or another one
comes."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import yaml

import commands

OUTSIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "outside")
# By the system's interpreter: one that a version manager put first has no pytest.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def documents():
    """The documents of YAML that the page shows."""
    with open(os.environ["FINLEAK_CI_PAGE"], encoding="utf-8") as page:
        return [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", page.read(),
                                                              re.M | re.S)]


def github_job(name):
    job, = [document["jobs"][name] for document in documents() if name in document.get("jobs", {})]
    return job


def gitlab_job(name):
    job, = [document[name] for document in documents() if "script" in document.get(name, {})]
    return job


class Job:
    """The tests, a class below for each project: a folder whose sources lose calls of close()."""
    name = source = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="installed.")
        cls.addClassCleanup(folder.cleanup)
        cls.prefix = folder.name
        commands.install(cls.prefix)

    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.project = os.path.join(os.path.realpath(folder.name), "project")
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

    def shell(self, script, environment):
        """SCRIPT as a step of a job: its exit status, and what it printed."""
        # As if it were installed below /usr.
        script = script.replace("/usr/share/finleak", self.prefix + "/share/finleak")
        environment = {key: value.replace("/usr/share/finleak", self.prefix + "/share/finleak")
                       for key, value in environment.items()}
        done = subprocess.run(["bash", "-e", "-c", script], cwd=self.project, text=True, timeout=300,
                              env=commands.environment(
                                  PATH=self.prefix + "/bin:" + SYSTEM_PATH, CMAKE_PREFIX_PATH=self.prefix,
                                  PYTHONDONTWRITEBYTECODE="1", **environment),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def job(self, connections=3):
        """The job of GitHub Actions: its exit status, and what its steps printed."""
        status, printed = 0, ""
        summary = os.path.join(self.project, "summary.md")
        for step in github_job(self.name)["steps"]:
            wanted = status != 0 if step.get("if") == "failure()" else status == 0
            if "uses" in step or step["name"] == "Install finleak" or not wanted:
                continue
            of_step, more = self.shell(step["run"], dict(
                step.get("env", {}), CONNECTIONS=str(connections), GITHUB_ACTIONS="true",
                GITHUB_WORKSPACE=self.project, GITHUB_STEP_SUMMARY=summary))
            if wanted and step.get("if") == "failure()":
                self.assertEqual(of_step, 0, more)
            status, printed = status or of_step, printed + more
        return status, printed

    def take_in_what_is_known(self):
        status, printed = self.shell("finleak report --update-baseline " + self.recordings, {})
        self.assertEqual(status, 0, printed)

    def assert_red(self, job, name, word):
        status, printed = job
        self.assertNotIn(status, (0, 125), printed)
        annotation, = re.findall(r"(?m)^::error .*$", printed)
        self.assertRegex(annotation, r"^::error file=%s,line=%d,title=[^:]* \[%s[^:]*%%3A " % (
            re.escape(self.source), self.line_of(name), word))
        self.assertTrue(annotation.endswith("%0ALeaked by " + self.annotated % self.test + "."), annotation)
        self.assertTrue(os.path.exists(os.path.join(self.project, "finleak.tar.zst")), printed)

    def assert_green(self, job):
        status, printed = job
        self.assertEqual(status, 0, printed)
        self.assertNotIn("::error", printed)

    def test_the_life_of_a_leak(self):
        self.annotated = "%s"
        self.assert_green(self.job())
        self.forget_to_close(self.leak)
        self.annotated = "%s (3)"
        job = self.job()
        self.assert_red(job, self.leak, "new")
        self.assertRegex(job[1], self.failed)
        self.take_in_what_is_known()
        self.assert_green(self.job())
        # An edit elsewhere, and fewer of them.
        self.write(self.source, "\n\n" + "".join(self.lines()))
        self.assert_green(self.job(2))
        self.annotated = "%s (4)"
        self.assert_red(self.job(4), self.leak, "worse")
        self.write("known_leaks", "leak:^%s$\n" % self.function)
        self.assert_green(self.job(4))

    def test_the_job_of_gitlab_makes_a_report_of_tests(self):
        job = gitlab_job(self.name)
        self.forget_to_close(self.leak)
        status, printed = self.shell("\n".join(job["script"]),
                                     dict(job.get("variables", {}), CONNECTIONS="3"))
        self.assertNotIn(status, (0, 125), printed)
        status, printed = self.shell("\n".join(job["after_script"]), {})
        self.assertEqual(status, 0, printed)
        failures = {}
        for name in job["artifacts"]["reports"]["junit"]:
            root = xml.etree.ElementTree.parse(os.path.join(self.project, name)).getroot()
            failures[name] = {suite.get("name") for suite in root.iter("testsuite")
                              if suite.find("testcase/failure") is not None
                              or suite.find("testcase/error") is not None}
        self.assertEqual(len(failures), 2)
        self.assertTrue(all(failures.values()), failures)
        self.assertEqual(failures["finleak.xml"], {self.test})
        for name in job["artifacts"]["paths"]:
            self.assertTrue(os.path.exists(os.path.join(self.project, name)), name)


class CMake(Job, unittest.TestCase):
    name, source, leak, function, nothing = "cmake", "serves.c", "serve", "serve_connection", ";"
    test, recordings = "serves", "build/finleak"
    failed = r"serves \.+\*\*\*Failed"

    def test_another_leak_is_new(self):
        self.forget_to_close("serve")
        self.job()
        self.take_in_what_is_known()
        self.assert_green(self.job())
        self.forget_to_close("probe")
        self.annotated = "%s"
        self.assert_red(self.job(), "probe", "new")


@unittest.skipIf(subprocess.run(["/usr/bin/python3", "-c", "import pytest"],
                                stderr=subprocess.DEVNULL).returncode, "pytest is not installed")
class Pytest(Job, unittest.TestCase):
    name, source, leak, function, nothing = "pytest", "test_client.py", "fetch", "fetch", "pass"
    test, recordings = "test_client.py::test_end_of_stream", "recordings"
    failed = r"ERROR test_client.py::test_end_of_stream"


if __name__ == "__main__":
    unittest.main()
