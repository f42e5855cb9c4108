# SPDX-License-Identifier: MIT
"""When `finleak run` asks the kernel about what it runs, what it keeps, and who gets SIGUSR1."""
import glob
import os
import shutil
import signal
import sys
import unittest

import commands

# The peer has closed and the program never reads: no event shows that.
STUCK = """
import signal, socket
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
connection, _ = listener.accept()
client.close()
%s
print("ready", flush=True)
while True:
    signal.pause()
"""

CATCHES = """
def caught(number, frame):
    print("caught", number, flush=True)
signal.signal(signal.SIGUSR1, caught)
"""

# Reads the end late, and closes at once: by SIGUSR2, or when it ends by SIGTERM.
READS_LATE = """
import sys
def read(number, frame):
    connection.recv(1)
    connection.close()
    print("closed", flush=True)
    if number == signal.SIGTERM:
        sys.exit(0)
signal.signal(signal.SIGUSR2, read)
signal.signal(signal.SIGTERM, %s)
"""

IGNORES = "signal.signal(signal.SIGUSR1, signal.SIG_IGN)"

WAITS = """
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
print("ready", flush=True)
print("waited for", int(signal.sigwait({signal.SIGUSR1})), flush=True)
"""

# No sample is taken by itself while a test runs.
SELDOM = "--observe=10h"


class Observe(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        self.recordings = os.path.join(self.work, "recordings")
        self.output = os.path.join(self.work, "report.json")

    def start(self, observe, action="", options=(), shell=()):
        run = commands.Server([
            commands.FINLEAK, "run", observe, "--min-held=0ms", "-d", self.recordings, "-f", "json",
            "-o", self.output, *options, "--", *shell, sys.executable, "-c", STUCK % action])
        self.addCleanup(run.__exit__)
        run.read_line("^ready$")
        return run

    @staticmethod
    def parent_of(pid):
        with open("/proc/%d/stat" % pid) as file:
            return int(file.read().rsplit(")", 1)[1].split()[1])

    def kept(self):
        return glob.glob(os.path.join(self.recordings, "*.observed"))

    def classes(self, recordings):
        status, document, printed = commands.report(recordings, "--min-held=0ms")
        self.assertEqual(status, 0, printed)
        return [leak["class"] for leak in commands.leaks_of(document)]

    def test_asked_at_once(self):
        """A signal that would be the program's end is for finleak alone."""
        run = self.start(SELDOM)
        self.assertEqual(self.kept(), [])
        for _ in range(3):
            commands.look(run.process, self.recordings)
        observed, = self.kept()
        recording, = glob.glob(os.path.join(self.recordings, "*.finleak"))
        self.assertEqual(os.path.splitext(observed)[0], os.path.splitext(recording)[0])
        self.assertEqual(os.stat(observed).st_mode & 0o777, 0o600)
        self.assertIsNone(run.process.poll())
        run.process.terminate()
        self.assertEqual(run.wait(), -signal.SIGTERM)

    def test_handed_on_to_who_catches_it(self):
        run = self.start(SELDOM, CATCHES)
        commands.look(run.process, self.recordings)
        run.read_line("^caught %d$" % signal.SIGUSR1)
        run.process.terminate()
        self.assertEqual(run.wait(), -signal.SIGTERM)

    def test_handed_on_to_who_ignores_it(self):
        run = self.start(SELDOM, IGNORES)
        commands.look(run.process, self.recordings)
        run.process.terminate()
        self.assertEqual(run.wait(), -signal.SIGTERM)

    def test_handed_on_to_who_waits_for_it(self):
        run = self.start(SELDOM, WAITS)
        commands.look(run.process, self.recordings)
        run.read_line("^waited for %d$" % signal.SIGUSR1)
        run.process.terminate()
        self.assertEqual(run.wait(), -signal.SIGTERM)

    def test_never(self):
        """Where nothing is sampled, finleak is in no signal's way."""
        run = self.start("--observe=0")
        run.process.send_signal(signal.SIGUSR1)
        self.assertEqual(run.wait(), -signal.SIGUSR1)
        self.assertEqual(self.kept(), [])
        self.assertEqual(commands.leaks_of(commands.load_report(self.output)), [])

    def test_before_the_end(self):
        """What is killed takes no last sample itself: finleak's is the last."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(signal=number.name):
                shutil.rmtree(self.recordings, ignore_errors=True)
                run = self.start(SELDOM, "signal.signal(signal.SIGINT, signal.SIG_DFL)")
                self.assertEqual(self.kept(), [])
                run.process.send_signal(number)
                self.assertEqual(run.wait(), -number)
                self.assertEqual(len(self.kept()), 1)
                document = commands.load_report(self.output)
                commands.check_schema(document)
                leak, = commands.leaks_of(document)
                self.assertEqual((leak["class"], leak["reason"]), ("fin-unread", "not-polled"))

    def test_closed_before_the_end(self):
        """The last sample but one found it stuck, and the last one closed: the signal came later."""
        run = self.start(SELDOM, READS_LATE % "lambda *_: sys.exit(0)")
        commands.look(run.process, self.recordings)
        run.process.send_signal(signal.SIGUSR2)
        run.read_line("^closed$")
        run.process.terminate()
        self.assertEqual(run.wait(), 0)
        self.assertEqual(commands.leaks_of(commands.load_report(self.output)), [])

    def test_closed_by_the_end(self):
        run = self.start(SELDOM, READS_LATE % "read")
        commands.look(run.process, self.recordings)
        run.process.terminate()
        self.assertEqual(run.wait(), 0)
        leak, = commands.leaks_of(commands.load_report(self.output))
        self.assertEqual((leak["class"], leak["reason"]), ("fin-unread", "closed-at-exit"))

    def test_asked_about_a_daemon(self):
        """PROGRAM has ended, what it left running goes on."""
        pid_file = os.path.join(self.work, "pid")
        shell = ["sh", "-c", 'setsid "$@" & echo $! >"$0"', pid_file]
        run = self.start(SELDOM, options=["--wait"], shell=shell)
        with open(pid_file) as file:
            pid = int(commands.wait_for("a pid", file.read))
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        # finleak is then its parent, in the place of sh.
        commands.wait_for("the end of sh", lambda: self.parent_of(pid) == run.process.pid)
        commands.look(run.process, self.recordings)
        run.process.terminate()
        self.assertEqual(run.wait(), 0)
        leak, = commands.leaks_of(commands.load_report(self.output))
        self.assertEqual(leak["class"], "fin-unread")

    def test_by_itself(self):
        run = self.start("--observe=50ms")
        before = commands.wait_for("a sample", lambda: commands.observations(self.recordings))
        commands.wait_for("another", lambda: commands.observations(self.recordings) - before)
        run.process.terminate()
        self.assertEqual(run.wait(), -signal.SIGTERM)

    def test_told_later_and_elsewhere(self):
        run = self.start(SELDOM)
        run.process.terminate()
        run.wait()
        copy = os.path.join(self.work, "copy")
        shutil.copytree(self.recordings, copy)
        shutil.rmtree(self.recordings)
        self.assertEqual(self.classes(copy), ["fin-unread"])
        recording, = glob.glob(os.path.join(copy, "*.finleak"))
        self.assertEqual(self.classes(recording), ["fin-unread"])
        # What was not kept is not made up, and what does not hold is not taken for clean.
        observed, = glob.glob(os.path.join(copy, "*.observed"))
        os.truncate(observed, 100)
        for before in ((), ("-e", "5")):
            status, document, printed = commands.report(copy, "--min-held=0ms", *before)
            self.assertEqual((status, commands.leaks_of(document)), (125, []))
            self.assertEqual(printed, "finleak: %s has a sample (.observed) that is damaged or was written by "
                             "another version of finleak: what the kernel showed is unknown\n"
                             % os.path.join(copy, os.path.basename(recording)))
        os.unlink(observed)
        self.assertEqual(self.classes(copy), [])

    def test_a_file_that_cannot_be_written(self):
        """Reported once, in one line, and the program does not notice."""
        run = self.start(SELDOM)
        commands.look(run.process, self.recordings)
        observed, = self.kept()
        os.unlink(observed)
        os.mkdir(observed)
        for _ in range(2):
            run.process.send_signal(signal.SIGUSR1)
        run.process.terminate()
        self.assertEqual(run.wait(), -signal.SIGTERM)
        printed = [line for line in run.process.stderr.read().splitlines() if "kernel" in line]
        self.assertEqual(printed, ["finleak: cannot write what the kernel shows beside the "
                                "recordings: Is a directory"])


if __name__ == "__main__":
    unittest.main()
