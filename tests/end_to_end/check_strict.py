# SPDX-License-Identifier: MIT
"""--strict: what a program knew to be finished and left open at an end that it chose counts, however
young; a gate does not depend on how fast the machine is."""
import os
import re
import shutil
import signal
import socket
import sys
import threading
import unittest

import commands

LEAKER = os.environ["FINLEAK_LEAKER"]
ENDS_BY_EXEC = os.environ["FINLEAK_ENDS_BY_EXEC"]
READS_IN_CONSTRUCTOR = os.environ["FINLEAK_READS_IN_CONSTRUCTOR"]
ROUNDS = 8

# Leaks as the test suites of applications do: what the interpreter closes at its end.
LISTENS = """
import os, signal, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
def visit():
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    client.close()
    return server
"""
KEEPS = LISTENS + "kept = [visit(), visit()]\nfor server in kept: server.recv(1)\n"
CLOSES = LISTENS + "for _ in 1, 2:\n    server = visit(); server.recv(1); server.close()\n"
# A handler of one connection ends with it.
FORKS = LISTENS + """
server = visit()
child = os.fork()
if child == 0:
    server.recv(1)
    os._exit(0)
server.close()
sys.exit(os.waitpid(child, 0)[1])
"""
RESET = LISTENS + """
import struct
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
client.close()
try:
    server.recv(1)
except ConnectionResetError:
    os._exit(0)
"""
REFUSED = LISTENS + """
address = listener.getsockname()
listener.close()
client = socket.socket()
client.connect_ex(address)
os._exit(0)
"""
# The peers close, and nobody reads that before the end.
LEAVES_UNREAD = LISTENS + """
import time
TCP_CLOSE_WAIT = 8
def state(connection):
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
kept = [visit(), visit()]
while any(state(server) != TCP_CLOSE_WAIT for server in kept): time.sleep(0.001)
os._exit(0)
"""
# Past the recorder, which comes behind libc for such a library.
OPENS_DEEP = ("import ctypes, os, sys, time\n"
              "ctypes.CDLL(sys.argv[1], mode=os.RTLD_NOW | os.RTLD_DEEPBIND)\n"
              "time.sleep(float(sys.argv[2]))")
# Answers peers that have ended their own half, one after the other; the last answer ends the program.
ANSWERS = """
import os, socket, sys, threading, time
wait, rounds, then = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
listener = socket.create_server(("127.0.0.1", 0))
kept = []
for _ in range(rounds):
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    client.sendall(b"question")
    client.shutdown(socket.SHUT_WR)
    while server.recv(64): pass
    time.sleep(wait)
    server.sendall(b"answer")
    assert client.recv(64) == b"answer"
    kept.append((client, server))
if then == "stays": time.sleep(0.3)
if then == "accepts": threading.Timer(0.02, os._exit, (0,)).start(); listener.accept()
if then == "leaves": os._exit(0)
"""
# As inetd: a program serves on its standard input, and closes that in an exit handler.
SERVES_AS_INETD = LISTENS + """
import subprocess
for _ in 1, 2:
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    program = subprocess.Popen(["cat"], stdin=server, stdout=server)
    server.close()
    client.sendall(b"question")
    client.shutdown(socket.SHUT_WR)
    while client.recv(64): pass
    client.close()
    program.wait()
"""
SIGNALLED = LISTENS + """
signal.signal(signal.SIGTERM, lambda *_: (visit_and_keep(), os._exit(0)))
def visit_and_keep():
    global kept
    kept = visit()
    kept.recv(1)
print("ready", flush=True)
while True: signal.pause()
"""


class Strict(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        self.count = 0

    def run_program(self, options, *command):
        self.count += 1
        output = os.path.join(self.work, "report%d.json" % self.count)
        done = commands.finleak("run", "-d", os.path.join(self.work, "recordings%d" % self.count),
                                "-f", "json", "-o", output, *options, "--", *command)
        document = commands.load_report(output)
        commands.check_schema(document)
        return done, document

    def check(self, status, leaked, options, *command):
        done, document = self.run_program(options, *command)
        self.assertEqual((done.returncode, document["summary"]["leaked_sockets"]), (status, leaked),
                         (done.stderr, document["leaks"]))
        return done, document

    def test_each_time(self):
        for _ in range(ROUNDS):
            _, document = self.check(9, 2, ["-e", "9"], LEAKER)
            leak, = document["leaks"]
            self.assertIn(leak["class"], ("exit-unclosed", "eof-unclosed"))

    def test_interpreter(self):
        for _ in range(ROUNDS):
            self.check(9, 2, ["-e", "9"], sys.executable, "-c", KEEPS)
        self.check(0, 0, ["-e", "9"], sys.executable, "-c", CLOSES)

    def test_reset_and_refused(self):
        for program in RESET, REFUSED:
            self.check(9, 1, ["-e", "9"], sys.executable, "-c", program)

    def test_serves_as_inetd(self):
        """Whoever inherited a socket closes it by ending, in whatever way."""
        self.check(0, 0, ["-e", "9"], sys.executable, "-c", SERVES_AS_INETD)

    def test_answer_after_eof(self):
        """A peer that half-closes waits for the answer, and then for its end, which comes at once."""
        for wait in "0", "0.05", "0.15", "0.3":
            for then in "leaves", "returns":
                with self.subTest(wait=wait, then=then):
                    self.check(0, 0, ["-e", "9"], sys.executable, "-c", ANSWERS, wait, "1", then)

    def test_answered_and_kept(self):
        """Whoever goes on to the next one is done with the last, as is one that only waits."""
        for wait in "0", "0.2":
            for rounds, then, leaked in ("3", "leaves", 2), ("3", "returns", None), ("1", "stays", 1), ("1", "accepts", 1):
                with self.subTest(wait=wait, rounds=rounds, then=then):
                    done, document = self.run_program(["-e", "9"], sys.executable, "-c", ANSWERS, wait, rounds,
                                                      then)
                    self.assertEqual(done.returncode, 9, done.stderr)
                    if leaked:
                        self.assertEqual(document["summary"]["leaked_sockets"], leaked, document["leaks"])

    def test_min_held_goes_first(self):
        done, document = self.check(0, 0, ["-e", "9", "--min-held=10s"], LEAKER)
        self.assertRegex(done.stderr, r"\Afinleak: no leaks; 2 sockets were still open at exit \(held for less "
                         r"than 10 s; --strict counts them\); 5 sockets opened")
        self.check(9, 2, ["-e", "9", "--min-held=10s", "--strict"], LEAKER)

    def test_unread_right_before_the_end(self):
        done, document = self.check(0, 0, ["-e", "9", "--all", "--min-held=30s"], sys.executable, "-c",
                                    LEAVES_UNREAD)
        self.assertRegex(done.stderr, r"\Afinleak: no leaks; 2 sockets whose peers had closed were "
                         r"still open at the end \(not known to have been held for 30 s: --min-held\); ")
        note, = document["leaks"]
        self.assertEqual((note["class"], note["verdict"], note["count"]), ("fin-unread", "note", 2))
        self.assertIn("Nothing to fix", note["fix"])

    def test_without_a_gate(self):
        done, document = self.check(0, 0, ["--all", "--min-held=10s"], LEAKER)
        note, = document["leaks"]
        self.assertEqual((note["class"], note["verdict"], note["count"]), ("exit-unclosed", "note", 2))
        self.check(0, 2, ["--strict", "--min-held=10s"], LEAKER)

    @unittest.skipUnless(shutil.which("ruby"), "needs ruby")
    def test_interpreter_without_names(self):
        """Ruby closes what a program has left open, in functions whose names are stripped. Nobody has
        read the ends: a pool gets --idle to notice them."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            for _ in 1, 2:
                clients = [listener.accept()[0]]
                # Whoever says nothing has read all answers.
                while clients[-1].recv(4096):
                    clients[-1].sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                    clients.append(listener.accept()[0])
                for client in clients:
                    client.close()

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        program = ("require 'net/http'; kept = 3.times.map { http = Net::HTTP.new('127.0.0.1', %d)."
                   "start; http.get('/'); http }; TCPSocket.new('127.0.0.1', %d).close; sleep 0.3"
                   % (2 * listener.getsockname()[1:]))
        _, document = self.check(9, 3, ["-e", "9", "--idle=0"], "ruby", "-e", program)
        leak, = document["leaks"]
        self.assertEqual((leak["class"], leak["reason"]), ("fin-unread", "closed-at-exit"))
        done, _ = self.check(0, 0, ["-e", "9", "--idle=1m"], "ruby", "-e", program)
        self.assertRegex(done.stderr, r"\Afinleak: no leaks; 3 idle sockets whose peers had closed were "
                         r"left open \(for less than 60(\.0)? s: --idle\); ")
        server.join()

    @unittest.skipUnless(shutil.which("perl"), "needs perl")
    def test_interpreter_that_keeps_its_last_statement(self):
        """Perl tears a program down with its last statement current, as if that closed."""
        program = ("use IO::Socket::INET; my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => "
                   "'127.0.0.1'); our @kept;\nfor (1..3) {\nmy $c = IO::Socket::INET->new(PeerAddr => "
                   "'127.0.0.1', PeerPort => $l->sockport);\nclose $l->accept;\npush @kept, $c;\n}\n"
                   "select(undef, undef, undef, 0.3);")
        _, document = self.check(9, 3, ["-e", "9", "--idle=0"], "perl", "-e", program)
        leak, = document["leaks"]
        self.assertEqual((leak["class"], leak["reason"]), ("fin-unread", "closed-at-exit"))

    def run_exec(self, how, flag, environment, *program, options=("-e", "9")):
        return self.run_program(options, ENDS_BY_EXEC, how, flag, environment, *program)

    def test_exec_keeps_it(self):
        """exec ends no process: what it read the end of is open as long as the process is."""
        again = [ENDS_BY_EXEC, "exec", "keep", "own"]
        for program, leaked in (["/bin/true"], 1), (["/bin/sleep", "0.3"], 1), ([*again, "/bin/true"], 2):
            with self.subTest(program=program):
                done, document = self.run_exec("exec", "keep", "own", *program)
                self.assertEqual((done.returncode, document["summary"]["leaked_sockets"]), (9, leaked),
                                 (done.stderr, document["leaks"]))

    def test_exec_keeps_it_and_it_is_closed(self):
        done, _ = self.run_exec("exec", "keep", "own", ENDS_BY_EXEC, "closes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("finleak: no leaks: ", done.stderr)

    def test_exec_closes_it(self):
        """The program chose that end, and nobody closed but the kernel."""
        for environment in "own", "none":
            for program in ["/bin/true"], ["/bin/sleep", "0.3"]:
                with self.subTest(environment=environment, program=program):
                    done, document = self.run_exec("exec", "cloexec", environment, *program)
                    self.assertEqual((done.returncode, document["summary"]["leaked_sockets"]), (9, 1),
                                     (done.stderr, document["leaks"]))
                    self.assertFalse([p["blind_spots"] for p in document["processes"] if p["blind_spots"]])

    def test_exec_without_a_gate(self):
        """The headline says what was left."""
        for flag in "keep", "cloexec":
            done, document = self.run_exec("exec", flag, "own", "/bin/true", options=["-e", "9", "--min-held=10s"])
            self.assertRegex(done.stderr, r"\Afinleak: no leaks; 1 socket was still open at exit \(held for less "
                                          r"than 10 s; --strict counts it\); ")

    def test_exec_of_what_is_not_recorded(self):
        """Nobody knows whether it closes what it was left."""
        done, document = self.run_exec("exec", "keep", "none", "/bin/true")
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertRegex(done.stderr, "no leaks among what could be ")
        self.assertRegex(" ".join(" ".join(p["blind_spots"]) for p in document["processes"]),
                         "executed a program that was not recorded, and left it 1 socket")
        # Samples find out.
        done, _ = self.run_exec("exec", "keep", "none", "/bin/sleep", "0.3")
        self.assertIn(done.returncode, (9, 125), done.stderr)

    def test_exec_in_a_child(self):
        """The parent keeps its own; what the child inherited, it has closed when it ends."""
        for how in "fork", "vfork", "spawn":
            for flag in "keep", "cloexec":
                for environment in "own", "none":
                    with self.subTest(how=how, flag=flag, environment=environment):
                        done, document = self.run_exec(how, flag, environment, "/bin/true")
                        self.assertEqual((done.returncode, document["summary"]["leaked_sockets"]), (9, 1),
                                         done.stderr)
        for flag in "keep", "cloexec":
            done, _ = self.run_exec("handed", flag, "own", "/bin/true")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_end_read_by_a_constructor(self):
        """No recorded call opened it or read its end: by the kernel it is a leak once it stands for
        --min-held, and before that nobody knows."""
        program = [sys.executable, "-c", OPENS_DEEP, READS_IN_CONSTRUCTOR]
        done, _ = self.run_program(["-e", "9", "--strict", "--min-held=10s"], *program, "0")
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertRegex(done.stderr, "no leaks among what could be recorded; 1 socket was still open at "
                                      "exit, right after EOF that no recorded call had read; ")
        done, document = self.run_program(["-e", "9"], *program, "0.4")
        leak, = document["leaks"]
        self.assertEqual((done.returncode, leak["class"], leak["count"]), (9, "eof-unclosed", 1))

    def test_handler_of_one_connection(self):
        self.check(0, 0, ["-e", "9"], sys.executable, "-c", FORKS)

    def test_asked_to_end(self):
        """What is finished while it ends need not be closed any more."""
        output = os.path.join(self.work, "report.json")
        command = [commands.FINLEAK, "run", "-e", "9", "--strict", "--min-held=10s", "-d",
                   os.path.join(self.work, "recordings"), "-f", "json", "-o", output, "--",
                   sys.executable, "-c", SIGNALLED]
        with commands.Server(command) as run:
            run.read_line("^ready$")
            run.process.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 0)
            self.assertTrue(re.search(r"no leaks; 1 socket was still open at the end \(", run.process.stderr.read()))


if __name__ == "__main__":
    unittest.main()
