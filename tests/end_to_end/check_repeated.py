# SPDX-License-Identifier: MIT
"""A report repeats what `finleak run` reported: by which options it judged is stored with the recordings.
Folders that were used before, that are links or another user's are not used silently."""
import os
import pwd
import signal
import subprocess
import sys
import unittest

import commands

LEAKER = os.environ["FINLEAK_LEAKER"]
STATIC_LEAKER = os.environ.get("FINLEAK_STATIC_LEAKER", "")


class Repeated(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        self.count = 0

    def path(self, *names):
        return os.path.join(self.work, *names)

    def run_leaker(self, folder, *options, command=(LEAKER,)):
        """Returns the status, the report and what was printed on stderr."""
        self.count += 1
        output = self.path("report%d.json" % self.count)
        done = commands.finleak("run", "-f", "json", "-o", output, "-d", folder, *options, "--",
                                *command)
        document = commands.load_report(output) if os.path.exists(output) else None
        return done.returncode, document, done.stderr

    def leaked(self, paths, *options):
        status, document, errors = commands.report(paths, *options)
        self.assertIsNotNone(document, errors)
        return status, document["summary"]["leaked_sockets"]

    def test_min_held(self):
        folder = self.path("r")
        _, document, _ = self.run_leaker(folder, "--min-held=0")
        self.assertEqual(document["summary"]["leaked_sockets"], 2)
        recording, = [self.path("r", name) for name in os.listdir(folder)
                      if name.endswith(".finleak")]
        for paths in folder, recording, self.work:
            self.assertEqual(self.leaked(paths), (0, 2))
        # Unless the report is asked otherwise.
        self.assertEqual(self.leaked(folder, "--min-held=10s"), (0, 0))
        self.assertEqual(self.leaked(folder, "-e", "7", "--min-held=10s"), (0, 0))
        self.assertEqual(self.leaked(folder, "-e", "7", "--min-held=10s", "--strict"), (7, 2))

    def test_strict(self):
        folder = self.path("r")
        self.assertEqual(self.run_leaker(folder, "-e", "7")[0], 7)
        self.assertEqual(self.leaked(folder), (0, 2))
        self.assertEqual(self.leaked(folder, "--min-held=10s"), (0, 0))

    def test_min_held_of_the_run_goes_before_the_gate_of_the_report(self):
        folder = self.path("r")
        self.assertEqual(self.run_leaker(folder, "-e", "7", "--min-held=10s")[0], 0)
        self.assertEqual(self.leaked(folder, "-e", "7"), (0, 0))

    def test_runs_that_differ(self):
        for name, options in ("a", ["--min-held=0"]), ("b", ["--min-held=10s"]):
            self.run_leaker(self.path(name), *options)
        done = commands.finleak("report", self.path("a"), self.path("b"))
        self.assertIn("different options", done.stderr)
        self.assertIn("4 sockets leaked", done.stdout)

    def test_subfolders(self):
        for names in (["service", "one"], ["service", "two", "deep"]):
            self.run_leaker(self.path(*names), "--min-held=0")
        os.symlink(self.path("service", "one"), self.path("service", "link"))
        self.assertEqual(self.leaked(self.path("service")), (0, 4))

    def test_used_folder(self):
        folder = self.path("r")
        self.run_leaker(folder, "--min-held=0")
        _, document, errors = self.run_leaker(folder, "--min-held=0")
        self.assertEqual(document["summary"]["leaked_sockets"], 2)
        self.assertIn("holds 1 recording of earlier runs: this report leaves it out", errors)
        done = commands.finleak("report", folder)
        self.assertIn("holds the recordings of 2 runs: the report is on all of them", done.stderr)
        self.assertIn("4 sockets leaked", done.stdout)

    @unittest.skipUnless(STATIC_LEAKER, "no static libc to build a static program with")
    def test_what_an_earlier_run_left_unrecorded(self):
        """It is none of the next run's business, and all of a report's."""
        folder = self.path("r")
        # What the kernel alone knows of its sockets is too young for a leak.
        young = "--min-held=1h"
        run = subprocess.Popen([commands.FINLEAK, "run", young, "-d", folder, "-o", os.devnull, "--",
                                "sh", "-c", '"$0"; true', STATIC_LEAKER], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.stdout.readline(), "ready\n")
        # There is a sample before it is forwarded. The leaker lives until its input ends.
        run.send_signal(signal.SIGTERM)
        run.wait(commands.PATIENCE)
        run.communicate("")
        status, document, errors = self.run_leaker(folder, "-e", "7", young, command=("true",))
        self.assertEqual((status, len(document["processes"])), (0, 1), errors)
        self.assertEqual(commands.report(folder, "-e", "7")[0], 125)

    def test_process(self):
        """By its ID, or that of its `finleak run`."""
        folder = self.path("r")
        run = subprocess.Popen([commands.FINLEAK, "run", "--min-held=0", "-d", folder, "-o",
                                os.devnull, "--", "sh", "-c", '"$0"; true', LEAKER],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.stdout.readline(), "ready\n")
        pids = [int(name.split(".")[-3]) for name in os.listdir(folder)
                if name.endswith(".finleak")]
        self.assertGreaterEqual(len(pids), 2)
        for pid in pids + [run.pid]:
            status, document, errors = commands.report(str(pid))
            self.assertEqual(status, 0, errors)
            self.assertEqual(document["summary"]["leaked_sockets"], 2)
            self.assertTrue(document["leaks"][0]["site"])
        done = commands.finleak("scan", "-f", "json", str(run.pid))
        self.assertEqual(done.returncode, 0, done.stderr)
        run.communicate("")

    def test_bare_process(self):
        leaker = subprocess.Popen([LEAKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True)
        self.assertEqual(leaker.stdout.readline(), "ready\n")
        status, document, errors = commands.report(str(leaker.pid))
        self.assertEqual((status, document["summary"]["leaked_sockets"]), (0, 2), errors)
        leaker.communicate("")
        done = commands.finleak("report", str(leaker.pid))
        self.assertEqual(done.returncode, 125)
        self.assertRegex(done.stderr, "no process|no recording|cannot be opened")

    def refused(self, folder, *words, options=()):
        done = commands.finleak("run", "-d", folder, *options, "--", sys.executable, "-c",
                                "print('runs')")
        self.assertEqual((done.returncode, done.stdout), (125, ""))
        for word in words:
            self.assertIn(word, done.stderr)

    def test_links(self):
        os.mkdir(self.path("folder"), 0o700)
        os.symlink("folder", self.path("link"))
        for name in "link", "link/", "link//":
            self.refused(self.path(name), "it is a link")
        self.assertEqual(os.listdir(self.path("folder")), [])
        # Above it they are the user's own business.
        self.assertEqual(self.run_leaker(self.path("link", "below"), command=("true",))[0], 0)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_other_users_folders(self):
        os.mkdir(self.path("folder"), 0o777)
        os.chown(self.path("folder"), pwd.getpwnam("nobody").pw_uid, -1)
        self.refused(self.path("folder"), "it belongs to nobody", "--share-recordings")
        self.assertEqual(os.listdir(self.path("folder")), [])
        self.refused(self.path("folder"), "chmod 1777", options=["--share-recordings"])
        os.chmod(self.path("folder"), 0o1777)
        self.assertEqual(self.run_leaker(self.path("folder"), "--share-recordings",
                                         command=("true",))[0], 0)

    def test_stored_options_are_hostile_input(self):
        folder = self.path("r")
        self.run_leaker(folder, "--min-held=0")
        for text in ('"options": 7', '"options": {"min_held_ns": -1}', '"options": {}',
                     '"options": {"min_held_ns": 1e300, "late_ns": 0, "idle_ns": 0}',
                     '"options": {"min_held_ns": 99999999999999999999, "late_ns": 0, "idle_ns": 0}',
                     '"runs": "many"', '"runs": -3'):
            with open(os.path.join(folder, "run.json"), "w") as file:
                file.write('{"schema": "finleak-run/1", %s}' % text)
            # As without it: by the defaults.
            self.assertEqual(self.leaked(folder), (0, 0), text)


if __name__ == "__main__":
    unittest.main()
