# SPDX-License-Identifier: MIT
"""A process in mount, network and PID namespaces of its own is recorded like any other: its program
lies where only it can see it."""
import os
import signal
import subprocess
import sys
import unittest

import attaching
import commands
from reads import COUNT, SOURCE

INSIDE = """
ip link set lo up && mount -t tmpfs none /mnt && cp "$1" /mnt/hidden && echo ready &&
read go && exec /mnt/hidden read "$2"
"""


def child_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return int(file.read().split()[0])


class Namespaces(attaching.Recorded):
    def leak(self, end):
        """The leak of a program in namespaces of its own, once END(its shell, finleak) has ended the
        recording."""
        program = os.path.join(self.work, "reads")
        subprocess.run(["gcc", "-g", "-O2", "-D_GNU_SOURCE", SOURCE, "-o", program], check=True)
        inside = subprocess.Popen(
            ["unshare", "-n", "-m", "-p", "-f", "--kill-child", "sh", "-c", INSIDE, "sh", program,
             str(COUNT)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.assertEqual(inside.stdout.readline(), "ready\n")
            with attaching.Attached([child_of(inside.pid)], "--min-held=0",
                                    *self.options) as attached:
                inside.stdin.write("go\n")
                inside.stdin.flush()
                commands.wait_for("all leaks", lambda: self.leaked() == COUNT)
                self.assertEqual(end(inside, attached), 0)
        finally:
            inside.stdin.close()
            inside.kill()
            inside.wait()
            inside.stdout.close()
        leak, = commands.leaks_of(commands.load_report(self.output))
        return leak

    def check(self, leak):
        self.assertEqual((leak["class"], leak["count"]), ("eof-unclosed", COUNT))
        self.assertEqual(leak["site"]["function"], "by_read")

    def test_the_site_is_named_through_the_namespaces(self):
        self.check(self.leak(lambda inside, attached: attached.stop(signal.SIGINT)))

    def test_the_site_is_named_when_the_namespaces_have_ended(self):
        def end(inside, attached):
            inside.stdin.close()
            inside.wait()
            return attached.wait()

        self.check(self.leak(end))


if __name__ == "__main__":
    commands.needs("gcc")
    if subprocess.run(["unshare", "-n", "-m", "-p", "-f", "ip", "link", "set", "lo", "up"],
                      stderr=subprocess.DEVNULL).returncode:
        print("skipped: no rights to make namespaces, or no ip")
        sys.exit(commands.SKIPPED)
    unittest.main(verbosity=2)
