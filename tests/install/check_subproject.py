# SPDX-License-Identifier: MIT
"""Builds parent/, a project that has finleak in it by add_subdirectory(): finleak works there, none
of its tests and samples is built, and how it is compiled is no matter of the parent's own code."""
import json
import os
import re
import subprocess
import tempfile
import unittest

ENV = os.environ
HERE = os.path.dirname(os.path.abspath(__file__))


def cmake(*arguments):
    done = subprocess.run([ENV["CMAKE"], *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError("cmake %s:\n%s" % (" ".join(arguments), done.stdout))
    return done.stdout


class Subproject(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="parent.", dir=ENV["FINLEAK_BUILD"])
        cls.addClassCleanup(folder.cleanup)
        cls.build = folder.name
        cls.configured = cmake(
            "-S", os.path.join(HERE, "parent"), "-B", cls.build, "-G", "Ninja",
            "-DFINLEAK_SOURCE=" + ENV["FINLEAK_SOURCE"], "-DCMAKE_C_COMPILER=" + ENV["C_COMPILER"],
            "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
        cls.built = cmake("--build", cls.build, "--parallel", "2")
        with open(os.path.join(cls.build, "compile_commands.json")) as commands:
            cls.commands = {entry["file"]: entry["command"] for entry in json.load(commands)}

    def test_nothing_of_tests_and_samples_is_built(self):
        for source in self.commands:
            # What the build makes lies in its own folder.
            if not source.startswith((HERE, self.build)):
                self.assertRegex(os.path.relpath(source, ENV["FINLEAK_SOURCE"]),
                                 "^(preload|analyzer)/")
        tests = subprocess.run([re.sub("cmake$", "ctest", ENV["CMAKE"]), "-N"], cwd=self.build,
                               stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertIn("Total Tests: 0", tests)

    def test_the_parent_is_compiled_in_its_own_way(self):
        command = self.commands[os.path.join(HERE, "parent", "main.c")]
        for option in (" -W", " -D", " -I", " -fvisibility"):
            self.assertNotIn(option, command)

    def test_finleak_is_compiled_in_its_own_way(self):
        for source, command in self.commands.items():
            if source.endswith(".c") and not source.startswith(HERE):
                for option in (" -std=gnu11 ", " -fvisibility=hidden ", " -Wmissing-prototypes "):
                    self.assertIn(option, command, source)
        self.assertNotIn("warning:", self.built)

    def test_finleak_works(self):
        finleak = os.path.join(self.build, "finleak", "analyzer", "finleak")
        environment = {name: value for name, value in ENV.items()
                       if not name.startswith("FINLEAK_")}
        version = subprocess.run([finleak, "--version"], stdout=subprocess.PIPE, text=True,
                                 check=True).stdout
        self.assertIn(ENV["FINLEAK_VERSION"], version)
        done = subprocess.run([finleak, "run", "--error-exitcode=9", "--min-held=0ms",
                               "--recordings=" + os.path.join(self.build, "recordings"), "--",
                               ENV["SAMPLE"]], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 9, done.stdout)

    def test_without_what_single_formats_need(self):
        """html and pprof are left out, the summary lists them, and all else is there."""
        without = "-DD3_JS=OFF", "-DPROFILE_PROTO=OFF"
        with tempfile.TemporaryDirectory(prefix="without.", dir=ENV["FINLEAK_BUILD"]) as build:
            summary = cmake("-S", ENV["FINLEAK_SOURCE"], "-B", build, "-G", "Ninja", *without,
                            "-DFINLEAK_TESTS=OFF", "-DCMAKE_C_COMPILER=" + ENV["C_COMPILER"])
        self.assertRegex(summary, r"(?s)have been disabled:.* \* d3 5, reports as HTML\n")
        self.assertRegex(summary, r"(?s)have been disabled:.* \* profile.proto, profiles for pprof")
        finleak = os.path.join(self.build, "finleak", "analyzer", "finleak")
        whole = self.formats(finleak)
        cmake(self.build, *without)
        cmake("--build", self.build, "--parallel", "2")
        self.assertEqual(self.formats(finleak), whole - {"html", "pprof"})

    def formats(self, finleak):
        done = subprocess.run([finleak, "report", "--format=?"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 125)
        return set(re.findall(r"\b[a-z]+\b", done.stdout.partition("expected ")[2]))


unittest.main()
