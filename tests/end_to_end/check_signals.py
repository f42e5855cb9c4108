# SPDX-License-Identifier: MIT
"""Each signal reaches PROGRAM once, however it was sent, and job control works as without
finleak."""
import os
import re
import shutil
import signal
import sys
import unittest

import commands
import terminal

# Counts what it gets; ends a while after the first signal that asks it to, or when asked to.
COUNTS = """
import os, signal, sys, time
got = {}
def count(number, frame):
    got[number] = got.get(number, 0) + 1
asks = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
for number in asks + (signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT, signal.SIGRTMIN):
    signal.signal(number, count)
if len(sys.argv) > 1:
    exec(sys.argv[1])
print("ready", os.getpid(), flush=True)
while not any(number in got for number in asks):
    time.sleep(0.01)
end = time.monotonic() + 0.5
while time.monotonic() < end:
    time.sleep(0.01)
print("got", *("%d:%d" % pair for pair in sorted(got.items())), flush=True)
"""


class Signals(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        self.options = ["run", "-d", os.path.join(self.work, "recordings"), "-o",
                        os.path.join(self.work, "report")]

    def command(self, *options, before=""):
        return [commands.FINLEAK, *self.options, *options, "--", sys.executable, "-c", COUNTS,
                before]

    def got(self, run):
        """{signal: how often PROGRAM got it}"""
        pairs = run.read_line(r"^got((?: \d+:\d+)*)$").group(1).split()
        self.assertEqual(run.wait(), 0)
        return {int(number): int(count) for number, count in (pair.split(":") for pair in pairs)}

    def check(self, send, expected, *options, before=""):
        with commands.Server(self.command(*options, before=before)) as run:
            child = int(run.read_line(r"^ready (\d+)$").group(1))
            send(run.process.pid, child)
            self.assertEqual(self.got(run), expected)

    def test_sent_to_finleak(self):
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT:
            self.check(lambda pid, child: os.kill(pid, number), {number: 1})

    def test_sent_to_the_group(self):
        for options in [], ["--observe=0"]:
            for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT:
                self.check(lambda pid, child: os.killpg(pid, number), {number: 1}, *options)

    def test_sent_to_finleak_and_then_to_the_group(self):
        """As timeout does."""
        def send(pid, child):
            os.kill(pid, signal.SIGTERM)
            os.killpg(pid, signal.SIGTERM)
        for options in [], ["--observe=0"]:
            self.check(send, {signal.SIGTERM: 1}, *options)

    def test_timeout(self):
        with commands.Server(["timeout", "3", *self.command()]) as run:
            run.read_line("^ready ")
            pairs = run.read_line(r"^got((?: \d+:\d+)*)$").group(1).split()
            self.assertIn("%d:1" % signal.SIGTERM, pairs)

    def test_sent_to_each_process(self):
        """As systemd does: to every process of the control group, finleak first."""
        def send(pid, child):
            for process in sorted([pid, *children(pid)]):
                os.kill(process, signal.SIGTERM)
        self.check(send, {signal.SIGTERM: 1})

    def test_several_signals(self):
        def send(pid, child):
            os.killpg(pid, signal.SIGUSR2)
            os.kill(pid, signal.SIGUSR1)
            os.killpg(pid, signal.SIGTERM)
        self.check(send, {signal.SIGUSR1: 1, signal.SIGUSR2: 1, signal.SIGTERM: 1})

    def test_signals_of_real_time_queue(self):
        def send(pid, child):
            for _ in range(5):
                os.kill(pid, signal.SIGRTMIN)
            os.kill(pid, signal.SIGTERM)
        with commands.Server(self.command()) as run:
            run.read_line("^ready ")
            send(run.process.pid, 0)
            got = self.got(run)
            self.assertEqual(got[signal.SIGTERM], 1)
            # Python's handler counts those that are there at once as one.
            self.assertGreaterEqual(got[signal.SIGRTMIN], 1)

    def test_program_in_a_group_of_its_own(self):
        """It gets what is sent to finleak's group through finleak only."""
        self.check(lambda pid, child: os.killpg(pid, signal.SIGTERM), {signal.SIGTERM: 1},
                   before="os.setpgid(0, 0)")

    def test_no_process_is_left(self):
        for number in signal.SIGTERM, signal.SIGKILL:
            with commands.Server(self.command()) as run:
                child = int(run.read_line(r"^ready (\d+)$").group(1))
                others = set(children(run.process.pid)) - {child}
                self.assertEqual(len(others), 1)
                os.kill(run.process.pid, number)
                run.wait()
                commands.wait_for("the end of finleak's own child",
                                  lambda: not any(is_alive(pid) for pid in others))

    def test_the_witness_holds_no_pipe(self):
        """Whoever reads finleak's output to its end must not wait for a process that is left."""
        with commands.Server(self.command()) as run:
            child = int(run.read_line(r"^ready (\d+)$").group(1))
            witness, = set(children(run.process.pid)) - {child}
            self.assertEqual(os.listdir("/proc/%d/fd" % witness), [])
            os.kill(child, signal.SIGTERM)
            run.wait()

    @unittest.skipUnless(shutil.which("tmux"), "no tmux")
    def test_terminal(self):
        """Ctrl-C once, Ctrl-Z, fg and the status of the shell."""
        script = os.path.join(self.work, "counts.py")
        with open(script, "w") as file:
            file.write(COUNTS)
        with terminal.Terminal(self.work) as pane:
            command = " ".join([commands.FINLEAK, *self.options, "--", sys.executable, script])
            pane.press("set -m; " + command, "Enter")
            child = int(pane.wait_for(r"^ready (\d+)$").group(1))
            pane.press("C-z")
            commands.wait_for("the program to stop", lambda: state_of(child) == "T")
            pane.wait_for(r"(Stopped|Suspended)")
            pane.press("fg", "Enter")
            commands.wait_for("the program to go on", lambda: state_of(child) in "SR")
            pane.press("C-c")
            found = pane.wait_for(r"got (\d.*)$").group(1)
            self.assertEqual(dict(pair.split(":") for pair in found.split()),
                             {str(int(signal.SIGINT)): "1", str(int(signal.SIGCONT)): "1"})

    @unittest.skipUnless(shutil.which("tmux"), "no tmux")
    def test_ctrl_c_ends_the_shell_loop(self):
        """The shell sees that Ctrl-C ended finleak, and ends its loop."""
        with terminal.Terminal(self.work) as pane:
            pane.press("while :; do %s %s -- sh -c 'echo begun; exec sleep 60'; done; echo over" % (
                commands.FINLEAK, " ".join(self.options)), "Enter")
            pane.wait_for(r"^begun$")
            pane.press("C-c")
            pane.wait_for(r"^\$ *$|^over$")
            self.assertEqual(len(re.findall(r"^begun$", pane.screen(), re.M)), 1)

    @unittest.skipUnless(shutil.which("script"), "no script")
    def test_hangup(self):
        """The terminal goes away: only the leader of the session gets SIGHUP, and that is finleak."""
        master, slave = os.openpty()
        path = os.ttyname(slave)
        result = os.path.join(self.work, "got")
        before = "import sys; sys.stdout = open(%r, 'w')" % result
        leader = os.fork()
        if leader == 0:
            os.setsid()
            fd = os.open(path, os.O_RDWR)
            for number in 0, 1, 2:
                os.dup2(fd, number)
            os.closerange(3, 64)
            os.execv(commands.FINLEAK, self.command(before=before))
        os.close(slave)
        commands.wait_for("the program", lambda: read(result).startswith("ready"))
        os.close(master)
        os.waitpid(leader, 0)
        self.assertIn("%d:1" % signal.SIGHUP, read(result).split())


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(child) for child in file.read().split()]


def state_of(pid):
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rpartition(") ")[2][0]


def is_alive(pid):
    try:
        return state_of(pid) != "Z"
    except FileNotFoundError:
        return False


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    unittest.main()
