# SPDX-License-Identifier: MIT
"""finleak.h in the ways in which other projects compile: without a warning, and with the recorder found
in every program that the recorder can be in."""
import itertools
import os
import shutil
import unittest

import which_test

SOURCE = os.path.join(which_test.HERE, "programs", "uses_header.c")
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wsign-conversion", "-Wpedantic", "-Werror"]
HERE, NOT_HERE = "1 0 0 0 0\n", "0 -1 -1 0 -1\n"


class Header(which_test.Test):
    def compiled(self, compiler, *options):
        program = os.path.join(self.work, "uses_header")
        language = "c++" if "++" in compiler else "c"
        status, printed = self.run_here(
            compiler, *WARNINGS, *options, "-I" + os.path.join(which_test.HERE, "../../preload/testing"),
            "-x", language, SOURCE, "-o", program)
        self.assertEqual((status, printed), (0, ""), (compiler, options))
        return program

    def compilers(self, *names):
        for name in names:
            if shutil.which(name):
                yield name

    def test_standards(self):
        for compiler, standard in itertools.chain(
                itertools.product(self.compilers("gcc", "clang"), ("c99", "c11", "gnu17")),
                itertools.product(self.compilers("g++", "clang++"), ("c++11", "c++20"))):
            with self.subTest(compiler=compiler, standard=standard):
                program = self.compiled(compiler, "-std=" + standard)
                self.assertEqual(self.run_here(program), (0, NOT_HERE))
        # libc's own declaration of what it calls by another name.
        self.compiled("gcc", "-include", "dlfcn.h")

    def test_executables(self):
        for compiler, options in itertools.product(
                self.compilers("gcc", "clang"),
                (["-fpie", "-pie"], ["-fno-pie", "-no-pie"], ["-O2", "-Wl,-z,now"])):
            with self.subTest(compiler=compiler, options=options):
                program = self.compiled(compiler, *options)
                self.assertEqual(self.run_here(program), (0, NOT_HERE))
                done = self.finleak("run", "-d", "recordings", "-o", "report.txt", "--", program)
                self.assertEqual(done.stdout, HERE, done)

    def test_a_static_program_is_not_recorded(self):
        self.write("empty.c", "int main(void) { return 0; }\n")
        if self.run_here("gcc", "-static", "empty.c", "-o", "empty")[0]:
            self.skipTest("there is no static libc")
        self.assertEqual(self.run_here(self.compiled("gcc", "-static")), (0, NOT_HERE))


if __name__ == "__main__":
    unittest.main()
