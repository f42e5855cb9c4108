# SPDX-License-Identifier: MIT
"""Reports on recordings that are several, bad, or made without `finleak run`."""
import glob
import os
import stat
import struct
import subprocess
import unittest

import commands

SUFFIX = ".finleak"
VERSION_OFFSET = 8  # of header.version, behind the magic
LEAKS_EACH = 4      # after_eof's peers


class Recordings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.template = commands.folder()
        cls.addClassCleanup(cls.template.cleanup)
        cls.recorded = os.path.join(cls.template.name, "recordings")
        commands.finleak("run", "-d", cls.recorded, "-o", os.path.join(cls.template.name, "report"),
                         "--", *commands.sample_command("after_eof"))

    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        self.recordings = os.path.join(self.work, "recordings")
        # Recordings are sparse: far larger than what they hold.
        subprocess.run(["cp", "-r", "--sparse=always", self.recorded, self.recordings], check=True)
        files = sorted(glob.glob(os.path.join(self.recordings, "*" + SUFFIX)))
        self.assertTrue(files, os.listdir(self.recordings))
        self.recording = files[0]

    def leaked(self, *paths, status=0):
        done_status, document, errors = commands.report(list(paths))
        self.assertEqual(done_status, status, errors)
        self.assertIsNotNone(document, errors)
        commands.check_schema(document)
        return document["summary"]["leaked_sockets"]

    # Several

    def test_folder_and_files(self):
        files = glob.glob(os.path.join(self.recordings, "*" + SUFFIX))
        self.assertEqual(self.leaked(self.recordings), LEAKS_EACH)
        self.assertEqual(self.leaked(*files), LEAKS_EACH)

    def test_named_twice(self):
        """A shell's glob beside the folder: each counts once."""
        files = glob.glob(os.path.join(self.recordings, "*" + SUFFIX))
        once = commands.report([self.recordings])[1]
        twice = commands.report([self.recordings, *files])[1]
        self.assertEqual(twice["summary"], once["summary"])
        self.assertEqual(len(twice["processes"]), len(once["processes"]))

    def test_two_folders(self):
        second = os.path.join(self.work, "second")
        commands.finleak("run", "-d", second, "-o", os.path.join(self.work, "report"), "--",
                         *commands.sample_command("after_eof"))
        self.assertEqual(self.leaked(self.recordings, second), 2 * LEAKS_EACH)
        document = commands.report([self.recordings, second])[1]
        # The same defect of the same program is one finding.
        self.assertEqual([leak["count"] for leak in document["leaks"]], [2 * LEAKS_EACH])

    def test_one_folder_for_two_runs(self):
        commands.finleak("run", "-d", self.recordings, "-o", os.path.join(self.work, "report"),
                         "--", *commands.sample_command("after_eof"))
        self.assertEqual(self.leaked(self.recordings), 2 * LEAKS_EACH)

    # Bad

    def put(self, name, content):
        path = os.path.join(self.recordings, name + SUFFIX)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def start_of_recording(self, size):
        with open(self.recording, "rb") as file:
            return file.read(size)

    def assert_named_and_others_reported(self, bad):
        status, document, errors = commands.report(self.recordings)
        self.assertEqual(status, 125, errors)
        self.assertEqual(len(errors.splitlines()), 1, errors)
        self.assertTrue(errors.startswith("finleak: "), errors)
        self.assertIn(os.path.basename(bad), errors)
        commands.check_schema(document)
        self.assertEqual(document["summary"]["leaked_sockets"], LEAKS_EACH)
        return errors

    def test_empty(self):
        self.assert_named_and_others_reported(self.put("empty", b""))

    def test_foreign(self):
        self.assert_named_and_others_reported(self.put("foreign", b"not one of ours\n" * 4096))

    def test_cut(self):
        for size in 1, 100, 4096:
            with self.subTest(size=size):
                self.assert_named_and_others_reported(self.put("cut", self.start_of_recording(size)))

    def test_newer_version(self):
        path = os.path.join(self.recordings, "later" + SUFFIX)
        subprocess.run(["cp", "--sparse=always", self.recording, path], check=True)
        with open(path, "r+b") as file:
            file.seek(VERSION_OFFSET)
            file.write(struct.pack("=I", 99))
        self.assertIn("newer", self.assert_named_and_others_reported(path))

    def test_unreadable_kind_of_file(self):
        path = os.path.join(self.recordings, "folder" + SUFFIX)
        os.mkdir(path)
        self.assert_named_and_others_reported(path)

    def test_all_bad(self):
        path = os.path.join(self.work, "alone" + SUFFIX)
        with open(path, "wb") as file:
            file.write(b"nothing")
        status, _, errors = commands.report(path)
        self.assertEqual(status, 125)
        self.assertIn(path, errors)

    def test_a_bad_one_goes_before_error_exitcode(self):
        self.put("empty", b"")
        self.assertEqual(commands.report(self.recordings, "-e", "99")[0], 125)

    def test_other_files_are_left_alone(self):
        with open(os.path.join(self.recordings, "notes.txt"), "w") as file:
            file.write("not a recording and not named like one\n")
        self.assertEqual(self.leaked(self.recordings), LEAKS_EACH)

    # Without `finleak run`

    def preload(self, options=None):
        more = {"LD_PRELOAD": os.environ["FINLEAK_LIBRARY"]}
        if options is not None:
            more["FINLEAK_OPTIONS"] = options
        return subprocess.run(commands.sample_command("after_eof"), cwd=self.work, text=True,
                              env=commands.environment(**more), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=commands.PATIENCE)

    def test_preload_alone(self):
        done = self.preload()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        made = os.path.join(self.work, "finleak-recordings")
        self.assertEqual(stat.S_IMODE(os.stat(made).st_mode), 0o700)
        self.assertEqual(self.leaked(made), LEAKS_EACH)

    def test_preload_with_options(self):
        made = os.path.join(self.work, "made")
        done = self.preload("recordings=%s:frames=2" % made)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.leaked(made), LEAKS_EACH)
        stacks = commands.report(made)[1]["leaks"][0]["stacks"].values()
        # Two frames, and what was inlined into them.
        self.assertTrue(all(sum(not frame["inlined"] for frame in stack) <= 2 for stack in stacks))

    def test_bad_option_warns_once(self):
        made = os.path.join(self.work, "made")
        done = self.preload("recordings=%s:no-such-option=1" % made)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("no-such-option", done.stderr)
        self.assertEqual(self.leaked(made), LEAKS_EACH)


if __name__ == "__main__":
    unittest.main()
