# SPDX-License-Identifier: MIT
"""What `finleak run` is between the caller and PROGRAM: signals, stdin, surroundings, daemons."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

import commands

# Says which signal it got, and ends by it in its own way.
CATCHES = """
import signal, sys
def caught(number, frame):
    print("caught", number, flush=True)
    sys.exit(40 + number)
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1,
               signal.SIGUSR2):
    signal.signal(number, caught)
print("ready", flush=True)
while True:
    signal.pause()
"""

# A daemon: its parent ends at once, it goes on in a session of its own and then leaks.
DAEMON = 'setsid "$0" & exit 0'

# Its child has a socket, and maps one page so often that the kernel needs a while to end it.
KILLS = """
import mmap, os, signal, socket, sys
ready, is_ready = os.pipe()
child = os.fork()
if child == 0:
    kept = socket.socket()
    kept.bind(("127.0.0.1", 0))
    file = os.memfd_create("pages")
    os.truncate(file, 64 << 20)
    maps = [mmap.mmap(file, 64 << 20, mmap.MAP_SHARED | mmap.MAP_POPULATE) for _ in range(32)]
    os.write(is_ready, b".")
    signal.pause()
os.read(ready, 1)
os.kill(child, getattr(signal, sys.argv[1]))
os._exit(0)
"""

# Changes its user or its root (or nothing), and then forks those who serve: prefork, or one for each connection.
DROPS = """
import os, socket, sys, time
how, leaks, per_connection = sys.argv[1], sys.argv[2] == "leaks", sys.argv[3] == "each"
listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
if how in ("root", "both"): os.chroot("/proc")
if how in ("user", "both"): os.setgroups([]); os.setgid(65534); os.setuid(65534)
def serve():
    server = listener.accept()[0]
    while server.recv(64): pass
    if not leaks: server.close()
    return server
def child():
    kept = [serve() for _ in range(1 if per_connection else 3)]
    time.sleep(0.2)
    os._exit(0)
children = []
for _ in range(6 if per_connection else 2):
    children.append(os.fork())
    if not children[-1]: child()
for _ in range(6):
    client = socket.socket(); client.connect(address); client.close()
for pid in children: assert os.waitpid(pid, 0)[1] == 0
"""

# Forbids itself socket(): who calls it is killed.
CONFINES = """
import ctypes, os, platform, socket, struct, sys
number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
def confine():
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x7fff0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))
    program = ctypes.create_string_buffer(struct.pack("@HP", 4, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0, ctypes.get_errno()
"""

EXECUTES = CONFINES + """
os.setgroups([]); os.setgid(65534); os.setuid(65534)
confine()
os.execv("/bin/true", ["true"])
"""

# Its child, which inherits its sockets, if any, confines itself and ends.
SERVES = CONFINES + """
listener = socket.create_server(("127.0.0.1", 0))
kept, peer = socket.create_connection(listener.getsockname()), listener.accept()[0]
if sys.argv[1] == "none": kept.close(); peer.close(); listener.close()
if not os.fork():
    confine()
    os._exit(0)
os._exit(os.waitpid(-1, 0)[1])
"""


# Asks for files in the wrong way, as it finds them in its environment; then lives on for a moment.
ASKS = """
import os, socket, struct, sys
asked = dict(o.partition("=")[::2] for o in os.environ["FINLEAK_OPTIONS"].split(":"))
address, key = asked["maker"].split(".")
before = sorted(os.listdir(asked["recordings"]))
def ask(message):
    maker = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    maker.settimeout(10)
    maker.connect("\\0finleak." + address)
    maker.send(message)
    return maker, socket.recv_fds(maker, 1, 1)
def request(key, name, pid): return struct.pack("=16s16si", key, name, pid)
def refused(message): maker, answer = ask(message); assert not answer[0] and not answer[1], answer
refused(request(b"0" * 16, b"x", 1))
refused(request(key.encode(), b"x", -1))
refused(request(key.encode(), b"x", 1)[:-1])
refused(request(key.encode(), b"x", 1) + b"x")
maker, answer = ask(request(key.encode(), b"../../../x/y", 1))
maker.close()                        # hangs up: no file is left behind
maker, answer = ask(request(key.encode(), b"", 1))
maker.send(b"p")
name = maker.recv(64).rstrip(b"\\0").decode()
assert name == ".1.0.finleak", name
os.unlink(os.path.join(asked["recordings"], name))
assert sorted(os.listdir(asked["recordings"])) == before
"""

# Stops finleak, which its helper lets go on in the end, and changes its user. Then starts processes that are to ask
# finleak for a recording. One that is "interrupted" has no /proc to learn from that finleak is stopped.
STOPS = """
import os, signal, socket, sys, time
how = sys.argv[1]
listener = socket.create_server(("127.0.0.1", 0))
finleak = os.getppid()
def state():
    with open(f"/proc/{finleak}/stat") as file: return file.read().rpartition(")")[2].split()[0]
goes_on, until = os.pipe()
os.kill(finleak, signal.SIGSTOP)
while state() != "T": time.sleep(0.001)
if not os.fork():
    os.close(until)
    os.read(goes_on, 1)
    os.kill(finleak, signal.SIGCONT)
    os._exit(0)
if how == "interrupted": listener.close(); os.chroot("/proc")
os.setgroups([]); os.setgid(65534); os.setuid(65534)
started = time.monotonic()
for i in range(1 if how == "interrupted" else 10):
    pid = os.fork()
    if not pid and how == "programs": os.execv("/bin/true", ["true"])
    if not pid and how == "interrupted":
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, 0.3, 0.3)
        socket.socket().close()
    if not pid: os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
took = time.monotonic() - started
os.close(until)
print(took)
"""

# Its children end with a socket, which is there until the kernel has taken away what they have mapped: that takes a while.
ENDS = """
import mmap, os, socket
listener = socket.create_server(("127.0.0.1", 0))
file = os.memfd_create("pages")
os.truncate(file, 64 << 20)
for _ in range(6):
    child = os.fork()
    if child == 0:
        maps = [mmap.mmap(file, 64 << 20, mmap.MAP_SHARED | mmap.MAP_POPULATE) for _ in range(16)]
        if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)
        os._exit(0)
    os.waitpid(child, 0)
"""

# Some get the file that they ask for, and then stop. Prints how long the next one waits for its answers.
STALLS = """
import os, socket, struct, time
asked = dict(o.partition("=")[::2] for o in os.environ["FINLEAK_OPTIONS"].split(":"))
address, key = asked["maker"].split(".")
def ask():
    maker = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    maker.connect("\\0finleak." + address)
    maker.send(struct.pack("=16s16si", key.encode(), b"x", 1))
    return maker
stopped = [ask() for _ in range(20)]
started = time.monotonic()
maker = ask()
answer, files = socket.recv_fds(maker, 1, 1)[:2]
maker.send(b"p")
name = maker.recv(64).rstrip(b"\\0").decode()
print(time.monotonic() - started)
os.unlink(os.path.join(asked["recordings"], name))
"""


class Launch(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        self.recordings = os.path.join(self.work, "recordings")
        self.output = os.path.join(self.work, "report.json")
        self.run_options = ["run", "-d", self.recordings, "-f", "json", "-o", self.output]

    def test_signals_are_forwarded(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM,
                       signal.SIGUSR1, signal.SIGUSR2):
            # The program hears of it through finleak only: the signal goes to one process.
            command = [commands.FINLEAK, *self.run_options, "--", sys.executable, "-c", CATCHES]
            with self.subTest(signal=number.name), commands.Server(command) as run:
                run.read_line("^ready$")
                run.process.send_signal(number)
                run.read_line("^caught %d$" % number)
                self.assertEqual(run.wait(), 40 + number)
                commands.check_schema(commands.load_report(self.output))

    def test_terminated_server_is_reported(self):
        """No handler for SIGTERM: what is known must be in the file by then."""
        with commands.Server([commands.FINLEAK, *self.run_options, "--min-held=0ms", "-e", "99",
                              "--", *commands.sample_command("leaky_server")]) as run:
            script = os.path.join(commands.SOURCES, "visit_leaky_server.sh")
            commands.needs("curl")
            subprocess.run(["sh", script, str(run.port()), "2"], check=True)
            commands.wait_for("the last EOF", lambda: sum(
                leak["count"] for leak in commands.leaks_of(
                    commands.report(self.recordings, "--min-held=0ms")[1])) == 6)
            run.process.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(), -signal.SIGTERM)
        document = commands.load_report(self.output)
        self.assertEqual(document["summary"]["by_class"]["eof-unclosed"], 2)
        self.assertEqual(document["summary"]["by_class"]["shutdown-unclosed"], 2)
        self.assertEqual(document["summary"]["by_class"]["duplicate-held"], 2)

    def test_stdin_is_the_programs(self):
        done = commands.finleak(*self.run_options, "--", "cat", stdin=subprocess.PIPE,
                                input="through\n")
        self.assertEqual((done.returncode, done.stdout), (0, "through\n"))

    def test_arguments_and_surroundings(self):
        shows = 'pwd; umask; for a; do printf "<%s>" "$a"; done; ls -l /proc/self/fd | wc -l'
        command = ["sh", "-c", shows, "sh", "", "a b", "-e", "--", "*"]
        bare = subprocess.run(command, cwd=self.work, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        done = commands.finleak(*self.run_options, "--", *command, cwd=self.work)
        self.assertEqual(done.stdout, bare.stdout)
        self.assertEqual(done.stderr, "")

    def test_options_end_at_the_program(self):
        done = commands.finleak(*self.run_options, "sh", "-c", "exit 5")
        self.assertEqual(done.returncode, 5, done.stderr)

    def test_recordings_folder_by_default(self):
        done = commands.finleak("run", "-o", self.output, "--", "true", cwd=self.work)
        line = re.fullmatch(r"finleak: recordings go to \./(finleak\.\d+)\n", done.stderr)
        self.assertTrue(line, done.stderr)
        self.assertEqual(os.stat(os.path.join(self.work, line.group(1))).st_mode & 0o777, 0o700)

    def test_recordings_folder_by_default_cannot_be_made(self):
        """Nothing goes where no folder is: no line precedes the error."""
        gone = os.path.join(self.work, "gone")
        os.mkdir(gone)
        done = subprocess.run(["sh", "-c", 'rmdir "$PWD"; exec "$0" run -- true', commands.FINLEAK],
                              cwd=gone, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertRegex(done.stderr,
                         r"\Afinleak: cannot keep recordings in \./finleak\.\d+: "
                         r"[^\n]*; name another folder with --recordings\n\Z")

    def test_share_recordings(self):
        commands.finleak(*self.run_options, "--share-recordings", "--", "true")
        self.assertEqual(os.stat(self.recordings).st_mode & 0o7777, 0o1777)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_program_that_drops_its_rights(self):
        """Whoever may not create a recording any more is recorded all the same."""
        for how in "user", "root", "both", "none":
            for each in "each", "prefork":
                for leaks, status, leaked in ("leaks", 9, 6), ("closes", 0, 0):
                    with self.subTest(how=how, each=each, leaks=leaks):
                        done = commands.finleak(*self.run_options, "-e", "9", "--", sys.executable, "-c", DROPS, how,
                                                leaks, each)
                        document = commands.load_report(self.output)
                        self.assertEqual((done.returncode, document["summary"]["leaked_sockets"]),
                                         (status, leaked), (done.stderr, document["leaks"]))
                        self.assertFalse([p["blind_spots"] for p in document["processes"] if p["blind_spots"]])
                        shutil.rmtree(self.recordings)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_program_that_may_not_make_sockets(self):
        """A filter kills for a call that the program does not make itself."""
        command = [sys.executable, "-c", EXECUTES]
        self.assertEqual(subprocess.run(command, check=False).returncode, 0)
        done = commands.finleak(*self.run_options, "--", *command)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_program_that_confines_itself_and_ends(self):
        """No call of it is recorded, and the kernel was not asked in time: a gate does not pass."""
        for sockets, status in ("some", 125), ("none", 0):
            with self.subTest(sockets=sockets):
                done = commands.finleak(*self.run_options, "--observe=60s", "-e", "9", "--", sys.executable, "-c", SERVES,
                                        sockets)
                self.assertEqual(done.returncode, status, done.stderr)
                shutil.rmtree(self.recordings)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_program_goes_on_while_finleak_is_stopped(self):
        """Whoever has to ask finleak for a recording waits for no answer, and is counted as lost."""
        for how, lost in (("children", "10 forked children could not create their recordings"),
                          ("programs", "10 forked children could not create their recordings"),
                          ("interrupted", "1 forked child could not create its recording")):
            with self.subTest(how=how):
                done = commands.finleak(*self.run_options, "--", sys.executable, "-c", STOPS, how)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertLess(float(done.stdout), 10)
                self.assertIn([lost], [process["blind_spots"]
                                       for process in commands.load_report(self.output)["processes"]])
                shutil.rmtree(self.recordings)

    def test_who_asks_for_files(self):
        done = commands.finleak(*self.run_options, "--", sys.executable, "-c", ASKS)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_who_asks_waits_for_no_other(self):
        done = commands.finleak(*self.run_options, "--", sys.executable, "-c", STALLS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(float(done.stdout), 10)
        self.assertFalse([name for name in os.listdir(self.recordings) if name.startswith("x.")])

    def test_program_that_forks_many(self):
        """Each of them with a recording of its own, none of them forgotten."""
        sample, = commands.sample_command("after_eof")
        commands.finleak(*self.run_options, "--", "sh", "-c", '"$0" & "$0" & "$0" & wait', sample)
        document = commands.load_report(self.output)
        commands.check_schema(document)
        leak, = document["leaks"]
        self.assertEqual(leak["count"], 3 * 4)
        self.assertEqual(len({socket["pid"] for socket in leak["sockets"]}), 3)

    def test_wait_for_daemons(self):
        sample, = commands.sample_command("after_eof")
        done = commands.finleak(*self.run_options, "-e", "99", "--wait", "--",
                                "sh", "-c", DAEMON, sample)
        self.assertEqual(done.returncode, 99, done.stderr)
        document = commands.load_report(self.output)
        self.assertEqual(document["summary"]["leaked_sockets"], 4)
        self.assertNotIn("running", {p["state"] for p in document["processes"]})

    def test_daemons_are_not_waited_for(self):
        """Without --wait the report comes when PROGRAM ends, and calls the daemon running."""
        pid_file = os.path.join(self.work, "pid")
        sample, = commands.sample_command("after_eof")
        # sh ends when the server listens: that line comes through the pipe.
        daemon = ('{ setsid "$0" --serve 2>/dev/null & echo $! >"$1"; } | { read -r line; echo "$line"; }')
        started = time.monotonic()
        done = commands.finleak(*self.run_options, "--", "sh", "-c", daemon, sample, pid_file)
        took = time.monotonic() - started
        with open(pid_file) as file:
            pid = int(file.read())
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(took, commands.PATIENCE)
        states = {p["pid"]: p["state"] for p in commands.load_report(self.output)["processes"]}
        self.assertEqual(states.get(pid), "running", states)

    def test_sampled_while_it_ends(self):
        """What is recorded stays recorded when its maps are gone and its sockets are not."""
        done = commands.finleak(*self.run_options, "-e", "9", "--observe=2ms", "--", sys.executable, "-c", ENDS)
        self.assertEqual((done.returncode, [p["blind_spots"] for p in commands.load_report(self.output)["processes"]
                                            if p["blind_spots"]]), (0, []), done.stderr)

    def test_killed_while_the_program_ends(self):
        """PROGRAM ends while what it killed is still ending: when that is, is known all the same."""
        for name in "SIGTERM", "SIGKILL", "SIGQUIT":
            with self.subTest(signal=name):
                done = commands.finleak(*self.run_options, "--", sys.executable, "-c", KILLS, name)
                self.assertEqual(done.returncode, 0, done.stderr)
                child, = (p for p in commands.load_report(self.output)["processes"]
                          if p["state"] != "exited")
                self.assertEqual((child["state"], child["blind_spots"]), ("killed", []))
            shutil.rmtree(self.recordings)


if __name__ == "__main__":
    unittest.main()
