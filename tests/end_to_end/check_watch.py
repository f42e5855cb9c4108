# SPDX-License-Identifier: MIT
"""`finleak watch`, as plain lines and on the screen of a real terminal."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import unittest

import commands
import terminal

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARY = os.environ["FINLEAK_LIBRARY"]
SAMPLE = "after_eof"
NOBODY = 65534

SITE = r"after_eof\.c:%d in " % commands.marked_line(SAMPLE, "caller")[0]


class Leaky(commands.Server):
    """A server that leaks every connection, with the recorder in it."""

    def __init__(self, recordings, *arguments):
        super().__init__([*commands.sample_command(SAMPLE), "--serve", *arguments],
                         env=commands.environment(LD_PRELOAD=LIBRARY,
                                                  FINLEAK_OPTIONS="recordings=" + recordings))
        self.listens_on = self.port()
        self.pid = self.process.pid

    def leak(self, count=1):
        """Returns when the server has closed its side of nothing, but answered."""
        for _ in range(count):
            with socket.create_connection(("127.0.0.1", self.listens_on),
                                          timeout=commands.PATIENCE) as client:
                client.sendall(b"hello\n")
                assert client.recv(512)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Stuck(commands.Server):
    """A program that is stuck with three connections whose end nobody read."""

    def __init__(self, **environment):
        self.end, self.hold = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(HERE, "stuck_sockets.py"), "not_polled", "3"],
            start_new_session=True, stdin=self.end, text=True, stdout=subprocess.PIPE,
            env=commands.environment(**environment))
        os.close(self.end)
        self.read_line(r"^ready ")
        self.pid = self.process.pid

    def __exit__(self, *arguments):
        os.close(self.hold)
        super().__exit__(*arguments)

    def kill(self):
        self.process.kill()
        self.process.wait()


def watch(*arguments, **more):
    """`finleak watch` in the background, plain."""
    return commands.Server([commands.FINLEAK, "watch", "--interval=50ms", *map(str, arguments)],
                           **more)


class Plain(unittest.TestCase):
    def setUp(self):
        self.folder = self.enter(commands.folder())
        self.recordings = os.path.join(self.folder, "recordings")

    def enter(self, context):
        entered = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return entered

    def check_growth(self, lines, server, name):
        """From nothing to three leaks, to the end of the server."""
        lines.read_line(r"^\d\d:\d\d:\d\d watching .*%s every 50 ms$" % re.escape(name))
        lines.read_line(r" 0 leaked at 0 sites \(\+0")
        server.leak()
        lines.read_line(r" 1 leaked at 1 site \(\+1, [\d.]+/min\)")
        lines.read_line(r"  eof-unclosed 1 \(\+1, [\d.]+/min, oldest .*\) at " + SITE)
        server.leak(2)
        lines.read_line(r" 3 leaked at 1 site \(\+3, [\d.]+/min\)")
        server.kill()
        lines.read_line(r"%s.* ended: 3 sockets leaked at 1 site$" % re.escape(name))
        self.assertEqual((lines.process.stdout.read(), lines.process.stderr.read()), ("", ""))

    def test_folder(self):
        server = self.enter(Leaky(self.recordings))
        lines = self.enter(watch(self.recordings))
        self.check_growth(lines, server, self.recordings)
        self.assertEqual(lines.wait(), 0)

    def test_process(self):
        server = self.enter(Leaky(self.recordings))
        # Whoever else records into the folder is not watched.
        self.enter(Leaky(self.recordings)).leak(2)
        lines = self.enter(watch(server.pid))
        self.check_growth(lines, server, "process %d" % server.pid)
        self.assertEqual(lines.wait(), 0)

    def test_process_without_recorder(self):
        program = self.enter(Stuck())
        lines = self.enter(watch("-e", 7, program.pid))
        lines.read_line(r"watching process %d every .*no recorder.*the kernel alone" % program.pid)
        lines.read_line(r" 3 leaked at 1 site \(\+0, .*CLOSE_WAIT 3.* \d+ of \d+ descriptors")
        lines.read_line(r"  fin-unread \(not-polled\) 3 .* of .*\(pid %d\), local port" % program.pid)
        program.kill()
        lines.read_line(r"process %d has ended: 3 sockets leaked at 1 site$" % program.pid)
        self.assertEqual((lines.wait(), lines.process.stderr.read()), (7, ""))

    def test_the_kernel_is_asked_about_recorded_processes(self):
        program = self.enter(Stuck(LD_PRELOAD=LIBRARY,
                                   FINLEAK_OPTIONS="recordings=" + self.recordings))
        lines = self.enter(watch("-e", 7, program.pid))
        lines.read_line(r"watching process %d every 50 ms$" % program.pid)
        lines.read_line(r" 3 leaked at 1 site .*; CLOSE_WAIT 3.* \d+ of \d+ descriptors")
        lines.read_line(r"  fin-unread \(not-polled\) 3 .* at stuck_sockets\.py:\d+ in ")
        for _ in range(3):
            lines.read_line(r" 3 leaked at 1 site \(\+0, .*; CLOSE_WAIT 3")
        # What only the kernel could show is still known when there is nobody left to ask about.
        program.kill()
        lines.read_line(r"process %d has ended: 3 sockets leaked at 1 site$" % program.pid)
        self.assertEqual((lines.wait(), lines.process.stderr.read()), (7, ""))

    def test_report_and_status_at_the_end(self):
        server = self.enter(Leaky(self.recordings))
        path = os.path.join(self.folder, "report.json")
        lines = self.enter(watch("-e", 9, "-f", "json", "-o", path, self.recordings))
        server.leak()
        lines.read_line(" 1 leaked at 1 site")
        server.kill()
        lines.process.communicate(timeout=commands.PATIENCE)
        self.assertEqual(lines.process.returncode, 9)
        document = commands.load_report(path)
        self.assertEqual(document["summary"]["leaked_sockets"], 1)

    def test_unreadable_recording_is_told_once(self):
        server = self.enter(Leaky(self.recordings))
        with open(os.path.join(self.recordings, "junk.1.1.finleak"), "w") as junk:
            junk.write("junk")
        lines = self.enter(watch(self.recordings))
        for count in (1, 2, 3):
            server.leak()
            lines.read_line(" %d leaked at 1 site" % count)
        server.kill()
        _, errors = lines.process.communicate(timeout=commands.PATIENCE)
        # Once by the first sample, which may still fail, and once since.
        self.assertLessEqual(errors.count("junk.1.1.finleak"), 2, errors)
        self.assertEqual(lines.process.returncode, 125)

    def test_signal(self):
        self.enter(Leaky(self.recordings))
        lines = self.enter(watch(self.recordings))
        lines.read_line("0 leaked")
        lines.process.send_signal(signal.SIGTERM)
        self.assertEqual(lines.wait(), -signal.SIGTERM)

    def test_full_disk(self):
        self.enter(Leaky(self.recordings))
        with open("/dev/full", "w") as full:
            done = subprocess.run([commands.FINLEAK, "watch", self.recordings], stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=commands.PATIENCE)
        self.assertEqual(done.returncode, 125)
        self.assertRegex(done.stderr, r"^finleak: cannot write .*No space left on device\n$")

    def test_names_cannot_steer_a_terminal(self):
        recordings = os.path.join(self.folder, "\033[2Jrecordings")
        server = self.enter(Leaky(recordings))
        lines = self.enter(watch(recordings))
        line = lines.read_line("watching .*").group(0)
        self.assertIn("\\x1b[2Jrecordings", line)
        server.kill()
        rest, errors = lines.process.communicate(timeout=commands.PATIENCE)
        self.assertNotIn("\033", line + rest + errors)

    def assert_refused(self, done, *words):
        self.assertEqual((done.returncode, done.stdout), (125, ""))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in ("finleak: ", *words):
            self.assertIn(word, done.stderr)

    def test_what_cannot_be_watched(self):
        ended = subprocess.Popen(["true"])
        ended.wait()
        self.assert_refused(commands.finleak("watch", str(ended.pid)),
                            "no process %d" % ended.pid)
        zombie = subprocess.Popen(["true"])
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
        self.assert_refused(commands.finleak("watch", str(zombie.pid)),
                            "process %d has ended" % zombie.pid)
        zombie.wait()
        self.assert_refused(commands.finleak("watch", self.recordings), self.recordings,
                            "No such file")
        self.assert_refused(commands.finleak("watch", self.folder),
                            "no recordings in " + self.folder)
        self.assert_refused(commands.finleak("watch"), "missing PID or DIR")
        self.assert_refused(commands.finleak("watch", "1", "2"), "expected one PID or DIR")
        for interval in ("0", "soon"):
            self.assert_refused(commands.finleak("watch", "--interval=" + interval, "1"),
                                "--interval")

    def test_process_of_another_user(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("takes root and setpriv")
        # Where the build may be out of reach for others.
        os.chmod(self.folder, 0o755)
        program = shutil.copy(commands.FINLEAK, self.folder)
        done = subprocess.run(["setpriv", "--reuid=%d" % NOBODY, "--clear-groups", program, "watch",
                               str(os.getpid())], text=True, capture_output=True,
                              timeout=commands.PATIENCE, cwd="/", env=commands.environment())
        self.assert_refused(done, "process %d" % os.getpid(), "root")


class Run(unittest.TestCase):
    """The pid of `finleak run` stands for what it has started."""

    def setUp(self):
        self.folder = Plain.enter(self, commands.folder())
        self.run = Plain.enter(self, commands.Server(
            [commands.FINLEAK, "run", "-d", os.path.join(self.folder, "recordings"), "-o",
             os.path.join(self.folder, "report"), "--", *commands.sample_command(SAMPLE), "--serve"],
            env=commands.environment()))
        self.listens_on = self.run.port()
        Leaky.leak(self, 3)

    def test_watch(self):
        with watch(self.run.process.pid) as lines:
            lines.read_line(r" watching run %d every " % self.run.process.pid)
            lines.read_line(r" 3 leaked at 1 site ")
            lines.read_line(r"  eof-unclosed 3 \(.*\) at " + SITE)

    def test_scan(self):
        def stuck():
            done = commands.finleak("scan", "-f", "json", str(self.run.process.pid))
            self.assertEqual(done.returncode, 0, done.stderr)
            report = json.loads(done.stdout)
            self.assertNotIn("finleak", [os.path.basename(process["executable"] or "")
                                         for process in report["processes"]])
            return report["summary"]["leaked_sockets"] == 3

        commands.wait_for("what is stuck in the program", stuck)


class Screen(unittest.TestCase):
    enter = Plain.enter

    def setUp(self):
        if not shutil.which("tmux"):
            self.skipTest("no tmux")
        try:
            for end in os.openpty():
                os.close(end)
        except OSError as error:
            self.skipTest("no terminal can be made: %s" % error)
        self.folder = self.enter(commands.folder())
        self.recordings = os.path.join(self.folder, "recordings")
        self.server = self.enter(Leaky(self.recordings))
        self.terminal = self.enter(terminal.Terminal(self.folder))

    def watch(self, *arguments, **more):
        self.terminal.start(commands.FINLEAK, "watch", "--interval=100ms", *map(str, arguments),
                            **more)

    def watch_server(self, leaks=1):
        self.watch(self.server.pid)
        self.terminal.wait_for(r"^finleak watch process %d: 1 process, 1 running .* every .* \d\d:\d\d:\d\d$"
                               % self.server.pid)
        self.terminal.wait_for("nothing leaks so far")
        self.server.leak(leaks)
        self.wait_for_count(leaks)

    def wait_for_count(self, count):
        self.terminal.wait_for(r"^%d leaked at 1 site \(\+%d, " % (count, count))
        self.wait_for_row(count)

    def wait_for_row(self, count):
        self.terminal.wait_for(r"^> +%d +\+%d +[\d.]+ +[\d.]+ \w+ +[▁-█]+ eof-unclosed after_eof\.c:"
                               % (count, count))

    def assert_restored(self, status):
        self.assertEqual(self.terminal.status(), status)
        self.terminal.wait_for(r"^\$ *$")
        self.assertEqual(self.terminal.differences(), "")
        self.assertNotIn("leaked at", self.terminal.screen())

    def test_counts_and_quits(self):
        self.watch_server()
        self.server.leak(2)
        self.wait_for_count(3)
        lines = self.terminal.screen().split("\n")
        self.assertIn("q quit", lines[terminal.HEIGHT - 1])
        self.assertRegex(lines[terminal.HEIGHT - 2], "^" + SITE)
        # In the table it is cut, and marked so.
        self.assertRegex("\n".join(lines), r"(?m)^> .* after_eof\.c:\d+ in .*…$")
        self.terminal.press("q")
        self.assert_restored(0)

    def test_opens_a_site(self):
        self.watch_server()
        number, text = commands.marked_line(SAMPLE, "caller")
        self.terminal.press("Enter")
        self.terminal.wait_for(r"^  > +%d +%s" % (number, re.escape(text.strip()[:40])))
        self.terminal.wait_for("EOF read at")
        # It follows what happens.
        self.server.leak(4)
        self.terminal.wait_for(r"^5 now, \+5 since the watch began")
        self.terminal.press("End")
        self.terminal.wait_for(r"^  pid %d, descriptor \d+: \S+, peer 127\.0\.0\.1:\d+, "
                               % self.server.pid)
        self.terminal.press("Home")
        self.terminal.wait_for(r"^1\. eof-unclosed: 5 sockets")
        self.terminal.press("Right")
        self.terminal.wait_for(r"^nclosed: 5 sockets")
        self.terminal.press("Escape")
        self.wait_for_count(5)

    def test_sorts(self):
        self.watch_server()
        for title in ("*COUNT", "*GROWTH", "*PER MIN", "*OLDEST", "*SITE", "*COUNT"):
            self.terminal.wait_for(re.escape(title))
            self.terminal.press("s")

    def test_counts_growth_from_zero(self):
        self.watch_server(2)
        self.terminal.press("z")
        self.terminal.wait_for(r"^2 leaked at 1 site \(\+0, ")
        self.server.leak()
        self.terminal.wait_for(r"^> +3 +\+1 ")
        self.terminal.press("Enter")
        self.terminal.wait_for(r"^3 now, \+1 since it was zeroed")

    def test_filters(self):
        self.watch_server()
        self.terminal.press("/")
        self.terminal.press("nothing")  # of these some are keys
        self.terminal.wait_for(r"^/nothing_")
        self.terminal.wait_for("nothing matches the filter")
        self.terminal.press("Escape")
        self.wait_for_row(1)
        self.terminal.press("/")
        self.terminal.press("EOF-un")
        self.terminal.wait_for(r"^/EOF-un_")
        self.terminal.press("Enter")
        self.wait_for_row(1)
        self.terminal.press("q")
        self.assert_restored(0)

    def test_shows_processes_and_keys(self):
        self.watch_server()
        self.terminal.press("p")
        self.terminal.wait_for(r"^pid %d, running: .*after_eof" % self.server.pid)
        self.terminal.press("Escape")
        self.wait_for_count(1)
        self.terminal.press("h")
        self.terminal.wait_for(r"^q +quit")

    def test_freezes(self):
        self.watch_server()
        self.terminal.press("f")
        self.terminal.wait_for("FROZEN")
        self.server.leak()
        # A key is answered, so it had the time to sample.
        self.terminal.press("s")
        self.terminal.wait_for(r"\*GROWTH")
        self.assertIn("1 leaked at 1 site (+1", self.terminal.screen())
        self.terminal.press("f")
        self.wait_for_count(2)
        self.assertNotIn("FROZEN", self.terminal.screen())

    def test_writes_a_report(self):
        self.watch_server()
        self.terminal.press("w")
        name = self.terminal.wait_for(r"^report written to (finleak-watch\.\S+\.txt)").group(1)
        with open(os.path.join(self.folder, name)) as report:
            self.assertRegex(report.read(), r"(?m)^1\. eof-unclosed: 1 socket at " + SITE)
        self.terminal.press("q")
        self.terminal.status()
        self.watch("-f", "json", "-o", "/dev/full", self.recordings)
        self.wait_for_site()
        self.terminal.press("w")
        self.terminal.wait_for(r"^finleak: cannot write /dev/full: No space left on device")

    def wait_for_site(self):
        self.terminal.wait_for("eof-unclosed +after_eof")

    def test_resizes(self):
        self.watch_server()
        for width, height in ((132, 50), (40, 10), (20, 5), (8, 2), (1, 1)):
            self.terminal.resize(width, height)
            self.terminal.press("s", "Down", "Enter", "PageDown", "Escape")
            self.server.leak()
        self.terminal.resize(60, 12)
        self.terminal.wait_for(r"^6 leaked at 1 site")
        lines = self.terminal.screen().split("\n")
        self.assertIn("Enter open", lines[11])
        self.terminal.resize(terminal.WIDTH, terminal.HEIGHT)
        self.wait_for_count(6)
        self.terminal.press("q")
        self.assert_restored(0)

    def test_little_room_is_for_the_sites(self):
        self.watch_server()
        self.terminal.resize(terminal.WIDTH, 7)
        self.terminal.wait_for(r"^ \*COUNT")
        self.terminal.press("Down", "PageDown", "PageUp", "End", "Home", "Up")
        self.wait_for_row(1)
        self.assertNotIn("leaked at", self.terminal.screen())

    def test_signals_restore_the_terminal(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT,
                       signal.SIGSEGV, signal.SIGABRT):
            with self.subTest(number):
                self.watch(self.recordings)
                self.terminal.wait_for("^finleak watch .*: 1 process, 1 running")
                os.kill(self.terminal.pid(), number)
                self.assert_restored(128 + number)

    def test_interrupt_key(self):
        self.watch_server()
        self.terminal.press("C-c")
        self.assert_restored(128 + signal.SIGINT)

    def test_stops_and_goes_on(self):
        self.watch_server()
        self.terminal.press("C-z")
        self.terminal.wait_for(r"^\[1\] \+ Stopped")
        self.assertEqual(self.terminal.tmux("display-message", "-p", "#{alternate_on}"), "0\n")
        self.server.leak()
        self.terminal.press("fg", "Enter")
        self.wait_for_count(2)
        self.terminal.press("q")
        self.terminal.wait_for(r"^\$ *$")
        self.assertEqual(self.terminal.differences(), "")

    def test_outlives_a_crash_of_the_program(self):
        self.watch_server()
        self.server.process.send_signal(signal.SIGSEGV)
        self.terminal.wait_for(r"^process %d has ended\." % self.server.pid)
        self.wait_for_count(1)
        self.terminal.press("Enter")
        self.terminal.wait_for("EOF read at")
        self.terminal.press("q")
        self.assert_restored(0)

    def test_folder(self):
        self.watch(self.recordings)
        self.terminal.wait_for(r"^finleak watch .*: 1 process, 1 running")
        self.server.kill()
        self.terminal.wait_for(r"^All processes have ended\.")
        # Others may come.
        other = self.enter(Leaky(self.recordings))
        other.leak()
        self.terminal.wait_for(r"^finleak watch .*: 2 processes, 1 running")
        self.wait_for_count(1)
        self.assertNotIn("ended", self.terminal.screen().split("\n")[2])

    def test_without_recorder(self):
        program = self.enter(Stuck())
        self.watch(program.pid)
        self.terminal.wait_for("No recorder: this is what the kernel alone shows")
        self.terminal.wait_for(r"^CLOSE_WAIT 3, LISTEN 1$")
        self.terminal.wait_for(r"^\d+ of \d+ descriptors")
        self.terminal.press("Enter")
        self.terminal.wait_for(r"^1\. fin-unread \(not-polled\): 3 sockets of ")
        program.kill()
        self.terminal.wait_for(r"^process %d has ended\." % program.pid)
        self.terminal.press("q")
        self.assert_restored(0)

    def test_unreadable_recording_does_not_spoil_the_screen(self):
        self.watch(self.recordings)
        self.terminal.wait_for("^finleak watch .*: 1 process")
        with open(os.path.join(self.recordings, "\033[2Jjunk.1.1.finleak"), "w") as junk:
            junk.write("junk")
        self.terminal.wait_for(r"^finleak: .*\\x1b\[2Jjunk\.1\.1\.finleak ")
        self.terminal.wait_for("^finleak watch .*: 1 process")
        self.terminal.press("q")
        self.assert_restored(125)

    def test_errors_do_not_touch_the_screen(self):
        self.watch(self.folder)
        self.assertEqual(self.terminal.status(), 125)
        self.terminal.wait_for("^finleak: no recordings in ")

    def test_terminal_that_cannot_show_a_screen(self):
        self.watch(self.recordings, terminal="dumb")
        self.terminal.wait_for(r"^\d\d:\d\d:\d\d watching .* every ")
        self.terminal.wait_for(r"^\d\d:\d\d:\d\d 0 leaked at 0 sites")
        self.terminal.press("C-c")
        self.assertEqual(self.terminal.status(), 128 + signal.SIGINT)


if __name__ == "__main__":
    unittest.main()
