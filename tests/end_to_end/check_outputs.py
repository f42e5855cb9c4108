# SPDX-License-Identifier: MIT
"""Where reports go, what the options of a report change, and that reports agree."""
import fcntl
import json
import os
import re
import struct
import subprocess
import termios
import unittest

import commands

SGR = "\x1b["


class Outputs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = commands.folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = cls.folder.name
        cls.recordings = os.path.join(cls.work, "recordings")
        cls.json = os.path.join(cls.work, "run.json")
        cls.text = os.path.join(cls.work, "run.txt")
        cls.run_done = commands.finleak(
            "run", "-d", cls.recordings, "-f", "json", "-o", cls.json, "-f", "text", "-o", cls.text,
            "--", *commands.sample_command("after_eof"))

    def report(self, *options):
        status, document, errors = commands.report(self.recordings, *options)
        self.assertEqual(status, 0, errors)
        commands.check_schema(document)
        return document

    def test_two_formats_two_files(self):
        commands.check_schema(commands.load_report(self.json))
        with open(self.text) as file:
            text = file.read()
        self.assertIn("eof-unclosed", text)
        self.assertNotIn("eof-unclosed", self.run_done.stdout + self.run_done.stderr)
        self.assertNotIn(SGR, text)

    def test_run_reports_on_stderr(self):
        done = commands.finleak("run", "-d", os.path.join(self.work, "stderr"), "--",
                                *commands.sample_command("after_eof"))
        self.assertIn("eof-unclosed", done.stderr)
        self.assertNotIn("eof-unclosed", done.stdout)
        self.assertIn("listening on", done.stdout)

    def run_noisy(self, name, *options):
        """A program that writes to both streams, and whose last lines have no end."""
        return commands.finleak(
            "run", "-d", os.path.join(self.work, name), *options, "--", "sh", "-c",
            '"$0" >/dev/null; printf "{ out\n\n out"; printf "{ err\n\n err" >&2',
            *commands.sample_command("after_eof"))

    def test_json_can_be_told_from_the_output_of_the_program(self):
        done = self.run_noisy("noisy1", "-f", "json")
        document, = [json.loads(line) for line in done.stderr.splitlines()
                     if line.startswith('{"schema"')]
        commands.check_schema(document)
        self.assertEqual(document["summary"]["leaked_sockets"], 4)
        self.assertEqual(done.stdout, "{ out\n\n out")
        self.assertIn("{ err\n\n err\n", done.stderr)

    # As GitHub's runner takes a line apart, and what it undoes.
    COMMAND = re.compile(r"^::([a-z]+)(?: ([^:]*(?:=[^:]*)?))?::(.*)$", re.M)
    ESCAPES = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}

    def annotations(self, output):
        def unescaped(text):
            return re.sub("%[0-9A-F]{2}", lambda match: self.ESCAPES[match.group()], text)

        for name, properties, data in self.COMMAND.findall(output):
            yield name, {key: unescaped(value) for key, value in (
                item.split("=", 1) for item in properties.split(",") if item)}, unescaped(data)

    def test_github(self):
        number, _ = commands.marked_line("after_eof", "caller")
        source = os.path.realpath(commands.sample_source("after_eof"))
        done = commands.finleak("report", "-f", "github", self.recordings, env=commands.environment(
            GITHUB_WORKSPACE=os.path.dirname(source)))
        (name, properties, data), = self.annotations(done.stdout)
        self.assertEqual(name, "error")
        self.assertEqual(properties, {
            "file": os.path.basename(source), "line": str(number),
            "title": "eof-unclosed: 4 sockets at after_eof.c:%d in serve_connection()" % number})
        self.assertRegex(data, r"\AEOF was read, but the socket was never closed\.\nFix: Call close\(\) ")
        # However PROGRAM's last line ends, the first annotation begins one.
        done = self.run_noisy("noisy3", "-f", "github")
        self.assertEqual([name for name, _, _ in self.annotations(done.stderr)], ["error"])

    def test_dash_is_stdout(self):
        done = self.run_noisy("noisy2", "-f", "json", "-o", "-")
        document, = [json.loads(line) for line in done.stdout.splitlines()
                     if line.startswith('{"schema"')]
        commands.check_schema(document)
        self.assertEqual(done.stderr, "{ err\n\n err")
        done = commands.finleak("report", "-o", "-", self.recordings, cwd=self.work)
        self.assertIn("eof-unclosed", done.stdout)
        self.assertFalse(os.path.exists(os.path.join(self.work, "-")))

    def test_gate_says_where_the_report_is(self):
        """One line; without -e, and where the report itself is on stderr, none."""
        path = os.path.join(self.work, "gate.txt")
        command = ["--", *commands.sample_command("after_eof")]
        done = commands.finleak("run", "-d", os.path.join(self.work, "gate"), "-e", "9", "-o", path,
                                *command)
        self.assertRegex(done.stderr, r"\Afinleak: 4 sockets leaked at 1 site \([^)]*\); "
                         r"the report is in %s\n\Z" % re.escape(path))
        other = os.path.join(self.work, "gate.json")
        done = commands.finleak("run", "-d", os.path.join(self.work, "gates"), "-e", "9", "-f", "text",
                                "-o", path, "-f", "json", "-o", other, "--",
                                *commands.sample_command("after_eof", fixed=True))
        self.assertRegex(done.stderr, r"\Afinleak: no leaks: [^\n]*; the reports are in %s and %s\n\Z"
                         % (re.escape(path), re.escape(other)))
        done = commands.finleak("run", "-d", os.path.join(self.work, "gate2"), "-e", "9", *command)
        self.assertEqual(len(re.findall("the report is in", done.stderr)), 0)

    def test_output_of_the_program_is_untouched(self):
        done = commands.finleak("run", "-d", os.path.join(self.work, "untouched"),
                                "-o", os.path.join(self.work, "untouched.txt"), "--",
                                "sh", "-c", "echo out; echo err >&2")
        self.assertEqual((done.stdout, done.stderr), ("out\n", "err\n"))

    def test_report_goes_to_stdout(self):
        done = commands.finleak("report", self.recordings)
        self.assertIn("eof-unclosed", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_report_leaves_nothing_behind(self):
        home = os.path.join(self.work, "home")
        os.mkdir(home)
        done = commands.finleak("report", self.recordings, cwd=home,
                                env=commands.environment(HOME=home, XDG_CACHE_HOME=home))
        self.assertIn("after_eof.c:", done.stdout)
        self.assertEqual(os.listdir(home), [])

    def test_run_and_report_agree(self):
        at_run, later = commands.load_report(self.json), self.report()
        for document in at_run, later:
            for leak in document["leaks"]:
                leak["sockets"].sort(key=lambda socket: socket["fd"])
        self.assertEqual(at_run["leaks"], later["leaks"])
        self.assertEqual(at_run["summary"], later["summary"])

    def test_id_survives_another_run(self):
        again = os.path.join(self.work, "again")
        commands.finleak("run", "-d", again, "-o", os.path.join(self.work, "again.txt"), "--",
                         *commands.sample_command("after_eof"))
        self.assertEqual([leak["id"] for leak in commands.report(again)[1]["leaks"]],
                         [leak["id"] for leak in self.report()["leaks"]])

    def test_sockets_are_told_apart(self):
        leak, = self.report()["leaks"]
        self.assertEqual(len(leak["sockets"]), leak["count"])
        for key in "fd", "cookie", "peer":
            self.assertEqual(len({socket[key] for socket in leak["sockets"]}), leak["count"])
        for socket in leak["sockets"]:
            self.assertEqual(socket["tcp_state"], "CLOSE_WAIT")
            self.assertEqual(socket["eof_reads"], 1)
            self.assertRegex(socket["local"], r"^127\.0\.0\.1:\d+$")
            self.assertGreaterEqual(socket["held_ms"], 100)
            self.assertLessEqual(socket["opened_ms"], socket["eof_ms"])

    def test_min_held(self):
        """What the report of an EOF shortly before the end is: a note."""
        document = self.report("--min-held=1h")
        self.assertEqual(document["summary"]["leaked_sockets"], 0)
        self.assertEqual(document["leaks"], [])
        note, = self.report("--min-held=1h", "--all")["leaks"]
        self.assertEqual((note["class"], note["verdict"]), ("exit-unclosed", "note"))
        self.assertEqual(commands.finleak("report", "-e", "99", "--min-held=1h",
                                          self.recordings).returncode, 0)

    def test_explain(self):
        text = commands.finleak("report", "--explain", self.recordings).stdout
        leak, = self.report()["leaks"]
        self.assertEqual(leak["because"]["rule"], "eof-unclosed")
        self.assertIn("Rule: eof-unclosed\n", text)
        for fact in leak["because"]["facts"]:
            self.assertIn(fact, " ".join(text.split()))
        self.assertNotIn("Rule:", commands.finleak("report", self.recordings).stdout)

    def test_explain_classes(self):
        listed = commands.finleak("explain").stdout
        self.assertIn("late-close", listed)
        self.assertIn("fin-unread/not-polled", listed)
        names = re.findall(r"^  (\S+) ", listed.split("\n\n")[0], re.M)
        self.assertGreater(len(names), 9)
        for name in names:
            done = commands.finleak("explain", name)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for line in (listed + done.stdout).splitlines():
                self.assertLessEqual(len(line), 80, line)
            for part in "How finleak knows", "How to fix it", "- ":
                self.assertIn(part, done.stdout)
        reasons = set(re.findall(r"^  ([a-z-]+)$", commands.finleak("explain", "fin-unread").stdout, re.M))
        self.assertGreater(len(reasons), 4)
        for name in reasons:
            done = commands.finleak("explain", name)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"\A%s: a reason of .*\bfin-unread\b" % name)
            for part in "How finleak knows", "How to fix it", "fin-unread/":
                self.assertIn(part, done.stdout)
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)
        wrong = commands.finleak("explain", "no-class")
        self.assertEqual((wrong.returncode, wrong.stdout), (125, ""))
        self.assertIn("'no-class'", wrong.stderr)

    def test_source_prefix(self):
        document = self.report("--source-prefix=%s=/elsewhere" % os.path.realpath(commands.SOURCES))
        self.assertEqual(document["leaks"][0]["site"]["file"], "/elsewhere/after_eof.c")

    def test_own(self):
        """With the program's code declared foreign, the site is in what is left."""
        document = self.report("--own=*/libc.so*")
        module = os.path.basename(document["leaks"][0]["site"]["module"])
        self.assertRegex(module, r"^libc\.so")

    def test_color(self):
        for option, colored in ("always", True), ("never", False), ("auto", False):
            done = commands.finleak("report", "--color=" + option, self.recordings)
            self.assertEqual(SGR in done.stdout, colored, option)
        done = commands.finleak("report", self.recordings,
                                env=commands.environment(NO_COLOR="1"))
        self.assertNotIn(SGR, done.stdout)

    def test_help_and_version(self):
        self.assertRegex(commands.finleak("--version").stdout, r"finleak \d+\.\d+")
        for arguments in ["--help"], ["run", "--help"], ["report", "--help"], ["run", "--usage"], \
                ["scan", "--help"]:
            done = commands.finleak(*arguments)
            self.assertEqual(done.returncode, 0)
            self.assertIn("finleak", done.stdout)

    def on_a_terminal(self, columns):
        """The report as a terminal of COLUMNS shows it."""
        outside, inside = os.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with subprocess.Popen([commands.FINLEAK, "report", self.recordings], stdout=inside,
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env=commands.environment(NO_COLOR="1")):
            os.close(inside)
            output = b""
            try:
                while block := os.read(outside, 65536):
                    output += block
            except OSError:  # the other side has closed
                pass
        os.close(outside)
        return output.decode().splitlines()

    def test_width_of_the_terminal(self):
        for columns in 60, 80, 120:
            lines = self.on_a_terminal(columns)
            self.assertIn("leaked at 1 site", lines[0])
            self.assertLessEqual(max(map(len, lines[1:-1])), columns)
        source = os.path.realpath(commands.sample_source("after_eof"))
        frames = [line for line in self.on_a_terminal(60 + len(source)) if "    #0 " in line]
        self.assertTrue(frames)
        for line in frames:
            self.assertIn("  %s:" % source, line)

    def test_all_does_not_advise_all(self):
        held = "--min-held=1h"
        self.assertIn("4 notes (--all shows them).",
                      commands.finleak("report", held, self.recordings).stdout)
        self.assertNotIn("--all", commands.finleak("report", held, "--all", self.recordings).stdout)

    def test_source_lines_around_the_site(self):
        done = commands.finleak("report", self.recordings)
        number, _ = commands.marked_line("after_eof", "caller")
        with open(commands.sample_source("after_eof")) as file:
            lines = file.read().splitlines()
        for near in range(number - 2, number + 3):
            text = " ".join(lines[near - 1].split())
            shown = [" ".join(line.split()) for line in done.stdout.splitlines()]
            # A line that is too long for the report is cut.
            self.assertTrue(any(re.search(r"\b%d\b" % near, line) and
                                (text in line or line.endswith("…") and text[:50] in line)
                                for line in shown), "line %d: %s\n%s" % (near, text, done.stdout))


if __name__ == "__main__":
    unittest.main()
