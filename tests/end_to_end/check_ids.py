# SPDX-License-Identifier: MIT
"""Ids of findings: one program, built in many ways, has the same ones, each for another leak."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import commands

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "ids.c")
LEAKS = 5  # in serve() by two ways: these are one

# By name: the compiler and its options.
BUILDS = {
    "O0": ["gcc", "-O0"],
    "Og": ["gcc", "-Og"],
    "O1": ["gcc", "-O1"],
    "O2": ["gcc", "-O2"],
    "O3": ["gcc", "-O3"],
    "Os": ["gcc", "-Os"],
    "not inlined": ["gcc", "-O2", "-fno-inline"],
    "fortified": ["gcc", "-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"],
    "no PIE": ["gcc", "-O1", "-no-pie", "-fno-pie"],
    "LTO": ["gcc", "-O2", "-flto"],
    "DWARF 4": ["gcc", "-O1", "-gdwarf-4"],
    "no build-id": ["gcc", "-O0", "-Wl,--build-id=none"],
    "clang O0": ["clang", "-O0"],
    "clang O2": ["clang", "-O2"],
}


class Ids(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = commands.folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = cls.folder.name
        cls.expected = cls.ids(cls.built("O0"))

    @classmethod
    def built(cls, name, source=SOURCE):
        folder = tempfile.mkdtemp(dir=cls.work)
        program = os.path.join(folder, "ids")
        subprocess.run([*BUILDS[name], "-g", "-w", "-pthread", "-o", program, source], check=True)
        return program

    @classmethod
    def record(cls, program, *before):
        folder = tempfile.mkdtemp(dir=cls.work)
        done = commands.finleak("run", "-e", "5", "--min-held=0", "-d", folder, "-o", os.path.join(folder, "txt"), "--",
                                *before, program)
        if done.returncode != 5:
            raise AssertionError(done.stderr)
        return folder

    @classmethod
    def ids(cls, program, *before):
        """The ids of all leaks, by what names them: function of the site and line's rank in it."""
        return cls.ids_in(cls.record(program, *before))

    @staticmethod
    def ids_in(*recordings):
        document = commands.report(list(recordings), "--min-held=0")[1]
        commands.check_schema(document)
        leaks = sorted(commands.leaks_of(document), key=lambda leak: (
            leak["class"], [(frame["function"], frame["line"]) for frame in leak["stacks"]["opened"][1:]]))
        return [leak["id"] for leak in leaks]

    def test_no_two_leaks_share_one(self):
        self.assertEqual(len(self.expected), LEAKS)
        self.assertEqual(len(set(self.expected)), LEAKS)

    def test_builds(self):
        for name, command in BUILDS.items():
            if not shutil.which(command[0]):
                continue
            with self.subTest(name):
                self.assertEqual(self.ids(self.built(name)), self.expected)

    def shifted(self):
        """The source with more lines, in front of functions and in them."""
        path = os.path.join(tempfile.mkdtemp(dir=self.work), os.path.basename(SOURCE))
        with open(SOURCE) as source, open(path, "w") as copy:
            for line in source:
                copy.write("/* shifted */\n" if line.startswith("static") else "")
                copy.write("\t/* shifted */\n\tsink += 0;\n" if line.startswith("\tsink") else "")
                copy.write(line)
        return path

    def test_lines_shifted(self):
        for name in "O0", "O2":
            self.assertEqual(self.ids(self.built(name, self.shifted())), self.expected)

    def test_other_folder(self):
        folder = os.path.join(self.work, "other", "folder")
        os.makedirs(folder)
        copy = shutil.copy(SOURCE, folder)
        self.assertEqual(self.ids(self.built("O0", copy)), self.expected)

    def test_separate_debug_information(self):
        program = self.built("O1")
        subprocess.run(["objcopy", "--only-keep-debug", program, program + ".debug"], check=True)
        subprocess.run(["strip", program], check=True)
        subprocess.run(["objcopy", "--add-gnu-debuglink=" + program + ".debug", program], check=True)
        self.assertEqual(self.ids(program), self.expected)

    def test_addresses(self):
        program = self.built("O0")
        self.assertEqual(self.ids(program), self.expected)
        self.assertEqual(self.ids(program, "setarch", "-R"), self.expected)

    def test_end_of_the_program(self):
        """A slower machine, on which the program ends later, makes no other leak of it."""
        folder = self.record(self.built("O0"))
        classes = []
        for options in ("--min-held=1h", "--strict"), ("--min-held=0",):
            document = commands.report(folder, *options)[1]
            leaks = commands.leaks_of(document)
            classes.append({leak["class"] for leak in leaks})
            self.assertLessEqual({leak["id"] for leak in leaks}, set(self.expected))
            self.assertGreaterEqual(len(leaks), LEAKS - 1)
        self.assertNotEqual(*classes)

    def test_builds_in_one_report(self):
        """Of two builds in one report the same leaks have the same ids."""
        found = self.ids_in(self.record(self.built("O0")), self.record(self.built("O1", self.shifted())))
        self.assertEqual(len(found), 2 * LEAKS)
        self.assertEqual(sorted(set(found)), sorted(self.expected))

    def without(self, *lines):
        """The source without those LINES."""
        path = os.path.join(tempfile.mkdtemp(dir=self.work), os.path.basename(SOURCE))
        with open(SOURCE) as source, open(path, "w") as copy:
            copy.write("".join(line for line in source if line.strip() not in lines))
        return path

    def test_one_of_two_ways(self):
        """What is one finding is known by each of the ways that lead to it, seen alone or together."""
        both = self.record(self.built("O0"))
        parts = [self.record(self.built("O0", self.without(*lines))) for lines in (
            ["serve(0);"],
            ["pthread_create(&thread, NULL, serve_in_thread, NULL);", "pthread_join(thread, NULL);"])]
        joined, = [leak for leak in commands.report(both, "--min-held=0")[1]["leaks"] if "joined_ids" in leak]
        alone = [self.serving(part)["id"] for part in parts]
        self.assertEqual(sorted(alone), sorted([joined["id"], *joined["joined_ids"]]))
        known, baseline = (os.path.join(os.path.dirname(both), name) for name in ("both.json", "baseline.json"))
        self.write_report(both, known)
        commands.report(both, "--min-held=0", "--baseline=" + baseline, "--update-baseline")
        for part in parts:
            for path in known, baseline:
                self.assertEqual(self.serving(part, "--baseline=" + path)["standing"], "known")
            self.write_report(part, part + ".json")
            done = commands.finleak("diff", "-f", "json", known, part + ".json")
            changes = {leak["id"]: leak["change"] for leak in json.loads(done.stdout)["leaks"]}
            self.assertEqual([changes[id] for id in alone if id in changes], ["shrunk"])

    @staticmethod
    def write_report(recordings, path):
        with open(path, "w") as file:
            json.dump(commands.report(recordings, "--min-held=0")[1], file)

    @staticmethod
    def serving(recordings, *options):
        document = commands.report(recordings, "--min-held=0", "--all", *options)[1]
        leak, = [leak for leak in document["leaks"] if leak["site"]["function"] == "serve"]
        return leak

    def test_another_program(self):
        """The same functions in another source file are another program's."""
        other = os.path.join(self.work, "others.c")
        shutil.copy(SOURCE, other)
        self.assertFalse(set(self.ids(self.built("O0", other))) & set(self.expected))


if __name__ == "__main__":
    unittest.main()
