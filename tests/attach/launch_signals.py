# SPDX-License-Identifier: MIT
"""What `finleak run` starts and records from the kernel gets its signals, and ends, as by itself."""
import os
import signal
import subprocess
import sys
import unittest

import attaching
import commands

# Prints its pid, then each signal that comes, until its input ends; its status is 7. A signal writes
# a byte: one between two calls of select() is not missed.
PROGRAM = """
import os, select, signal, sys
signals, writing = os.pipe()
os.set_blocking(writing, False)
signal.set_wakeup_fd(writing)
for number in signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH:
    signal.signal(number, lambda got, frame: None)
print(os.getpid(), flush=True)
while True:
    ready = select.select([0, signals], [], [])[0]
    if signals in ready:
        for number in os.read(signals, 64):
            print(signal.Signals(number).name, flush=True)
    elif ready:
        sys.exit(7)
"""


class Signals(unittest.TestCase):
    def start(self, program=PROGRAM, **more):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        run = subprocess.Popen(
            [commands.FINLEAK, "run", "--recorder=kernel", "-d", os.path.join(folder.name, "recordings"),
             "-o", os.path.join(folder.name, "report"), "--", sys.executable, "-c", program],
            text=True, env=commands.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, **more)
        first = run.stdout.readline()
        if not first:
            errors = run.communicate()[1]
            if any(refusal in errors for refusal in attaching.REFUSALS):
                self.skipTest(errors)
            self.fail(errors)
        return run, int(first)

    def end(self, run):
        out, errors = run.communicate("", timeout=commands.PATIENCE)
        self.assertEqual(run.returncode, 7, errors)
        return out.split()

    def test_each_signal_is_forwarded_once(self):
        run, _ = self.start()
        for number in signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGTERM:
            run.send_signal(number)
            self.assertEqual(run.stdout.readline().strip(), signal.Signals(number).name)
        self.assertEqual(self.end(run), [])

    def test_what_its_group_gets_comes_once(self):
        run, _ = self.start()
        for number in signal.SIGTERM, signal.SIGINT:
            os.killpg(run.pid, number)
            self.assertEqual(run.stdout.readline().strip(), signal.Signals(number).name)
        self.assertEqual(self.end(run), [])

    def test_status_where_children_are_ignored(self):
        run, _ = self.start(preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertEqual(self.end(run), [])

    def test_ends_by_the_same_signal(self):
        run, pid = self.start()
        os.kill(pid, signal.SIGKILL)
        run.communicate("", timeout=commands.PATIENCE)
        self.assertEqual(run.returncode, -signal.SIGKILL)


if __name__ == "__main__":
    unittest.main(verbosity=2)
