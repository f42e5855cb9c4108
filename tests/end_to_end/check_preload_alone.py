# SPDX-License-Identifier: MIT
"""LD_PRELOAD without `finleak run`: the folder is created with those above it; one that can't be used
is reported once, with the reason, and the program runs on."""
import os
import pwd
import re
import resource
import shutil
import subprocess
import sys
import unittest

import commands

LEAKER = os.environ["FINLEAK_LEAKER"]
LIBRARY = os.environ["FINLEAK_LIBRARY"]


class PreloadAlone(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        os.chmod(self.work, 0o755)

    def path(self, *names):
        return os.path.join(self.work, *names)

    def run_with(self, options, *command, **more):
        environment = commands.environment(LD_PRELOAD=LIBRARY, **({"FINLEAK_OPTIONS": options}
                                                                  if options else {}))
        return subprocess.run(command or (LEAKER,), env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="surrogateescape", check=False, **more)

    def recorded(self, folder):
        return [name for name in os.listdir(folder) if name.endswith(".finleak")]

    def check_silent(self, done):
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "ready\n", ""))

    def check_refused(self, folder, *words, options="", **more):
        done = self.run_with("recordings=%s%s" % (folder, options), **more)
        self.assertEqual((done.returncode, done.stdout), (0, "ready\n"))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("finleak: nothing is recorded in "), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_folders_above_are_created(self):
        self.check_silent(self.run_with("recordings=" + self.path("a", "b", "c/")))
        self.assertEqual(len(self.recorded(self.path("a", "b", "c"))), 1)
        self.assertEqual(os.stat(self.path("a", "b", "c")).st_mode & 0o777, 0o700)
        self.check_silent(self.run_with("recordings=d/e", cwd=self.work))
        self.assertEqual(len(self.recorded(self.path("d", "e"))), 1)
        self.check_silent(self.run_with(None, cwd=self.work))
        self.assertEqual(len(self.recorded(self.path("finleak-recordings"))), 1)

    @unittest.skipUnless(os.path.exists(os.path.join(commands.SAMPLES, "JavaServer.class"))
                         and shutil.which("java"), "no JDK")
    def test_java_is_named(self):
        self.run_with("recordings=" + self.work, *commands.sample_command("JavaServer"))
        leaks = commands.report(self.work)[1]["leaks"]
        self.assertEqual([(leak["class"], leak["count"], leak["site"]["function"],
                           leak["site"]["line"]) for leak in leaks],
                         [("eof-unclosed", 4, "JavaServer.serve",
                           commands.marked_line("JavaServer", "eof")[0])])

    def test_a_file_in_the_way(self):
        with open(self.path("file"), "w"):
            pass
        self.check_refused(self.path("file"), "not a folder")
        self.check_refused(self.path("file", "below"), "not a folder")

    def test_links(self):
        os.mkdir(self.path("folder"), 0o700)
        os.symlink("folder", self.path("link"))
        self.check_refused(self.path("link"), "it is a link")
        self.check_refused(self.path("link/"), "it is a link")
        self.assertEqual(os.listdir(self.path("folder")), [])
        self.check_silent(self.run_with("share=1:recordings=" + self.path("link")))
        self.assertEqual(len(self.recorded(self.path("folder"))), 1)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_other_users(self):
        os.mkdir(self.path("folder"), 0o777)
        os.chown(self.path("folder"), pwd.getpwnam("nobody").pw_uid, -1)
        self.check_refused(self.path("folder"), "it belongs to another user")
        self.assertEqual(os.listdir(self.path("folder")), [])

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_folder_that_is_not_writable(self):
        os.mkdir(self.path("folder"), 0o500)
        nobody = pwd.getpwnam("nobody")
        os.chown(self.path("folder"), nobody.pw_uid, -1)
        os.chmod(os.path.dirname(os.path.dirname(LIBRARY)), 0o755)
        if subprocess.run(["test", "-r", LIBRARY], user="nobody", check=False).returncode:
            self.skipTest("another user can't read the recorder")
        self.check_refused(self.path("folder"), "permission denied", user="nobody")

    def test_what_is_no_fault_of_the_folder(self):
        """A full disk, or a limit: the program prints what it prints bare."""
        self.check_silent(self.run_with("recordings=" + self.path("folder"), preexec_fn=lambda: (
            resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)))))
        self.assertEqual(self.recorded(self.path("folder")), [])

    def test_once_for_all_processes(self):
        with open(self.path("file"), "w"):
            pass
        done = self.run_with("recordings=" + self.path("file"), "sh", "-c",
                             "sh -c 'true; ls /; true'; true")
        self.assertEqual(done.stderr.count("nothing is recorded"), 1, done.stderr)

    def test_names_are_escaped(self):
        with open(self.path("file"), "w"):
            pass
        evil = "\x1b[31m\n\x07"
        done = self.run_with("recordings=%s%s" % (self.path("file", "x"), evil))
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertFalse(re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.stderr), ascii(done.stderr))
        self.assertIn(r"\x1b[31m\x0a\x07", done.stderr)
        done = self.run_with("recordings=%s:no%ssuch=1" % (self.path("r"), evil))
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn(r"'no\x1b[31m\x0a\x07such' is ignored", done.stderr)
        self.assertEqual((done.returncode, len(self.recorded(self.path("r")))), (0, 1))

    def test_run_reports_that_itself(self):
        """Nothing is added to what PROGRAM prints."""
        done = commands.finleak("run", "-d", self.path("r"), "--", sys.executable, "-c", """
import os, shutil, subprocess, sys
shutil.rmtree(sys.argv[1])
open(sys.argv[1], "w").close()
subprocess.run([sys.argv[2]], stdin=subprocess.DEVNULL)
""", self.path("r"), LEAKER)
        self.assertNotIn("nothing is recorded", done.stderr)


if __name__ == "__main__":
    unittest.main()
