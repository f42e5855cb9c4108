# SPDX-License-Identifier: MIT
"""Maps of code that was made at run time (/tmp/perf-PID.map): kept, used and removed."""
import glob
import os
import platform
import subprocess
import sys
import unittest

import commands

PROGRAM = os.environ["FINLEAK_CODE_AT_RUN_TIME"]
LIBRARY = os.environ["FINLEAK_LIBRARY"]
ADDED = "--perf-basic-prof-only-functions --interpreted-frames-native-stack"


def maps_in(folder):
    return glob.glob(os.path.join(folder, "*.map"))


def pids_of(recordings):
    return [int(name.split(".")[-3]) for name in glob.glob(os.path.join(recordings, "*.finleak"))]


def map_in_tmp(pid):
    return "/tmp/perf-%d.map" % pid


class CodeMaps(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.recordings = os.path.join(folder.name, "recordings")
        self.work = os.path.join(folder.name, "work")
        os.mkdir(self.work)

    def run_recorded(self, command, *options, **changes):
        done = commands.finleak("run", "-d", self.recordings, "-f", "json", "-o",
                                self.recordings + ".json", *options, "--", *command,
                                env=commands.environment(**changes), cwd=self.work)
        for pid in pids_of(self.recordings):
            self.addCleanup(lambda name: os.path.exists(name) and os.unlink(name), map_in_tmp(pid))
        return done

    def document(self):
        return commands.load_report(self.recordings + ".json")

    def check_named(self, document):
        leak, = commands.leaks_of(document, "eof-unclosed")
        self.assertEqual((leak["site"]["function"], leak["site"]["file"]), ("serve", "/srv/app.py"))
        self.assertEqual([f["function"] for f in leak["stacks"]["eof"]][:3],
                         ["read_end", "serve", "main"])

    def needs_frames(self):
        if platform.machine() != "x86_64":
            self.skipTest("the program's code is for x86_64")

    def test_kept_with_recordings(self):
        self.needs_frames()
        done = self.run_recorded([PROGRAM], "--own=*.py")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("node", done.stderr)
        self.check_named(self.document())
        pid, = pids_of(self.recordings)
        # It is not finleak that asked for it.
        self.assertTrue(os.path.exists(map_in_tmp(pid)))
        self.assertEqual(len(maps_in(self.recordings)), 1)
        os.unlink(map_in_tmp(pid))
        self.check_named(commands.report(self.recordings, "--own=*.py")[1])

    def test_preload_alone(self):
        self.needs_frames()
        environ = commands.environment(LD_PRELOAD=LIBRARY,
                                       FINLEAK_OPTIONS="recordings=" + self.recordings)
        subprocess.run([PROGRAM], env=environ, check=True)
        pid, = pids_of(self.recordings)
        self.addCleanup(os.unlink, map_in_tmp(pid))
        self.check_named(commands.report(self.recordings, "--own=*.py")[1])
        self.assertEqual(maps_in(self.recordings), [])

    def node(self, *options, **changes):
        script = os.path.join(commands.SOURCES, "node_server.js")
        commands.needs("node")
        return self.run_recorded(["node", script], *options, **changes)

    def sites(self):
        return [leak["site"]["function"] for leak in commands.leaks_of(self.document())]

    def test_node_is_asked_and_tidied(self):
        done = self.node()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("node runs with " + ADDED, done.stderr)
        self.assertEqual(self.sites(), ["echo"])
        pids = pids_of(self.recordings)
        self.assertEqual([pid for pid in pids if os.path.exists(map_in_tmp(pid))], [])
        self.assertEqual(len(maps_in(self.recordings)), len(set(pids)))
        self.assertEqual(os.listdir(self.work), [])

    def test_off(self):
        done = self.node("--script-frames=off")
        self.assertNotIn("node runs with", done.stderr)
        self.assertEqual(maps_in(self.recordings), [])
        self.assertEqual(len(self.sites()), 1)
        self.assertNotEqual(self.sites(), ["echo"])

    def test_users_own_options_stay(self):
        self.node(NODE_OPTIONS="--perf-basic-prof")
        self.assertEqual(self.sites(), ["echo"])
        for pid in set(pids_of(self.recordings)):
            self.assertTrue(os.path.exists(map_in_tmp(pid)))

    def test_what_is_no_switch(self):
        done = commands.finleak("run", "--script-frames=maybe", "--", "true")
        self.assertEqual(done.returncode, 125)
        self.assertIn("--script-frames takes on or off, not 'maybe'", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
