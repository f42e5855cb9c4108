# SPDX-License-Identifier: MIT
"""Which test leaked, by labels (FINLEAK_LABEL, finleak_label()), in every format that has a place for
it; and a program that asks about itself by finleak.h."""
import json
import os
import re
import subprocess
import unittest
import xml.etree.ElementTree

import which_test
from which_test import commands

ASKS = which_test.program("asks")


class Labels(which_test.Test):
    def recorded(self, *labels, **environment):
        # However fast the machine is.
        done = self.finleak("run", "-d", "recordings", "-o", "report.txt", "--min-held=0ms", "--", ASKS,
                            *labels, **environment)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def report(self, form, *options):
        done = self.finleak("report", "-f", form, *options, "recordings")
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def document(self, *options):
        document = json.loads(self.report("json", *options))
        commands.check_schema(document)
        return document

    def test_a_finding_names_its_labels_the_most_first(self):
        self.recorded("test_one", "+closes", "test_two", "test_two")
        leak, = self.document()["leaks"]
        self.assertEqual(leak["labels"], [{"label": "test_two", "count": 2},
                                          {"label": "test_one", "count": 1}])
        self.assertEqual(sorted((socket["opened_label"], socket["ended_label"])
                                for socket in leak["sockets"]),
                         [(name, name) for name in ("test_one", "test_two", "test_two")])
        self.assertIn("Leaked by test_two (2), test_one.", self.report("text"))
        self.assertIn("%0ALeaked by test_two (2), test_one.\n", self.report("github"))
        result, = json.loads(self.report("sarif"))["runs"][0]["results"]
        self.assertTrue(result["message"]["text"].endswith(" Leaked by test_two (2), test_one."), result)

    def test_the_environment_labels_what_asks_nobody(self):
        done = self.finleak("run", "-d", "recordings", "-o", "report.txt", "--min-held=0ms", "--",
                            commands.sample_command("after_eof")[0], FINLEAK_LABEL="suite/case é")
        self.assertEqual(done.returncode, 0, done)
        leak, = self.document()["leaks"]
        self.assertEqual([label["label"] for label in leak["labels"]], ["suite/case é"])

    def test_without_labels_nothing_is_said(self):
        self.recorded("")
        leak, = self.document()["leaks"]
        self.assertEqual(leak["labels"], [])
        self.assertIsNone(leak["sockets"][0]["opened_label"])
        self.assertNotIn("Leaked by", self.report("text"))

    def test_junit_has_a_suite_for_each_label(self):
        self.recorded("test_one", "", "test_two", "+closes")
        suites = {suite.get("name"): suite
                  for suite in xml.etree.ElementTree.fromstring(self.report("junit"))}
        self.assertEqual({name for name in suites if " (pid " not in name}, {"test_one", "test_two"})
        for name in "test_one", "test_two":
            self.assertEqual(suites[name].get("failures"), "1")
            self.assertIn("in main()", suites[name].find("testcase").get("name"))

    def test_a_suppression_keeps_quiet_about_one_test(self):
        self.recorded("test_one", "test_two", "test_two", "")
        self.write("known", "label:^test_two$\n")
        document = self.document("--suppressions=known")
        self.assertEqual((document["summary"]["leaked_sockets"], document["summary"]["suppressed"]), (2, 2))
        self.write("known", "label:^test_two$\nlabel:one\nlabel:no_such\n")
        document = self.document("--suppressions=known")
        self.assertEqual([hit["sockets"] for hit in document["suppressions"]], [2, 1, 0])
        self.assertEqual(document["summary"]["leaked_sockets"], 1)

    def test_hostile_labels_stay_text(self):
        label = "\x1b[31m<b>&\"'|%0A::error::\n\\"
        self.recorded(label)
        leak, = self.document()["leaks"]
        self.assertEqual(leak["labels"][0]["label"], label)
        for form in "text", "github", "sarif", "junit", "html":
            with self.subTest(form):
                report = self.report(form)
                self.assertFalse("\x1b" in report)
                self.assertFalse(form in ("junit", "html") and "<b>" in report)
                self.assertFalse(re.search(r"(?m)^::error::", report))
        xml.etree.ElementTree.fromstring(self.report("junit"))


class Asks(which_test.Test):
    def ask(self, *labels, options=(), **environment):
        return self.finleak("run", "-d", "recordings", "-o", "report.txt", *options, "--", ASKS, *labels,
                            **environment)

    def test_a_report_is_on_what_leaked_since_the_checkpoint(self):
        done = self.ask("first", "+second", "third")
        first, rest = done.stdout.split("first: 1 leaked, report 1\n")
        second, rest = rest.split("+second: 0 leaked, report 0\n")
        third, rest = rest.split("third: 1 leaked, report 1\n")
        self.assertEqual(rest, "")
        self.assertIn("Leaked by first.", first)
        self.assertIn("no leaks", second)
        self.assertIn("1 socket leaked at 1 site", third)
        self.assertIn("Leaked by third.", third)
        self.assertNotIn("Leaked by first", third)

    def test_a_report_leaves_out_a_running_relative(self):
        # The child is forked, and leaks, after the checkpoint: its leak is not the parent's.
        done = self.ask("|child")
        self.assertIn("|child: 0 leaked, report 0", done.stdout)

    def test_finleak_is_none_of_the_processes(self):
        done = self.ask("first")
        self.assertRegex(done.stdout, r"1 socket leaked at 1 site \(asks, pid \d+, still running\)")
        document = commands.report(os.path.join(self.work, "recordings"))[1]
        self.assertEqual([process["executable"] for process in document["processes"]], [ASKS])

    def test_what_the_project_suppresses_does_not_count(self):
        with open(os.path.join(self.work, "finleak.toml"), "w") as file:
            file.write('suppressions = ["known"]\n')
        with open(os.path.join(self.work, "known"), "w") as file:
            file.write("leak:^read_to_end$\n")
        self.assertIn("first: 1 leaked, report 0\n", self.ask("first").stdout)

    def test_the_tests_of_the_program_are_judged_as_a_whole_in_the_end(self):
        done = self.ask("first", "+second", options=("-e", "9"))
        self.assertEqual(done.returncode, 9, done)

    def test_without_the_recorder_nothing_happens(self):
        done = subprocess.run([ASKS, "first"], cwd=self.work, text=True, stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(done.stdout, "first: -1 leaked, report -1\n")

    def test_without_finleak_a_report_is_none(self):
        done = self.ask("first", options=())
        self.assertIn("report 1", done.stdout)
        environment = commands.environment(LD_PRELOAD=which_test.LIBRARY, PATH="/nowhere",
                                           FINLEAK_OPTIONS="recordings=" + self.work + "/alone")
        done = subprocess.run([ASKS, "first"], cwd=self.work, env=environment, text=True, timeout=60,
                              stdout=subprocess.PIPE)
        self.assertEqual(done.stdout, "first: 1 leaked, report -1\n")


if __name__ == "__main__":
    unittest.main()
