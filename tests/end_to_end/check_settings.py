# SPDX-License-Identifier: MIT
"""Project defaults in finleak.toml: which file, which options, and what is refused."""
import os
import subprocess
import sys
import tempfile
import unittest

import commands

try:
    import tomllib
except ImportError:
    print("skipped: this Python has no tomllib")
    sys.exit(commands.SKIPPED)

NOBODY = 65534


class Settings(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = os.path.realpath(folder.name)
        self.inside = os.path.join(self.work, "one", "two")
        os.makedirs(self.inside)

    def write(self, text, name="finleak.toml"):
        path = os.path.join(self.work, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def finleak(self, *arguments, **environment):
        return commands.finleak(*arguments, cwd=self.inside, env=commands.environment(**environment))

    def shown(self, verb, *options):
        done = self.finleak(verb, "--show-options", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout, tomllib.loads(done.stdout)

    def test_the_nearest_file_counts(self):
        self.write("error-exitcode = 3\n")
        self.assertEqual(self.shown("report")[1]["error-exitcode"], 3)
        nearer = self.write("late = '7s'\n", "one/finleak.toml")
        text, values = self.shown("report")
        self.assertEqual((values["error-exitcode"], values["late"]), (0, "7s"))
        self.assertTrue(text.startswith("# settings: %s\n" % nearer), text)
        self.assertEqual(self.shown("report", "--no-settings")[1]["late"], "10s")
        named = self.write("late = '8s'\n", "other.toml")
        self.assertEqual(self.shown("report", "--settings=" + named)[1]["late"], "8s")

    def test_no_file(self):
        text, values = self.shown("run")
        # A developer's own files above /tmp would be shown.
        self.assertIn("# settings: no finleak.toml\n", text)
        self.assertEqual(values["min-held"], "100ms")

    def test_where_each_comes_from(self):
        path = self.write('min-held = "250ms"\n\nown = ["a*", "b*"]\nall = true\nstrict = false\n'
                          'suppressions = ["known", "/else/where"]\nobserve = "0"\n')
        text, values = self.shown("report", "--late=5s", "--own=c*", "--min-held=1s")
        self.assertEqual((values["min-held"], values["late"], values["own"], values["all"]),
                         ("1s", "5s", ["a*", "b*", "c*"], True))
        self.assertEqual(values["suppressions"], [self.work + "/known", "/else/where"])
        self.assertNotIn("observe", values)
        self.assertEqual(self.shown("run")[1]["observe"], "0")
        for line in ('min-held = "1s"  # command line', '    "a*",  # %s:3' % path,
                     '    "c*",  # command line', "all = true  # %s:4" % path,
                     'idle = "3s"  # default', "strict = false  # default"):
            self.assertIn("\n%s\n" % line, text)
        self.assertIn("\nstrict = true  # implied by error-exitcode\n",
                      self.shown("run", "-e", "3", "--no-settings")[0])

    def test_what_is_shown_is_a_settings_file(self):
        self.write('min-held = "250ms"\nown = ["quote\\"d", "back\\\\slash", "\\u00e4"]\ntop = 3\n')
        text, values = self.shown("report")
        self.write(text)
        self.assertEqual(self.shown("report")[1], values)

    def test_they_hold(self):
        """For run, report and diff, without an option on the command line."""
        self.write('error-exitcode = 7\nsuppressions = "known"\n')
        self.write("leak:nothing_like_it\n", "known")
        recordings = os.path.join(self.work, "recordings")
        output = os.path.join(self.work, "report.json")
        command = ("run", "-d", recordings, "-f", "json", "-o", output, "--",
                   *commands.sample_command("after_eof"))
        self.assertEqual(self.finleak(*command).returncode, 7)
        self.assertEqual(commands.load_report(output)["suppressions"][0]["file"], self.work + "/known")
        self.write("leak:read_request\n", "known")
        self.assertEqual(self.finleak("report", "-o", "/dev/null", recordings).returncode, 0)
        self.assertEqual(self.finleak("report", "-e", "9", "--no-settings", "-o", "/dev/null",
                                      recordings).returncode, 9)
        empty = self.write('{"schema": "finleak-report/1", "leaks": []}', "empty.json")
        self.assertEqual(self.finleak("diff", empty, output).returncode, 7)

    def test_malformed(self):
        """File, line and reason; nothing starts."""
        started = os.path.join(self.work, "started")
        for line, reason in (
                ("x = ", "Error while parsing key-value pair: "), ("foo = 1", "there is no setting 'foo'"),
                ("output = 'x'", "there is no setting 'output'"), ("a.b = 1", "there is no setting 'a'"),
                ("[gate]", "there is no setting 'gate'"), ("late = 5", "late takes a text\n"),
                ("late = ['5s']", "late takes a text\n"), ("all = 'yes'", "all takes true or false\n"),
                ("late = 1979-05-27", "late takes a text\n"), ("top = 1.5", "top takes a whole number\n"),
                ("own = [1]", "own takes a text or a list of texts\n"),
                ("own = [['a']]", "own takes a text or a list of texts\n"),
                ("late = '5x'", "--late takes a duration such as 100ms, 10s or 2m, not '5x'"),
                ("error-exitcode = 256", "--error-exitcode takes a number from 0 to 255"),
                ("late = '1s'\nlate = '2s'", "Error while parsing key-value pair: "),
                ("a=" + "[" * 16000, "Error while parsing value: exceeded maximum nested"),
                ("a." * 8000 + "a=1", "there is no setting 'a'")):
            path = self.write("# first\n%s\n" % line)
            done = self.finleak("run", "--", "touch", started)
            self.assertEqual((done.returncode, done.stdout), (125, ""), line[:80])
            number = 3 if "\n" in line else 2
            self.assertTrue(done.stderr.startswith("finleak: %s:%d: %s" % (path, number, reason)),
                            done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
        self.assertFalse(os.path.exists(started))
        self.assertEqual(self.finleak("run", "--help").returncode, 0)
        self.assertEqual(self.finleak("run", "--no-settings", "--", "touch", started).returncode, 0)

    def test_no_regular_file(self):
        path = os.path.join(self.work, "finleak.toml")
        os.mkfifo(path)
        done = self.finleak("run", "--", "true")
        self.assertEqual((done.returncode, done.stderr),
                         (125, "finleak: %s: it is not a regular file\n" % path))
        os.unlink(path)
        os.symlink("nowhere", path)
        self.assertEqual(self.finleak("run", "--", "true").returncode, 125)
        os.unlink(path)
        self.write("#" * 70000)
        done = self.finleak("run", "--", "true")
        self.assertEqual((done.returncode, done.stderr), (125, "finleak: %s: it is too large\n" % path))

    @unittest.skipIf(os.geteuid(), "files of others need root")
    def test_of_another_user(self):
        """A file that anybody may have put there can't keep a gate quiet."""
        path = self.write('suppressions = ["known"]\n')
        self.write("leak:*\n", "known")
        refused = (125, "finleak: %s: it belongs to another user (uid %d) and is not used: "
                   "--settings=FILE trusts it, --no-settings ignores it\n" % (path, NOBODY))
        os.chown(path, NOBODY, -1)
        for environment, expected in (({}, refused), ({"SUDO_UID": "1"}, refused),
                                      ({"SUDO_UID": str(NOBODY)}, (0, ""))):
            done = self.finleak("report", "--show-options", **environment)
            self.assertEqual((done.returncode, done.stderr), expected)
        self.assertEqual(self.finleak("report", "--show-options", "--settings=" + path).returncode, 0)
        # A link of another user, to a file of one's own.
        os.rename(path, path + ".mine")
        os.chown(path + ".mine", 0, -1)
        os.symlink("finleak.toml.mine", path)
        os.chown(path, NOBODY, -1, follow_symlinks=False)
        done = self.finleak("report", "--show-options")
        self.assertEqual((done.returncode, done.stderr), refused)
        os.chmod(self.work, 0o755)
        os.chown(path, 0, -1, follow_symlinks=False)
        # Root's is everybody's.
        done = subprocess.run(["setpriv", "--reuid", str(NOBODY), "--clear-groups", commands.FINLEAK,
                               "report", "--show-options"], cwd=self.inside, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = commands.finleak("run", "--settings=" + os.devnull, "--show-options", cwd=folder)
        if "without toml++" in found.stderr:
            print("skipped: finleak was built without toml++")
            sys.exit(commands.SKIPPED)
    unittest.main()
