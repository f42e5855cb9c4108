# SPDX-License-Identifier: MIT
"""Which recorder `finleak run` chooses, and that it prints why; what attach and it store of a run."""
import json
import os
import subprocess
import sys
import unittest

import attaching
import commands


def refused(errors):
    return any(refusal in errors for refusal in attaching.REFUSALS)


class WhichRecorder(attaching.Recorded):
    def build(self, name, *flags):
        """A program that opens no socket and ends with status 3."""
        source, program = os.path.join(self.work, name + ".c"), os.path.join(self.work, name)
        with open(source, "w") as file:
            file.write("int main(void) { return 3; }\n")
        commands.needs("gcc")
        built = subprocess.run(["gcc", *flags, source, "-o", program], stderr=subprocess.PIPE,
                               text=True)
        if built.returncode:
            self.skipTest("gcc %s: %s" % (flags, built.stderr))
        return program

    def run_finleak(self, *arguments, launcher=(), **environment):
        done = subprocess.run([*launcher, commands.FINLEAK, "run", "-d", self.recordings,
                               *arguments], text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**commands.environment(), **environment},
                              timeout=commands.PATIENCE)
        return done.returncode, done.stderr

    def run_recorded(self, *arguments, **environment):
        status, errors = self.run_finleak(*arguments, **environment)
        if refused(errors):
            self.skipTest(errors)
        return status, errors

    def test_a_static_program_is_recorded_from_the_kernel_and_the_reason_is_named(self):
        program = self.build("fixed", "-static")
        status, errors = self.run_recorded("--", program)
        self.assertEqual(status, 3, errors)
        self.assertIn("recording from the kernel: %s is statically linked\n" % program, errors)

    def test_a_missing_library_is_no_reason_to_record_from_the_kernel(self):
        program = self.build("dynamic")
        missing = os.path.join(self.work, "libfinleak.so")
        status, errors = self.run_finleak("--", program, FINLEAK_LIBRARY=missing)
        self.assertEqual(status, 125, errors)
        self.assertIn("libfinleak.so was not found", errors)
        self.assertNotIn("from the kernel", errors)

    def test_where_neither_recorder_can_both_reasons_are_given(self):
        program = self.build("fixed", "-static")
        powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
        if os.geteuid() or subprocess.run(powerless + ["true"]).returncode:
            self.skipTest("capabilities can't be dropped")
        status, errors = self.run_finleak("--", program, launcher=powerless)
        self.assertEqual(status, 125, errors)
        self.assertIn("is statically linked", errors)
        self.assertTrue(refused(errors), errors)

    def stored(self):
        with open(os.path.join(self.recordings, "run.json")) as file:
            return json.load(file)

    def test_what_is_recorded_from_the_kernel_stores_its_options(self):
        program = self.build("dynamic")
        judged = ["--strict", "--min-held=7s"]
        self.run_recorded(*judged, "--recorder=preload", "--", program)
        expected = self.stored()
        self.recordings += ".kernel"
        self.run_recorded(*judged, "--recorder=kernel", "--", program)
        self.assertEqual(self.stored()["options"], expected["options"])

    def test_attach_stores_its_options(self):
        self.recordings += ".attached"
        with attaching.Program(["true"]) as program:
            with attaching.Attached([program.pid], "--late=9s", "-d", self.recordings,
                                    "-o", os.path.join(self.work, "report")) as attached:
                program.go()
                self.assertEqual(attached.wait(), 0, attached.err)
        self.assertIn(9_000_000_000, self.stored()["options"].values())


if __name__ == "__main__":
    unittest.main(verbosity=2)
