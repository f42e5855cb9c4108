# SPDX-License-Identifier: MIT
"""What finleak keeps of the debug information it has read: where, and that it changes no report."""
import os
import shutil
import unittest

import commands


class Cache(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = commands.folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = cls.folder.name
        cls.recordings = os.path.join(cls.work, "recordings")
        commands.finleak("run", "-d", cls.recordings, "--",
                         *commands.sample_command("after_eof"))

    def setUp(self):
        self.home = os.path.join(self.work, "home")
        self.base = os.path.join(self.work, "base")
        os.mkdir(self.home)
        os.mkdir(self.base)
        self.addCleanup(shutil.rmtree, self.home)
        self.addCleanup(shutil.rmtree, self.base)

    def report(self, **changes):
        environ = commands.environment(HOME=self.home, **changes)
        if "FINLEAK_CACHE" not in changes:
            del environ["FINLEAK_CACHE"]
        done = commands.finleak("report", self.recordings, env=environ)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertIn("after_eof.c:", done.stdout)
        return done.stdout

    @staticmethod
    def files(*folder):
        return sorted(os.listdir(os.path.join(*folder)))

    def test_second_report_is_the_same(self):
        first = self.report(XDG_CACHE_HOME=self.base)
        made = self.files(self.base, "finleak")
        self.assertTrue(made)
        self.assertTrue(all(name.endswith(".frames") for name in made), made)
        self.assertEqual(self.report(XDG_CACHE_HOME=self.base), first)
        self.assertEqual(self.files(self.base, "finleak"), made)
        self.assertEqual(self.files(self.home), [])
        shutil.rmtree(os.path.join(self.base, "finleak"))
        self.assertEqual(self.report(XDG_CACHE_HOME=self.base), first)

    def test_default_is_below_home(self):
        self.report(XDG_CACHE_HOME="")
        self.assertTrue(self.files(self.home, ".cache", "finleak"))

    def test_can_be_switched_off(self):
        self.report(XDG_CACHE_HOME=self.base, FINLEAK_CACHE="")
        self.assertEqual(self.files(self.home) + self.files(self.base), [])

    def test_damage_and_missing_rights_are_no_errors(self):
        first = self.report(XDG_CACHE_HOME=self.base)
        for name in self.files(self.base, "finleak"):
            with open(os.path.join(self.base, "finleak", name), "r+b") as file:
                file.seek(0)
                file.write(os.urandom(4096))
        self.assertEqual(self.report(XDG_CACHE_HOME=self.base), first)
        self.assertEqual(self.report(XDG_CACHE_HOME="/proc/self"), first)

    def test_source_prefix_is_no_part_of_it(self):
        self.report(XDG_CACHE_HOME=self.base)
        environ = commands.environment(HOME=self.home, XDG_CACHE_HOME=self.base)
        del environ["FINLEAK_CACHE"]
        done = commands.finleak("report", "-f", "json", "--source-prefix=/=/moved/",
                                self.recordings, env=environ)
        self.assertIn('"file": "/moved/', done.stdout)


if __name__ == "__main__":
    unittest.main()
