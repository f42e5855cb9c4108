# SPDX-License-Identifier: MIT
"""Frames of Python are read as they are at each event; those of other languages are not visible from
the kernel: a report states it, and what helps."""
import os
import shutil
import sys
import unittest

import attaching
import commands

PYTHON = """
import asyncio, os, socket, sys, threading

fixed = sys.argv[2] == "fixed"
kept = []

def receive(connection):
    return connection.recv(1)

def serve(listener):
    peer = socket.create_connection(listener.getsockname())
    connection = listener.accept()[0]
    peer.close()
    receive(connection)
    kept.append(connection)
    if fixed:
        connection.close()

def plain(listener):
    serve(listener)

def in_a_thread(listener):
    others = [threading.Thread(target=threading.Event().wait, daemon=True) for _ in range(20)]
    thread = threading.Thread(target=serve, args=(listener,))
    for each in others + [thread]:
        each.start()
    thread.join()

def in_a_coroutine(listener):
    async def outer():
        await asyncio.gather(inner())
    async def inner():
        serve(listener)
    asyncio.run(outer())

def in_a_generator(listener):
    def each():
        yield serve(listener)
    list(each())

def in_a_child(listener):
    if os.fork():
        os.wait()
    else:
        serve(listener)
        sys.stdin.read()
        os._exit(0)

listener = socket.create_server(("127.0.0.1", 0))
globals()[sys.argv[1]](listener)
sys.stdin.read()
"""

PERL = """
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1");
my $peer = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $listener->sockport);
my $kept = $listener->accept;
close $peer;
sysread $kept, my $byte, 1;
1 while <STDIN>;
"""

# Lines of PYTHON, by what they have; of several the last.
LINES = {text.strip(): number for number, text in enumerate(PYTHON.splitlines(), 1)}


def places(stack):
    return [(os.path.basename(frame["file"]), frame["line"], frame["function"])
            for frame in stack if frame["file"] and frame["file"] == frame["module"]]


class Scripts(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def report(self, command, leaks_wanted):
        recordings = os.path.join(self.folder, "recordings")
        output = os.path.join(self.folder, "report.json")

        def is_there():
            document = commands.report(recordings, "--min-held=0")[1]
            return document and (document["leaks"] or not leaks_wanted)

        with attaching.Program(command) as program:
            with attaching.Attached([program.pid], "--min-held=0", "-f", "json", "-o", output,
                                    "-d", recordings) as attached:
                program.go()
                commands.wait_for("what it does", is_there)
                program.end()
                self.assertEqual(attached.wait(), 0, attached.err)
        return commands.load_report(output)

    def run_python(self, scenario, twin="leaking"):
        script = os.path.join(self.folder, "server.py")
        with open(script, "w") as file:
            file.write(PYTHON)
        return self.report([sys.executable, "-B", script, scenario, twin], twin == "leaking")

    def check(self, scenario, *outer):
        document = self.run_python(scenario)
        leak, = document["leaks"]
        self.assertEqual((leak["class"], leak["count"]), ("eof-unclosed", 1))
        self.assertEqual(places(leak["stacks"]["eof"])[:2 + len(outer)], [
            ("server.py", LINES["return connection.recv(1)"], "receive"),
            ("server.py", LINES["receive(connection)"], "serve"), *outer])
        opened = places(leak["stacks"]["opened"])
        self.assertEqual(opened[0][0::2], ("socket.py", "socket.accept"))
        self.assertEqual(opened[1:2 + len(outer)], [
            ("server.py", LINES["connection = listener.accept()[0]"], "serve"), *outer])
        self.assertEqual([spot for process in document["processes"]
                          for spot in process["blind_spots"] if "Python" in spot], [])

    def test_a_plain_program(self):
        self.check("plain", ("server.py", LINES["def plain(listener):"] + 1, "plain"))

    def test_one_thread_of_many(self):
        self.check("in_a_thread")

    def test_a_coroutine(self):
        self.check("in_a_coroutine")

    def test_a_generator(self):
        self.check("in_a_generator")

    def test_a_forked_child(self):
        self.check("in_a_child")

    def test_a_fixed_program_has_no_leak(self):
        self.assertEqual(self.run_python("plain", "fixed")["leaks"], [])

    @unittest.skipUnless(shutil.which("perl"), "needs perl")
    def test_the_report_says_that_frames_of_perl_are_not_visible(self):
        document = self.report(["perl", "-e", PERL], True)
        spots = [spot for process in document["processes"] for spot in process["blind_spots"]]
        spot, = [spot for spot in spots if "frames of Perl are not visible" in spot]
        self.assertIn("with finleak run", spot)


if __name__ == "__main__":
    unittest.main(verbosity=2)
