# SPDX-License-Identifier: MIT
"""P8: return values, errno, cancellation, signals, exceptions, status and output are the bare ones.

When errno_kept fails: the difference names the call. A note changed errno (visit_end() puts it
back; what is done outside of a visit must do so itself), or a wrapper returns another result.

When cancelled fails: a wrapper is not a cancellation point any more (it held something, or lost its
unwind tables: -fexceptions), or the recorder makes one of a call that is none: inside of a visit
nothing may be called that POSIX lets be cancelled (open, read, write, close).

When exceptions fail: libunwind's symbols are in the program's global scope. It must be loaded
RTLD_LOCAL and never be linked; see backtrace_start().
"""

import os
import shutil
import subprocess
import unittest

from recorded import PRELOAD, PROGRAMS, Test, main, program

PYTHON = """
import os, socket, subprocess, sys, threading
a, b = socket.create_server(("127.0.0.1", 0)), socket.socket()
b.connect(a.getsockname())
c, _ = a.accept()
threads = [threading.Thread(target=lambda: [os.close(os.dup(c.fileno())) for _ in range(50)])
           for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
b.sendall(b"x" * 1000); b.close()
print(len(c.recv(2000)), c.recv(10), sorted(os.listdir("/proc/self/fd")))
print(subprocess.run(["sh", "-c", "echo from a child; exit 4"]).returncode, file=sys.stderr)
os.write(2, b"to stderr\\n")
sys.exit(5)
"""

PERL = """
use IO::Socket::INET;
my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", Proto => "tcp") or die;
my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $l->sockport) or die;
my $s = $l->accept; print $c "one\\ntwo"; close $c;
print "got $_" while <$s>; print "\\n";
if (my $pid = fork) { waitpid $pid, 0; print "child ", $? >> 8, "\\n"; } else { close $s; exit 6; }
print STDERR "to stderr\\n"; exit 7;
"""

NODE = """
const net = require("net");
const server = net.createServer(s => { s.on("data", d => console.log("got", d.length));
  s.on("end", () => { console.log("end"); s.end(); server.close(); }); });
server.listen(0, "127.0.0.1", () => { const c = net.connect(server.address().port, "127.0.0.1",
  () => { c.write("x".repeat(100)); c.end(); }); c.on("close", () => console.log("closed")); });
process.on("exit", () => { console.error("to stderr"); process.exitCode = 8; });
"""

BASH = """
exec 5>&1; echo to five >&5; exec 5>&-; (exit 3); echo $?; cat < <(echo from a substitution)
echo a pipeline | sed s/a/the/ | tr e E; echo to stderr >&2; ls /proc/self/fd | wc -l
exec 6<>/dev/tcp/127.0.0.1/1; echo "no connection: $?"; trap 'echo trapped; exit 9' TERM; kill $$
"""


class Calls(Test):
    def test_errno(self):
        _, out, _ = self.same_as_bare([program("errno_kept")])
        self.assertIn("errno at main: 0", out)
        self.assertEqual(len(out.split("errno")) > 90, True)

    def test_cancellation(self):
        status, out, _ = self.same_as_bare([program("cancelled")])
        self.assertEqual(status, 0)
        self.assertNotIn("not c", out.replace("others: passed 6, cancelled", ""))
        self.assertEqual(out.count("others: passed 6, cancelled"), 5)
        self.assertEqual(out.count("cleaned up"), 8)
        recording = self.the_recording()
        self.assertGreaterEqual(recording["closed"], 25)
        self.assertEqual(recording["lost"]["stacks"], 0)


class Hosts(Test):
    def test_strange_hosts(self):
        for name in self.run_well([program("strange_hosts")]).split():
            with self.subTest(host=name):
                # Those who change their user record no more.
                self.recordings.mkdir(exist_ok=True)
                status, _, _ = self.same_as_bare([program("strange_hosts"), name])
                self.assertEqual(status, 0)

    def test_odd_hosts(self):
        for name in self.run_well([program("odd_hosts")]).split():
            with self.subTest(host=name):
                self.recordings.mkdir(exist_ok=True)
                status, out, _ = self.same_as_bare([program("odd_hosts"), name, PRELOAD])
                self.assertGreaterEqual(status, 0, out)
                self.assertTrue(self.recording_files())
                shutil.rmtree(self.recordings)


class Helpers(Test):
    def test_on_thread_storage_of_zeros(self):
        status, _, _ = self.same_as_bare([program("no_storage")])
        self.assertEqual(status, 0)
        # What the helper opened and closed is not ours.
        recording = self.the_recording()
        self.assertEqual(recording["opened"], 1)
        self.assertEqual(recording["open_now"], 1)

    @unittest.skipUnless(shutil.which("chromium") and os.geteuid() == 0,
                         "there is no Chromium, or no other user to run it as")
    def test_chromium_with_its_sandbox(self):
        """Its helper, and processes in namespaces and behind filters of system calls."""
        page, home = self.folder / "page.html", self.folder / "home"
        page.write_text("<script>document.write('sum ' + (1 + 2))</script>")
        home.mkdir()
        self.recordings.mkdir()
        for path in (self.folder, page, home, self.recordings):
            shutil.chown(path, "nobody", "nogroup")
        library = self.folder / "libfinleak.so"
        shutil.copy(PRELOAD, library)
        command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env",
                   f"HOME={home}", "chromium", "--headless", "--disable-gpu", "--dump-dom",
                   f"file://{page}"]
        # What it writes on stderr has pids and times in it.
        bare = self.run_program(command, recorded=False, patience=120)[:2]
        recorded = self.run_program(command, recorded=False, patience=120,
                                    extra={"LD_PRELOAD": str(library)})[:2]
        self.assertEqual(recorded, bare)
        self.assertIn("sum 3", bare[1])
        self.assertGreater(len(self.recording_files()), 5)


class Exceptions(Test):
    def setUp(self):
        super().setUp()
        if not os.path.exists(program("throwing")):
            self.skipTest("there was no C++ compiler")

    def check(self, command):
        status, out, _ = self.same_as_bare(command)
        self.assertEqual(status, 0)
        self.assertIn("caught 100", out)
        self.assertIn("_Unwind_RaiseException is of libgcc_s", out)
        self.assertIn("backtrace is of libc.so", out)
        self.assertNotIn("libunwind", out)
        self.assertGreaterEqual(self.the_recording()["closed"], 2100)

    def test_cxx_program(self):
        self.check([program("throwing")])

    def test_cxx_plugin_of_a_c_program(self):
        self.check([program("c_host"), program("libthrowing.so")])


class Programs(Test):
    """Real interpreters: status, stdout and stderr to the byte."""

    def check(self, name, *arguments):
        found = shutil.which(name, path="/usr/bin:/bin:/usr/local/bin")
        if not found:
            self.skipTest(f"there is no {name}")
        self.same_as_bare([found, *arguments])

    def test_bash(self):
        self.check("bash", "-c", BASH)

    def test_python(self):
        self.check("python3", "-c", PYTHON)

    def test_perl(self):
        self.check("perl", "-e", PERL)

    def test_node(self):
        self.check("node", "-e", NODE)

    def test_ended_by_a_signal(self):
        for name in ("TERM", "KILL", "ABRT", "SEGV", "PIPE"):
            self.check("bash", "-c", f"kill -{name} $$")

    def test_true_and_false(self):
        self.check("true")
        self.check("false")


class Sanitized(Test):
    """Programs with a sanitizer in them: it sees the recorder's calls and ends the guilty.

    TSan would see races in the recorder's tables, through its memcpy(), and descriptors that its own
    table has no room for; MSan uninitialised memory, where the recorder's stack is written by code
    that it does not know; ASan ends a program in which another library comes first.
    """

    def test_sanitized_programs(self):
        programs = sorted(set(PROGRAMS.glob("rounds_*_*")))
        if not programs:
            self.skipTest("no compiler has sanitizers")
        for path in programs:
            with self.subTest(program=path.name):
                shutil.rmtree(self.recordings, ignore_errors=True)
                self.same_as_bare([str(path), "tcp", "100", "4"])
                recording = self.the_recording()
                self.assertGreaterEqual(recording["closed"], 800)
                self.assertEqual(recording["lost"]["stacks"], 0)

    @unittest.skipUnless(os.path.exists(program("rounds_gcc_address")), "there is no ASan")
    def test_asan_ahead_of_the_recorder(self):
        needed = subprocess.run(["ldd", program("rounds_gcc_address")], capture_output=True, text=True)
        asan = [line.split()[2] for line in needed.stdout.splitlines() if "libasan" in line]
        self.same_as_bare([program("rounds_gcc_address"), "tcp", "200"], first=asan)
        recording = self.the_recording()
        self.assertGreaterEqual(recording["closed"], 400)
        self.assertEqual(recording["lost"]["stacks"], 0)


class OtherLibc(Test):
    @unittest.skipUnless(os.path.exists(program("rounds_musl")), "there is no musl-gcc")
    def test_musl(self):
        """A child that inherits LD_PRELOAD: its loader takes the recorder, which keeps still."""
        self.same_as_bare([program("rounds_musl"), "tcp", "20", "2"])
        self.same_as_bare(["sh", "-c", program("rounds_musl") + " tcp 20; echo $?"])


class Valgrind(Test):
    """valgrind's tools see the recorder as a part of the program."""

    def check(self, tool):
        valgrind = shutil.which("valgrind")
        if not valgrind:
            self.skipTest("there is no valgrind")
        command = [valgrind, "-q", "--error-exitcode=77", f"--tool={tool}", program("rounds"), "tcp",
                   "5", "2"]
        status, _, _ = self.same_as_bare(command, patience=120)
        self.assertEqual(status, 0)
        closed = [recording["closed"] for recording in self.all_recordings()]
        self.assertGreaterEqual(max(closed), 20)

    def test_memcheck(self):
        self.check("memcheck")

    def test_helgrind(self):
        self.check("helgrind")

    def test_drd(self):
        self.check("drd")


if __name__ == "__main__":
    main()
