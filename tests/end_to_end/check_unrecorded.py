# SPDX-License-Identifier: MIT
"""A process that had sockets and left no recording is named with the reason, and the gate does not
pass. The kernel alone judges its sockets: what leaked fails the gate as a leak."""
import glob
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

import commands

LEAKER = os.environ["FINLEAK_LEAKER"]
SOCKET_WRAPPER = next(iter(glob.glob("/usr/lib/*/libsocket_wrapper.so") +
                           glob.glob("/usr/lib*/libsocket_wrapper.so")), "")
STATIC_LEAKER = os.environ.get("FINLEAK_STATIC_LEAKER", "")

# Starts its arguments as a program, which leaks and waits. At SIGTERM, which finleak forwards only after a
# sample, it lets that end, and ends well.
STARTS = """
import os, signal, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
line = child.stdout.readline()
def end(number, frame):
    child.stdin.close()
    os._exit(child.wait() and 3)
signal.signal(signal.SIGTERM, end)
print(line.decode().strip(), flush=True)
while True:
    signal.pause()
"""


class Unrecorded(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        os.chmod(self.work, 0o755)
        self.recordings = os.path.join(self.work, "recordings")
        self.output = os.path.join(self.work, "report.json")

    def elsewhere(self):
        """A folder where `finleak run` does not look."""
        return os.path.join(self.work, "elsewhere")

    def start(self, *command, options=()):
        return commands.Server([commands.FINLEAK, "run", "-e", "7", "-d", self.recordings, "-f",
                                "json", "-o", self.output, *options, "--", sys.executable, "-c",
                                STARTS, *command])

    def blind_spots(self, document):
        return [text for process in document["processes"] for text in process["blind_spots"]]

    def end(self, run, *words, status=125):
        """PROGRAM ends well, and finleak does not: in what it says of it are WORDS."""
        run.process.send_signal(signal.SIGTERM)
        ended, printed = run.wait(), run.process.stderr.read()
        document = commands.load_report(self.output)
        commands.check_schema(document)
        self.assertEqual(ended, status, (printed, document["summary"]))
        spots = self.blind_spots(document)
        for word in words:
            self.assertTrue([text for text in spots if word in text], (word, spots))
        return document

    def check(self, command, *words, later=True):
        """No leak is old enough to count, so that what was not recorded decides."""
        with self.start(*command, options=["--min-held=1h"]) as run:
            run.read_line("^ready$")
            document = self.end(run, *words)
        named = [process for process in document["processes"]
                 if any("was not recorded: " in text for text in process["blind_spots"])]
        self.assertTrue(named, document["processes"])
        if not later:
            return
        status, repeated, _ = commands.report(self.recordings, "-e", "7")
        self.assertEqual(status, 125)
        self.assertEqual(self.blind_spots(repeated), self.blind_spots(document))
        text = commands.finleak("report", self.recordings).stdout
        self.assertIn("no leaks among what could be recorded", text)
        for process in named:
            self.assertIn("%s (pid %d) was not recorded: " % (process["executable"], process["pid"]),
                          text)

    def test_empty_environment(self):
        self.check(["env", "-i", LEAKER], "it was started with an empty environment")

    def check_judged(self, *command, reason, helps):
        """Its sockets are reported by class, with all that the kernel knows of them."""
        with self.start(*command, options=["--min-held=0"]) as run:
            run.read_line("^ready$")
            document = self.end(run, "was not recorded: " + reason, helps,
                                "judged its 3 TCP sockets", status=7)
        self.assertEqual(document["summary"]["by_class"], {"eof-unclosed": 2})
        leak, = document["leaks"]
        process = next(process for process in document["processes"]
                       if process["pid"] == leak["sockets"][0]["pid"]
                       and any("was not recorded" in text for text in process["blind_spots"]))
        self.assertEqual(process["executable"], os.path.basename(command[-1])[:15])
        self.assertEqual(process["tcp_states"]["CLOSE_WAIT"], 2)
        for socket in leak["sockets"]:
            self.assertRegex(socket["peer"], r"^127\.0\.0\.1:\d+$")
            self.assertRegex(socket["local"], r"^127\.0\.0\.1:\d+$")
            self.assertGreaterEqual(socket["fd"], 0)
        self.assertNotIn("finleak run", leak["fix"])
        for _ in range(2):
            status, repeated, _ = commands.report(self.recordings, "-e", "7", "--min-held=0")
            self.assertEqual(status, 7)
            self.assertEqual(repeated["summary"]["by_class"], {"eof-unclosed": 2})
            self.assertEqual(self.blind_spots(repeated), self.blind_spots(document))
            # A later run in the same folder is not blamed for it; the folder still is.
            later = commands.finleak("run", "-e", "7", "-d", self.recordings, "-o", os.devnull,
                                     "--", "/bin/true")
            self.assertEqual(later.returncode, 0, later.stderr)

    def test_sockets_are_judged_by_the_kernel(self):
        self.check_judged("env", "-i", LEAKER, reason="it was started with an empty environment",
                          helps="pass LD_PRELOAD and FINLEAK_OPTIONS on")
        shutil.rmtree(self.recordings)
        self.check_judged("sh", "-c", 'LD_PRELOAD= "$0"; true', LEAKER,
                          reason="it was started with an LD_PRELOAD without", helps="pass LD_PRELOAD")

    @unittest.skipUnless(STATIC_LEAKER, "no static libc to build a static program with")
    def test_sockets_of_a_static_program_are_judged_by_the_kernel(self):
        self.check_judged(STATIC_LEAKER, reason="it is statically linked", helps="link it dynamically")

    def test_report_while_it_runs(self):
        """The file with the reason is not there yet."""
        with self.start("env", "-i", LEAKER, options=["--min-held=0"]) as run:
            run.read_line("^ready$")
            commands.wait_for("a sample", lambda: glob.glob(os.path.join(
                self.recordings, "unrecorded.*.observed")))
            status, document, _ = commands.report(self.recordings, "-e", "7", "--min-held=0")
            self.assertEqual(status, 7)
            self.assertEqual(document["summary"]["by_class"], {"eof-unclosed": 2})
            self.end(run, status=7)

    def test_environment_without_the_recorder(self):
        self.check(["env", "-u", "LD_PRELOAD", LEAKER], "it was started without LD_PRELOAD")
        shutil.rmtree(self.recordings)
        self.check(["sh", "-c", 'LD_PRELOAD= "$0"; true', LEAKER], "an LD_PRELOAD without")

    def test_exec_with_an_empty_environment(self):
        self.check([sys.executable, "-c", "import os, sys; os.execve(sys.argv[1], sys.argv[1:], {})",
                    LEAKER], "it was started with an empty environment")

    def test_limits(self):
        self.check(["sh", "-c", 'ulimit -f 20; "$0"; true', LEAKER], "its file-size limit is 10 KiB")
        shutil.rmtree(self.recordings)
        self.check(["sh", "-c", 'ulimit -v 5000; "$0"; true', LEAKER], "its address-space limit is 4 MiB")

    @unittest.skipUnless(STATIC_LEAKER, "no static libc to build a static program with")
    def test_static(self):
        self.check(["sh", "-c", '"$0"; true', STATIC_LEAKER], "it is statically linked")

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_another_user(self):
        leaker = os.path.join(self.work, "leaker")
        shutil.copy(LEAKER, leaker)
        nobody = ["setpriv", "--reuid=65534", "--clear-groups"]
        for command in (["sudo", "-u", "nobody", leaker],
                        [*nobody, "env", "-u", "LD_PRELOAD", leaker]):
            if shutil.which(command[0]):
                with self.subTest(command=command):
                    self.check(command, "it switched to user nobody")
                    shutil.rmtree(self.recordings)

    def check_recorded(self, *command):
        """Its leaks are found, and nothing is left unjudged."""
        with self.start(*command, options=["--min-held=0"]) as run:
            run.read_line("^ready$")
            document = self.end(run, status=7)
        self.assertEqual(self.blind_spots(document), [])
        shutil.rmtree(self.recordings)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_another_user_is_recorded(self):
        """finleak run creates the recordings that such a process may not add."""
        leaker = os.path.join(self.work, "leaker")
        shutil.copy(LEAKER, leaker)
        for command in (["runuser", "-u", "nobody", "--", leaker],
                        ["su", "nobody", "-s", "/bin/sh", "-c", leaker],
                        ["setpriv", "--reuid=65534", "--clear-groups", leaker]):
            with self.subTest(command=command[0]):
                self.check_recorded(*command)

    @unittest.skipUnless(shutil.which("bwrap"), "needs bubblewrap")
    def test_sandboxes(self):
        sandbox = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev"]
        if subprocess.run([*sandbox, "true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no namespaces here")
        self.check_recorded(*sandbox, LEAKER)
        alone = [*sandbox, "--unshare-net"]  # finleak run can't be asked from there
        self.check([*alone, LEAKER], "is read-only in its file system (a sandbox)")
        shutil.rmtree(self.recordings)
        hidden = os.path.join(self.work, "hidden")
        self.recordings = os.path.join(hidden, "recordings")
        self.check([*alone, "--tmpfs", hidden, LEAKER],
                   "is not in its file system (a sandbox)")
        shutil.rmtree(self.recordings)
        self.check_recorded(*sandbox, "--tmpfs", hidden, LEAKER)
        with self.start("bwrap", "--bind", "/", "/", "--unshare-net", LEAKER,
                        options=["--min-held=0"]) as run:
            run.read_line("^ready$")
            self.end(run, status=7)

    @unittest.skipUnless(SOCKET_WRAPPER, "needs libsocket_wrapper")
    def test_library_that_stands_in_for_sockets(self):
        """Ahead of the recorder it answers the calls itself; behind it they are recorded, though the
        kernel knows the sockets as others."""
        sockets = os.path.join(self.work, "sockets")
        ahead = 'SOCKET_WRAPPER_DIR="$1" LD_PRELOAD="$2:$LD_PRELOAD" "$0"; true'
        os.mkdir(sockets)
        self.check(["sh", "-c", ahead, LEAKER, sockets, SOCKET_WRAPPER],
                   "libsocket_wrapper.so precedes libfinleak.so in its LD_PRELOAD")
        shutil.rmtree(self.recordings)
        shutil.rmtree(sockets)
        os.mkdir(sockets)
        with self.start("env", "SOCKET_WRAPPER_DIR=" + sockets, "sh", "-c",
                        'LD_PRELOAD="$LD_PRELOAD:$1" "$0"; true', LEAKER, SOCKET_WRAPPER,
                        options=["--min-held=0"]) as run:
            run.read_line("^ready$")
            document = self.end(run, "of another kind in the kernel", status=7)
        self.assertEqual(document["summary"]["leaked_sockets"], 2)
        # What has no sockets misses nothing.
        shutil.rmtree(self.recordings)
        done = commands.finleak("run", "-e", "7", "-d", self.recordings, "-o", self.output, "--",
                                "sh", "-c", ahead, "true", sockets, SOCKET_WRAPPER)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_without_samples_of_the_kernel(self):
        with self.start("env", "-i", LEAKER, options=["--observe=0"]) as run:
            run.read_line("^ready$")
            self.end(run, "it was started with an empty environment")

    def test_became_a_program_without_sockets(self):
        """Samples found none: nothing is missing."""
        run = subprocess.Popen(
            [commands.FINLEAK, "run", "-e", "7", "-d", self.recordings, "-o", os.devnull, "--",
             "env", "-i", "cat"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        commands.wait_for("a recording", lambda: glob.glob(os.path.join(self.recordings,
                                                                        "*.finleak")))
        time.sleep(0.3)  # for some samples, of which nothing is kept
        _, errors = run.communicate("")
        self.assertEqual(run.returncode, 0, errors)
        self.assertEqual(commands.report(self.recordings, "-e", "7")[0], 0)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_full_disk(self):
        disk = os.path.join(self.work, "disk")
        os.mkdir(disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", disk]).returncode:
            self.skipTest("no mounts here")
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        self.recordings = os.path.join(disk, "recordings")
        fills = 'dd if=/dev/zero of="$1/fill" bs=1k 2>/dev/null; "$0"; true'
        self.check(["sh", "-c", fills, LEAKER, disk], "the disk was full", later=False)

    def test_recording_removed(self):
        with self.start(LEAKER, options=["--min-held=1h"]) as run:
            run.read_line("^ready$")
            path, = glob.glob(os.path.join(self.recordings, "leaks_and_waits*.finleak"))
            os.unlink(path)
            self.end(run, "its recording was removed")
        self.assertEqual(commands.report(self.recordings, "-e", "7")[0], 125)

    def test_recording_removed_after_a_sample(self):
        with self.start(LEAKER, options=["--min-held=0"]) as run:
            run.read_line("^ready$")
            self.end(run, status=7)
        path, = glob.glob(os.path.join(self.recordings, "leaks_and_waits*.finleak"))
        os.unlink(path)
        status, document, _ = commands.report(self.recordings, "-e", "7")
        self.assertEqual(status, 125)
        self.assertIn("was not recorded: its recording was removed", self.blind_spots(document))

    def test_folder_removed(self):
        with self.start(LEAKER, options=["--min-held=1h"]) as run:
            run.read_line("^ready$")
            shutil.rmtree(self.recordings)
            subprocess.run(["true"], env=commands.environment(
                LD_PRELOAD=os.environ["FINLEAK_LIBRARY"],
                FINLEAK_OPTIONS="recordings=" + self.recordings))
            self.end(run, "its recording was removed")

    def test_table_that_reads_as_zeros(self):
        with self.start(LEAKER, options=["--min-held=0"]) as run:
            run.read_line("^ready$")
            self.end(run, status=7)
        path, = glob.glob(os.path.join(self.recordings, "leaks_and_waits*.finleak"))
        with open(path, "r+b") as file:
            # The section of sockets is the second: offset, capacity, used, record_size.
            offset, _, used, size = struct.unpack("=QQQI", file.read(24 + 2 * 32)[56:84])
            file.seek(offset)
            file.write(bytes(used * size))
        # What the kernel showed of it would be reported all the same.
        os.unlink(path.replace(".finleak", ".observed"))
        status, document, _ = commands.report(self.recordings, "-e", "7")
        self.assertEqual(status, 125)
        self.assertTrue([text for text in self.blind_spots(document) if "table of sockets" in text])

    def test_children_without_sockets(self):
        """They need no recording: nothing is missing."""
        done = commands.finleak("run", "-e", "7", "-d", self.recordings, "-o", self.output, "--",
                                "sh", "-c", "for i in 1 2 3; do (:); done; ls >/dev/null; exit 0")
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_alone(self, *command, before=()):
        """The status of a gate over COMMAND, and what both print."""
        done = subprocess.run([*before, commands.FINLEAK, "run", "-e", "7", "-d", self.recordings,
                               "-o", os.devnull, "--", *command], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        shutil.rmtree(self.recordings)
        return done.returncode, done.stdout

    def test_programs_that_open_no_sockets(self):
        """By what they import they can't: nothing is missing, however short they live."""
        makefile = os.path.join(self.work, "Makefile")
        with open(makefile, "w") as file:
            file.write("all:" + 8 * "\n\t@env -i cat /dev/null\n\t@env -i true" + "\n")
        spawns = ("import subprocess\nfor i in range(8): "
                  "subprocess.run(['/bin/cat', '/dev/null'], env={}, check=True)")
        for command in (["env", "-i", "true"], ["sh", "-c", "env -i true"],
                        ["sh", "-c", "env -i true; env -u LD_PRELOAD ls; exit 0"],
                        ["make", "-s", "-f", makefile], [sys.executable, "-c", spawns]):
            if shutil.which(command[0]):
                with self.subTest(command=command):
                    self.assertEqual(self.run_alone(*command)[0], 0)

    def test_short_programs_that_open_sockets(self):
        """They end before a sample can find them, or after one: the gate does not pass."""
        for command in (["env", "-i", LEAKER], ["sh", "-c", 'LD_PRELOAD= "$0"; true', LEAKER],
                        ["env", "-i", "sh", "-c", LEAKER],
                        ["env", "FINLEAK_OPTIONS=recordings=" + self.elsewhere(), LEAKER],
                        ["sh", "-c", 'FINLEAK_OPTIONS=frames=8:recordings=$0 $1; true',
                         self.elsewhere(), LEAKER],
                        [sys.executable, "-c", "import subprocess, sys\n"
                         "subprocess.run(sys.argv[1:], env={}, check=True)", LEAKER]):
            with self.subTest(command=command):
                status, printed = self.run_alone(*command)
                self.assertIn("ready", printed)
                self.assertIn(status, (7, 125), printed)

    def test_no_connection_in_the_whole_namespace(self):
        """What might have opened one has not: counters of the kernel show it."""
        alone = ["unshare", "-n", "--"] if os.geteuid() == 0 else ["unshare", "-rn", "--"]
        if subprocess.run([*alone, "true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no namespaces here")
        for command in (["env", "-i", "sh", "-c", ":"], ["sh", "-c", "env -i sh -c :; exit 0"]):
            self.assertEqual(self.run_alone(*command, before=alone)[0], 0)
        both = ["sh", "-c", 'ip link set lo up; exec "$@"', "sh"]
        if shutil.which("ip"):
            status, printed = self.run_alone("env", "-i", LEAKER, before=[*alone, *both])
            self.assertIn(status, (7, 125), printed)

    def test_killed_in_the_midst_of_an_exec(self):
        """The loader of the new program waits for a library (a FIFO) that is loaded before the
        recorder begins. It is killed then: nothing was lost."""
        fifo = os.path.join(self.work, "library.so")
        os.mkfifo(fifo)
        program = """
import os, signal, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
held = socket.create_connection(listener.getsockname())
held.set_inheritable(True)
other = os.fork()
if other == 0:
    signal.pause()
child = os.fork()
if child == 0:
    environment = dict(os.environ, LD_PRELOAD=os.environ["LD_PRELOAD"] + ":" + sys.argv[1])
    os.execve("/bin/sleep", ["sleep", "1000"], environment)
while b"sleep" not in open("/proc/%d/cmdline" % child, "rb").read():
    pass
os.kill(other, signal.SIGKILL)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
os.waitpid(other, 0)
held.close()
"""
        done = commands.finleak("run", "-e", "7", "--observe=1h", "-d", self.recordings, "-o",
                                self.output, "-f", "json", "--", sys.executable, "-c", program, fifo)
        spots = self.blind_spots(commands.load_report(self.output))
        self.assertEqual(done.returncode, 0, (done.stderr, spots))
        self.assertFalse([text for text in spots if "it became a program" in text])

    def test_without_a_gate_the_status_stays(self):
        done = commands.finleak("run", "-d", self.recordings, "-o", self.output, "--", "env", "-i",
                                "/bin/true")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_damaged_file_of_the_run(self):
        """It is hostile input: a report is made without it."""
        commands.finleak("run", "-d", self.recordings, "-o", self.output, "--", "true")
        for text in ("", "{", "[]", '{"schema": 3}', '{"schema": "finleak-run/1", "unrecorded": 7}',
                     '{"schema": "finleak-run/1", "unrecorded": [1, {}, {"pid": []}]}',
                     "[" * 100000):
            with open(os.path.join(self.recordings, "run.json"), "w") as file:
                file.write(text)
            self.assertIn(commands.report(self.recordings)[0], (0, 125))


if __name__ == "__main__":
    unittest.main()
