# SPDX-License-Identifier: MIT
"""Sockets that a program keeps over exec are those that it had opened before, however many they are: the
kernel shows the first 1024 descriptors by itself."""
import os
import signal
import sys
import unittest

import attaching
import commands

PROGRAM = """
import os, resource, signal, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
if len(sys.argv) > 2:
    sys.stdin.readline()
    for fd in sys.argv[2].split(","):
        os.read(int(fd), 1)
    print("ready", flush=True)
    while True: signal.pause()
listener, kept = socket.create_server(("127.0.0.1", 0)), []
for _ in range(int(sys.argv[1])):
    client = socket.create_connection(listener.getsockname())
    kept.append(listener.accept()[0].detach())
    os.set_inheritable(kept[-1], True)
    client.close()
listener.close()
print("execs", flush=True)
os.execv(sys.executable, [sys.executable, *sys.argv, ",".join(map(str, kept))])
"""


class KeptByExec(attaching.Recorded):
    def opened(self):
        """How many sockets each program, the shell first, has had so far."""
        document = commands.report(self.recordings)[1]
        return document and [process["opened"] for process in document["processes"]]

    def check(self, count):
        script = os.path.join(self.work, "program.py")
        with open(script, "w") as file:
            file.write(PROGRAM)
        with attaching.Program([sys.executable, script, str(count)]) as program, \
                attaching.Attached([program.pid], "--min-held=0", *self.options) as attached:
            program.go()
            self.assertEqual(program.process.stdout.readline(), "execs\n")
            commands.wait_for("what is kept", lambda: self.opened() == [0, 2 * count + 1, count])
            program.go()
            self.assertEqual(program.process.stdout.readline(), "ready\n")
            commands.wait_for("all leaks", lambda: self.leaked() == count)
            os.kill(program.pid, signal.SIGKILL)
            attached.wait()
        leak, = commands.leaks_of(commands.load_report(self.output))
        self.assertEqual((leak["class"], leak["count"]), ("eof-unclosed", count))
        self.assertTrue([detail for detail in leak["details"] if detail.startswith("Accepted on ")])

    def test_a_few(self):
        self.check(3)

    def test_more_than_the_kernel_shows(self):
        self.check(1100)


if __name__ == "__main__":
    unittest.main(verbosity=2)
