# SPDX-License-Identifier: MIT
"""Which leaks count: suppressions, and how those that don't are shown."""
import json
import os
import unittest

import commands


class Recorded(unittest.TestCase):
    """One leak of four sockets, at a line of serve_connection()."""

    @classmethod
    def setUpClass(cls):
        cls.folder = commands.folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = cls.folder.name
        cls.recordings = os.path.join(cls.work, "recordings")
        commands.finleak("run", "-d", cls.recordings, "-o", os.path.join(cls.work, "run.txt"), "--",
                         *commands.sample_command("after_eof"))

    def written(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def report(self, *options, status=0):
        found, document, errors = commands.report(self.recordings, *options)
        self.assertEqual(found, status, errors)
        commands.check_schema(document)
        return document


class Classes(Recorded):
    def test_only_leaks_of_the_classes_are_reported(self):
        document = self.report("-e", "5", "--class=late-close", "--class=fin-unread")
        self.assertEqual((document["leaks"], document["summary"]["leaked_sockets"]), ([], 0))
        for options in ("--class=eof-unclosed",), ("--class=late-close", "--class=eof-unclosed"):
            self.assertEqual(len(self.report("-e", "5", *options, status=5)["leaks"]), 1)

    def test_a_young_leak_is_of_the_class_that_it_would_have_later(self):
        for name in "eof-unclosed", "exit-unclosed":
            leak, = self.report("--class=" + name, "--min-held=1h", "--strict")["leaks"]
            self.assertEqual((leak["class"], leak["verdict"]), ("exit-unclosed", "leak"))
        self.assertEqual(self.report("--class=fin-unread", "--min-held=1h", "--strict")["leaks"], [])

    def test_no_leaks_of_a_class_is_not_no_leaks(self):
        for names in ["fin-unread"], ["fin-unread", "late-close"]:
            done = commands.finleak("report", *["--class=" + name for name in names], self.recordings)
            self.assertRegex(done.stdout, r"\Afinleak: no leaks of class%s %s: " % (
                "es" if len(names) > 1 else "", ", ".join(names)))
            self.assertNotRegex(done.stdout, r"no leaks (in|:)")

    def test_what_is_left_out_is_not_fixed(self):
        known = self.written("known.json", json.dumps(self.report()))
        self.assertEqual(self.report("--baseline=" + known, "--class=fin-unread")["fixed"], [])

    def test_mistakes(self):
        for options, words in ((["--class=no-such"], "unknown class 'no-such'"),
                               (["--class=late-close", "--baseline=x", "--update-baseline"],
                                "would forget the leaks that --class leaves out")):
            done = commands.finleak("report", *options, self.recordings)
            self.assertEqual(done.returncode, 125)
            self.assertIn(words, done.stderr)


class Suppressions(Recorded):
    def suppressed(self, *lines, status=0):
        path = self.written("suppressions", "".join(line + "\n" for line in lines))
        return self.report("-e", "5", "--suppressions=" + path, status=status)

    def test_kinds(self):
        leak, = self.report()["leaks"]
        for line in ("leak:read_request", "leak:after_eof.c", "leak:/after_eof$", "leak:^main$",
                     "eof:^read_request$", "opened:main", "class:eof-unclosed", "peer:127.0.0.1",
                     "id:" + leak["id"], "leak:read*quest", "leak:*"):
            with self.subTest(line):
                summary = self.suppressed(line)["summary"]
                self.assertEqual((summary["leaked_sockets"], summary["leak_sites"],
                                  summary["suppressed"], summary["by_class"]), (0, 0, 4, {}))
                self.assertIn("no other leaks, 4 sockets suppressed", summary["headline"])
        for line in ("leak:^request", "eof:close", "opened:read_request", "class:fin-unread",
                     "peer:127.0.0.2", "id:0000", "leak:libfinleak"):
            with self.subTest(line):
                summary = self.suppressed(line, status=5)["summary"]
                self.assertEqual((summary["leaked_sockets"], summary["suppressed"]), (4, 0))

    def test_hits_are_counted(self):
        hits = self.suppressed("# known", "leak:read_request", "", "leak:nothing_like_it", "peer:127")
        self.assertEqual([(hit["suppression"], hit["line"], hit["findings"], hit["sockets"])
                          for hit in hits["suppressions"]],
                         [("leak:read_request", 2, 1, 4), ("leak:nothing_like_it", 4, 0, 0),
                          ("peer:127", 5, 1, 4)])
        self.assertEqual(hits["leaks"], [])

    def test_several_files(self):
        first = self.written("first", "leak:nothing_like_it\n")
        second = self.written("second", "class:eof-unclosed\n")
        document = self.report("-e", "5", "--suppressions", first, "--suppressions", second)
        self.assertEqual([hit["file"] for hit in document["suppressions"]], [first, second])

    def test_text(self):
        path = self.written("text", "leak:read_request\nleak:nothing_like_it\n")
        done = commands.finleak("report", "-e", "5", "--suppressions=" + path, self.recordings)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("1. eof-unclosed", done.stdout)
        self.assertRegex(done.stdout, r"\nSuppressions that matched:\n +leak:read_request \(\S+/text:1\): "
                         r"4 sockets of 1\s+finding\n")
        self.assertRegex(done.stdout,
                         r"\nSuppressions that matched nothing:\n +leak:nothing_like_it \(\S+/text:2\)\n")
        done = commands.finleak("report", "-e", "5", "--all", "--suppressions=" + path, self.recordings)
        self.assertEqual(done.returncode, 0)
        self.assertIn("\n1. eof-unclosed [suppressed]: 4 sockets at ", done.stdout)

    def test_all_shows_them(self):
        path = self.written("all", "class:eof\n")
        document = self.report("-e", "5", "--all", "--suppressions=" + path)
        leak, = commands.leaks_of(document)
        self.assertEqual((leak["standing"], leak["suppressed"], leak["suppressed_by"]),
                         ("suppressed", 4, "class:eof"))

    def test_generated_ones_match_again(self):
        done = commands.finleak("report", "--gen-suppressions", self.recordings)
        leak, = self.report("--gen-suppressions")["leaks"]
        comment, line = leak["to_suppress"]
        self.assertIn("\n%s\n%s\n" % (comment, line), done.stdout)
        self.assertRegex(comment, r"\A# eof-unclosed: after_eof\.c:\d+ in serve_connection\(\)\Z")
        self.assertEqual(line, "id:" + leak["id"])
        document = self.suppressed(comment, line)
        self.assertEqual(document["summary"]["suppressed"], 4)
        self.assertEqual(len(document["suppressions"]), 1)

    def test_malformed(self):
        """Nothing starts, nothing is written."""
        path = self.written("malformed", "leak:x\nrace:y\n")
        folder, output = os.path.join(self.work, "never"), os.path.join(self.work, "never.txt")
        for command in (["run", "-d", folder, "--", "touch", output], ["report", self.recordings],
                        ["watch", self.recordings], ["scan", str(os.getpid())]):
            done = commands.finleak(command[0], "--suppressions=" + path, "-o", output, *command[1:])
            self.assertEqual((done.returncode, done.stdout, done.stderr), (125, "", (
                "finleak: %s:2: unknown kind of suppression 'race:': expected leak:, eof:, opened:, "
                "class:, peer:, label: or id:\n" % path)), command)
        self.assertFalse(os.path.exists(folder) or os.path.exists(output))
        done = commands.finleak("run", "--suppressions=" + path + ".none", "--", "touch", output)
        self.assertEqual((done.returncode, done.stderr),
                         (125, "finleak: %s.none: No such file or directory\n" % path))


class Diffs(Recorded):
    def side(self, name, *leaks):
        return self.written(name, json.dumps({"schema": "finleak-report/1", "leaks": [
            {"id": 16 * digit, "class": "fin-unread", "reason": "not-polled", "verdict": "leak",
             "count": count, "where": "%s.c:1 in f()" % digit} for digit, count in leaks]}))

    def test_changes(self):
        old = self.side("old.json", ("a", 3), ("b", 3), ("c", 3), ("d", 3))
        new = self.side("new.json", ("e", 1), ("b", 7), ("d", 3), ("c", 2))
        done = commands.finleak("diff", "-e", "5", old, new)
        self.assertEqual((done.returncode, done.stderr), (5, ""))
        self.assertEqual(done.stdout, """\
finleak: 1 new leak, 1 grown, 1 gone, 1 shrunk, 1 unchanged
  new: fin-unread (not-polled) at e.c:1 in f(), 1 socket
  grown: fin-unread (not-polled) at b.c:1 in f(), 3 to 7 sockets
  gone: fin-unread (not-polled) at a.c:1 in f(), 3 sockets
  shrunk: fin-unread (not-polled) at c.c:1 in f(), 3 to 2 sockets
  unchanged: fin-unread (not-polled) at d.c:1 in f(), 3 sockets
""")
        document = json.loads(commands.finleak("diff", "-f", "json", old, new).stdout)
        self.assertEqual(document["schema"], "finleak-diff/1")
        self.assertEqual(document["summary"],
                         {"new": 1, "grown": 1, "gone": 1, "shrunk": 1, "unchanged": 1})
        self.assertEqual([(leak["change"], leak["id"][0], leak["before"], leak["after"])
                          for leak in document["leaks"]],
                         [("new", "e", 0, 1), ("grown", "b", 3, 7), ("gone", "a", 3, 0),
                          ("shrunk", "c", 3, 2), ("unchanged", "d", 3, 3)])

    def test_gate(self):
        few, many = self.side("few.json", ("a", 3)), self.side("many.json", ("a", 4), ("b", 1))
        none = self.side("none.json")
        for old, new, status in ((few, many, 5), (many, few, 0), (few, few, 0), (none, few, 5),
                                 (few, none, 0), (none, none, 0)):
            self.assertEqual(commands.finleak("diff", "-e", "5", old, new).returncode, status)
            self.assertEqual(commands.finleak("diff", old, new).returncode, 0)

    def test_recordings(self):
        report = os.path.join(self.work, "report.json")
        commands.finleak("report", "-f", "json", "-o", report, self.recordings)
        for old, new in ((report, self.recordings), (self.recordings, report),
                         (self.recordings, self.recordings)):
            done = commands.finleak("diff", "-e", "5", old, new)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"\Afinleak: 0 new leaks, 0 grown, 0 gone, 1 unchanged\n"
                             r"  unchanged: eof-unclosed at after_eof\.c:\d+ in serve_connection\(\), 4 "
                             r"sockets\n\Z")
        done = commands.finleak("diff", "-e", "5", "--suppressions=" + self.written("s", "leak:*\n"),
                                report, self.recordings)
        self.assertIn("0 new leaks, 0 grown, 1 gone", done.stdout)

    def test_cannot_look(self):
        good, output = self.side("good.json"), os.path.join(self.work, "never")
        empty = os.path.join(self.work, "empty")
        os.mkdir(empty)
        for bad, complaint in ((self.written("bad.json", "{\n"), "bad.json:2: not JSON"),
                               (os.path.join(self.work, "missing"), "No such file"),
                               (self.written("text", "text"), "text "), (empty, "no recordings in ")):
            for sides in ((good, bad), (bad, good)):
                done = commands.finleak("diff", "-o", output, *sides)
                self.assertEqual((done.returncode, done.stdout), (125, ""))
                self.assertIn(complaint, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
        self.assertFalse(os.path.exists(output))
        for arguments in ((good,), (good, good, good), ("-f", "github", good, good),
                          ("-f", "json", "-o", output, "-f", "text", good, good)):
            self.assertEqual(commands.finleak("diff", *arguments).returncode, 125)


class Peers(unittest.TestCase):
    """Of a finding a suppression of peers takes single sockets."""

    def test_some_sockets_of_a_finding(self):
        with commands.folder() as work:
            recordings = os.path.join(work, "recordings")
            commands.finleak("run", "-d", recordings, "-o", os.path.join(work, "run.txt"), "--",
                             *commands.sample_command("after_eof"))
            _, document, _ = commands.report(recordings)
            leak, = document["leaks"]
            path = os.path.join(work, "suppressions")
            with open(path, "w") as file:
                print("peer:^%s$" % leak["sockets"][0]["peer"], file=file)
                print("peer:^%s$" % leak["sockets"][1]["peer"], file=file)
            status, document, _ = commands.report(recordings, "-e", "5", "--suppressions=" + path)
            self.assertEqual(status, 5)
            commands.check_schema(document)
            self.assertEqual((document["summary"]["leaked_sockets"], document["summary"]["leak_sites"],
                              document["summary"]["suppressed"]), (2, 1, 2))
            self.assertEqual(document["leaks"][0]["standing"], None)

class Baselines(Recorded):
    """A recording of four sockets, against baselines of more and less."""

    def baseline(self, name, *leaks, schema="finleak-baseline/1"):
        return self.written(name, json.dumps({"schema": schema, "leaks": [
            {"id": leak_id, "class": "eof-unclosed", "verdict": "leak", "count": count, "where": where}
            for leak_id, count, where in leaks]}))

    def leak_id(self):
        return self.report()["leaks"][0]["id"]

    def held_against(self, path, *options, status=0):
        document = self.report("-e", "5", "--baseline=" + path, *options, status=status)
        summary = document["summary"]
        return document, (summary["leaked_sockets"], summary["leak_sites"], summary["baselined"],
                          [leak["standing"] for leak in commands.leaks_of(document)])

    def test_a_report_is_a_baseline(self):
        path = os.path.join(self.work, "report.json")
        self.assertEqual(self.held_against(self.written("none.json", json.dumps(
            {"schema": "finleak-report/1", "leaks": []})), "-o", path, "-f", "json", "-o", "-",
            status=5)[1], (4, 1, 0, ["new"]))
        self.assertEqual(self.held_against(path)[1], (0, 0, 4, ["known"]))

    def test_more_of_a_known_one(self):
        document, found = self.held_against(
            self.baseline("worse", (self.leak_id(), 3, "x.c:1 in f()")), status=5)
        self.assertEqual(found, (1, 1, 3, ["worse"]))
        self.assertEqual(document["summary"]["by_class"], {"eof-unclosed": 1})
        self.assertEqual(self.held_against(self.baseline("fewer", (self.leak_id(), 9, "")))[1],
                         (0, 0, 4, ["known"]))

    def test_fixed(self):
        document, found = self.held_against(
            self.baseline("fixed", ("00000000000000aa", 7, "x.c:1 in f()"), (self.leak_id(), 4, "")))
        self.assertEqual(found, (0, 0, 4, ["known"]))
        self.assertEqual(document["fixed"], [
            {"id": "00000000000000aa", "name": "eof-unclosed at x.c:1 in f()", "count": 7}])

    def test_text(self):
        known = self.baseline("text", (self.leak_id(), 4, ""), ("00000000000000aa", 7, "x.c:1 in f()"))
        done = commands.finleak("report", "-e", "5", "--baseline=" + known, self.recordings)
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith("finleak: no new leaks, 4 sockets known: "), done.stdout)
        self.assertRegex(done.stdout, r"\nKnown leaks in the baseline \(--all shows them\):\n"
                         r"  eof-unclosed \[known\]: 4 sockets at after_eof\.c:\d+ in serve_connection\(\)\n")
        self.assertIn("\nFixed since the baseline:\n  eof-unclosed at x.c:1 in f(): 7 sockets\n",
                      done.stdout)
        self.assertNotIn("1. eof-unclosed", done.stdout)
        for path, kind in ((self.baseline("new"), "[new]"),
                           (self.baseline("one", (self.leak_id(), 1, "")), "[worse, 1 known]")):
            done = commands.finleak("report", "-e", "5", "--baseline=" + path, self.recordings)
            self.assertEqual(done.returncode, 5)
            self.assertIn("\n1. eof-unclosed %s: 4 sockets at " % kind, done.stdout)

    def test_suppressed_leaks_are_not_fixed(self):
        path = self.baseline("both", (self.leak_id(), 4, ""))
        document, found = self.held_against(
            path, "--suppressions=" + self.written("all", "leak:*\n"), "--all")
        self.assertEqual((found, document["fixed"]), ((0, 0, 0, ["suppressed"]), []))

    def test_update(self):
        path = os.path.join(self.work, "updated.json")
        command = ("report", "-e", "5", "-o", "/dev/null", "--baseline=" + path, self.recordings)
        self.assertEqual(commands.finleak(*command).returncode, 125)
        done = commands.finleak(*command, "--update-baseline")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "", "finleak: %s has 1 leak now\n" % path))
        self.assertEqual(commands.finleak(*command).returncode, 0)
        written = commands.load_report(path)
        self.assertEqual(written["schema"], "finleak-baseline/1")
        self.assertEqual([leak["count"] for leak in written["leaks"]], [4])
        os.chmod(path, 0o640)
        self.assertEqual(commands.finleak(*command, "--update-baseline").returncode, 0)
        self.assertEqual(commands.load_report(path), written)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)
        self.assertEqual([name for name in os.listdir(self.work) if name.startswith("updated")],
                         ["updated.json"])

    def test_update_through_a_link(self):
        path, link = self.written("target.json", ""), os.path.join(self.work, "link.json")
        os.unlink(path)
        commands.finleak("report", "-o", "/dev/null", "--baseline=" + path, "--update-baseline",
                         self.recordings)
        os.symlink("target.json", link)
        done = commands.finleak("report", "-o", "/dev/null", "--baseline=" + link,
                                "--update-baseline", self.recordings)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.path.islink(link))
        self.assertEqual(len(commands.load_report(path)["leaks"]), 1)

    def test_what_could_not_be_read_is_not_fixed(self):
        """A damaged recording beside the others leaves the baseline as it is."""
        broken = self.written("broken.finleak", "no recording")
        path = self.baseline("kept", ("00000000000000aa", 7, "x.c:1 in f()"))
        done = commands.finleak("report", "-o", "/dev/null", "--baseline=" + path, "--update-baseline",
                                self.recordings, broken)
        self.assertEqual(done.returncode, 125)
        self.assertEqual(len(commands.load_report(path)["leaks"]), 1)
        self.assertEqual(commands.load_report(path)["leaks"][0]["count"], 7)

    def test_refused(self):
        output = os.path.join(self.work, "never.txt")
        for text, complaint in (("{}\n", ":1: not a report: its schema is neither "),
                                ("{\n\"schema\":\n", ":3: not JSON"), ("", ":1: not JSON")):
            path = self.written("refused.json", text)
            done = commands.finleak("run", "-e", "5", "--baseline=" + path, "--", "touch", output)
            self.assertEqual((done.returncode, done.stdout), (125, ""))
            self.assertTrue(done.stderr.startswith("finleak: " + path + complaint), done.stderr)
        done = commands.finleak("run", "--update-baseline", "--", "touch", output)
        self.assertEqual(done.returncode, 125)
        done = commands.finleak("run", "--baseline=/nonexistent/x", "--update-baseline", "--", "touch",
                                output)
        self.assertEqual((done.returncode, done.stderr),
                         (125, "finleak: cannot write /nonexistent/x: No such file or directory\n"))
        self.assertFalse(os.path.exists(output))

    def test_run(self):
        path = os.path.join(self.work, "run.json")
        command = ["--", *commands.sample_command("after_eof")]
        output = ("-o", os.path.join(self.work, "gate.txt"), "-d", os.path.join(self.work, "gate"))
        done = commands.finleak("run", "-e", "5", *output, "--baseline=" + path, "--update-baseline",
                                *command)
        self.assertEqual(done.returncode, 0, done.stderr)
        output = ("-o", os.path.join(self.work, "gate.txt"), "-d", os.path.join(self.work, "gate2"))
        done = commands.finleak("run", "-e", "5", *output, "--baseline=" + path, *command)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no new leaks, 4 sockets known", done.stderr)


if __name__ == "__main__":
    unittest.main()
