# SPDX-License-Identifier: MIT
"""find_package(finleak) in another project: finleak_test(), finleak_label_tests(), and finleak.h by
finleak::testing."""
import glob
import os
import re
import shutil
import tempfile
import unittest

import which_test

LISTS = """cmake_minimum_required(VERSION 3.20)
project(outside C)
enable_testing()
find_package(finleak REQUIRED)
add_executable(asks asks.c)
target_compile_options(asks PRIVATE -g)
target_link_libraries(asks PRIVATE finleak::testing)
"""


class CMake(which_test.Test):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="installed.")
        cls.addClassCleanup(folder.cleanup)
        cls.prefix = folder.name
        which_test.commands.install(cls.prefix)

    def setUp(self):
        super().setUp()
        for name in "asks.c", "connections.h":
            shutil.copy(os.path.join(which_test.HERE, "programs", name), self.work)

    def project(self, lines):
        self.write("CMakeLists.txt", LISTS + lines)
        status, printed = self.run_here(
            os.environ["CMAKE"], "-S", ".", "-B", "build", "-DCMAKE_PREFIX_PATH=" + self.prefix,
            "-DCMAKE_C_COMPILER=" + os.environ["C_COMPILER"])
        if status == 0:
            status, printed = self.run_here(os.environ["CMAKE"], "--build", "build")
        return status, printed

    def ctest(self, *options, command=()):
        return self.run_here(*command, os.environ["CTEST"], "--test-dir", "build", "--output-on-failure",
                             *options)

    def test_a_test_that_leaks_fails_and_is_named(self):
        self.assertEqual(self.project("""
finleak_test(NAME closes COMMAND asks +one)
finleak_test(NAME suite/leaks COMMAND asks one)
""")[0], 0)
        status, printed = self.ctest()
        self.assertNotEqual(status, 0)
        self.assertRegex(printed, r"closes \.+ +Passed")
        self.assertRegex(printed, r"suite/leaks \.+\*\*\*Failed")
        self.assertIn("eof-unclosed: 1 socket at asks.c:47 in main()", printed)
        # Recorded again with each run.
        folder = os.path.join(self.work, "build", "finleak", "suite_leaks")
        self.ctest()
        self.assertEqual(len([name for name in os.listdir(folder) if name.startswith("asks.") and
                              name.endswith(".finleak")]), 1)
        self.assertNotIn("earlier", self.ctest()[1])

    def test_the_label_is_the_name_of_the_test(self):
        self.write("plain.c", '#include "connections.h"\nint main(void) '
                              "{ return read_to_end(open_connection()); }\n")
        self.project("add_executable(plain plain.c)\nfinleak_test(NAME suite/leaks COMMAND plain)\n")
        status, printed = self.ctest()
        self.assertNotEqual(status, 0)
        self.assertIn("Leaked by suite/leaks.", printed)

    def test_arguments_reach_finleak(self):
        self.write("known", "leak:^read_to_end$\n")
        self.assertEqual(self.project("""
finleak_test(NAME suppressed COMMAND asks one SUPPRESSIONS known)
finleak_test(NAME other_class COMMAND asks one CLASSES late-close held-elsewhere)
finleak_test(NAME this_class COMMAND asks one CLASSES late-close eof-unclosed ERROR_EXITCODE 7)
finleak_test(NAME young COMMAND asks one MIN_HELD 1h)
finleak_test(NAME elsewhere COMMAND asks one WORKING_DIRECTORY known_here OPTIONS -f github)
""")[0], 0)
        self.write("known_here/finleak.toml", 'suppressions = ["../known"]\n')
        status, printed = self.ctest()
        self.assertNotEqual(status, 0)
        self.assertIn("80% tests passed, 1 tests failed out of 5", printed)
        self.assertRegex(printed, r"this_class \.+\*\*\*Failed")

    def test_the_status_and_the_output_of_the_test_are_kept(self):
        self.project("finleak_test(NAME fails COMMAND false)\n"
                     "set_tests_properties(fails PROPERTIES WILL_FAIL ON)\n")
        self.assertEqual(self.ctest()[0], 0)

    def test_one_run_around_all_tests_names_them(self):
        self.write("plain.c", '#include "connections.h"\nint main(void) '
                              "{ return read_to_end(open_connection()); }\n")
        self.project("""
add_executable(plain plain.c)
add_test(NAME first COMMAND plain)
add_test(NAME second COMMAND plain)
finleak_label_tests()
""")
        status, printed = self.ctest(command=(which_test.commands.FINLEAK, "run", "-e", "9"))
        self.assertEqual(status, 9, printed)
        self.assertIn("Leaked by first, second.", printed)

    def blocks(self, language):
        """(page, text) of each block in LANGUAGE that docs/ shows."""
        found = []
        for path in sorted(glob.glob(os.path.join(which_test.HERE, "../../docs/*.md"))):
            with open(path, encoding="utf-8") as page:
                found += [(os.path.basename(path), text) for text in
                          re.findall(r"^```%s\n(.*?)^```$" % language, page.read(), re.M | re.S)]
        self.assertTrue(found, language)
        return found

    def test_what_the_pages_show_of_cmake_configures(self):
        self.write("server_test.c", "int main(void) { return 0; }\n")
        self.write("known_leaks", "# none\n")
        for page, text in self.blocks("cmake"):
            with self.subTest(page):
                if "add_executable(server_test" not in text:
                    text = "add_executable(server_test server_test.c)\n" + text
                status, printed = self.project(text)
                self.assertEqual(status, 0, printed)
                status, printed = self.ctest()
                self.assertEqual(status, 0, printed)

    def test_what_the_pages_show_of_c_compiles(self):
        prelude = """#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
%s
extern void reads_a_request(void **), answers(void **), exercise(int);
extern int start_server(void **), stop_server(void **), server;
"""
        for number, (page, text) in enumerate(self.blocks("c")):
            with self.subTest(page):
                if text.startswith("#include <cmocka.h>"):
                    includes = "".join(re.findall(r"#include .*\n", text))
                    source = prelude % includes + re.sub(r"#include .*\n", "", text)
                else:
                    source = (prelude % "#include <finleak.h>") + "int test(void)\n{\n" + text + \
                        "return 0;\n}\n"
                name = "shown%d.c" % number
                self.write(name, source)
                status, printed = self.run_here(
                    os.environ["C_COMPILER"], "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable",
                    "-I" + os.path.join(self.prefix, "include"), "-c", name, "-o", name + ".o")
                self.assertEqual(status, 0, printed)

    def test_a_mistake_is_reported_when_the_project_is_configured(self):
        for lines, words in (("finleak_test(NAME x COMAND asks)", "unknown arguments: COMAND;asks"),
                             ("finleak_test(COMMAND asks)", "NAME and COMMAND are needed")):
            status, printed = self.project(lines)
            self.assertNotEqual(status, 0)
            self.assertIn(words, printed)


if __name__ == "__main__":
    unittest.main()
