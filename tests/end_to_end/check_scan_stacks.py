# SPDX-License-Identifier: MIT
"""`finleak scan --stacks`: what the threads of a process with stuck sockets do now, and where: native
threads, scripts, those in the same place as one; nothing of a process without findings; what may not
be seen is stated."""
import os
import shutil
import socket
import subprocess
import sys
import unittest

import check_scan
import commands

HERE = os.path.dirname(os.path.abspath(__file__))
NATIVE = [os.environ.get("FINLEAK_THREADS_WAIT", "")]
SCRIPT = [sys.executable, "-B", os.path.join(HERE, "waiting_threads.py")]
WIDTH = 80


def line_of(source, mark):
    with open(os.path.join(HERE, source)) as file:
        return next(number for number, line in enumerate(file, 1) if mark in line)


class Waiting(commands.Server):
    """COMMAND, which listens; CONNECTIONS peers have come and closed, each seen by it."""

    def __init__(self, command, connections, before=()):
        super().__init__([*before, *command])
        self.pid = self.process.pid
        port = self.port()
        for _ in range(connections):
            socket.create_connection(("127.0.0.1", port)).close()


def threads_when(pid, is_there, *options, before=()):
    """Process PID's threads and the report, once IS_THERE(threads, report)."""
    def settled():
        _, document, errors = check_scan.scan("--stacks", *options, pid, before=before)
        if errors or not document["leaks"]:
            return None
        threads = document["processes"][0].get("threads", [])
        return (threads, document) if is_there(threads, document) else None
    return commands.wait_for("the threads of %d" % pid, settled)


def frames(threads):
    return [(frame["function"], os.path.basename(frame["file"] or ""), frame["line"])
            for frame in threads["stack"]]


def with_name(threads, name):
    return next(entry for entry in threads if entry["name"] == name)


class ScanStacks(unittest.TestCase):
    def text(self, pid, *options):
        done = commands.finleak("scan", "--stacks", *options, str(pid))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), WIDTH, line)
        return done.stdout

    def native(self, before=()):
        return Waiting(NATIVE, 2, before)

    def test_native_threads(self):
        def all_wait(threads, _):
            return {entry["name"] for entry in threads if "sleeps" in entry["doing"]} == {
                "handler", "poller", "idle", "threads_wait"} and any(
                    len(entry["threads"]) == 3 for entry in threads) and threads[0]["watches"]
        with self.native() as program:
            threads, document = threads_when(program.pid, all_wait)
            handler, poller = with_name(threads, "handler"), with_name(threads, "poller")
            self.assertIn(("handle", "threads_wait.c", line_of("threads_wait.c", "handled here")),
                          frames(handler))
            self.assertEqual(handler["watches"], 0)
            # Who sleeps on the epoll that has a stuck socket comes first.
            self.assertEqual(threads[0], poller)
            leak, = [leak for leak in document["leaks"] if leak["reason"] == "reading-paused"]
            watch = leak["sockets"][0]["epoll"][0]["fd"]
            self.assertEqual((poller["fd"], poller["watches"]), (watch, 1))
            self.assertIn("epoll", poller["doing"])
            polled = ("poll_events", "threads_wait.c", line_of("threads_wait.c", "polled here"))
            self.assertIn(polled, frames(poller))
            self.assertIn(polled, frames({"stack": leak["stacks"]["thread"]}))
            other, = [leak for leak in document["leaks"] if leak["reason"] == "not-polled"]
            self.assertEqual(other["stacks"], {})
            # Each thread is one of the process', and in one entry.
            seen = sorted(tid for entry in threads for tid in entry["threads"])
            self.assertEqual(seen, sorted(map(int, os.listdir("/proc/%d/task" % program.pid))))
            self.check_native_text(program.pid, poller)
            # Nothing stopped it, or traces it.
            with open("/proc/%d/status" % program.pid) as file:
                self.assertRegex(file.read(), r"State:\s+S[\s\S]*TracerPid:\s+0")

    def check_native_text(self, pid, poller):
        text = self.text(pid)
        joined = " ".join(text.split())
        self.assertRegex(joined, r"each of 3 threads \(idle: \d+, \d+, \d+\) sleeps in")
        self.assertRegex(joined, r"thread \d+ \(handler\) sleeps in")
        self.assertIn("Descriptor %d is an epoll that watches 1 of the stuck sockets."
                      % poller["fd"], joined)
        self.assertRegex(text, r"(?m)^ +#\d +handle .*threads_wait\.c:%d$"
                         % line_of("threads_wait.c", "handled here"))
        # Those that no code of the program is in are counted.
        self.assertIn("1 other thread is in libraries alone", joined)
        self.assertNotIn("libraries alone", self.text(pid, "--all"))
        self.assertGreater(self.text(pid, "--full-stacks").count("   #"), text.count("   #"))

    def test_other_formats(self):
        with self.native() as program:
            threads_when(program.pid, lambda threads, _: len(threads) >= 4)
            for format in "html", "markdown", "junit", "github", "sarif", "openmetrics":
                with self.subTest(format):
                    done = subprocess.run([commands.FINLEAK, "scan", "--stacks", "-f", format,
                                           str(program.pid)], capture_output=True,
                                          timeout=commands.PATIENCE)
                    self.assertEqual((done.returncode, done.stderr), (0, b""))
                    if format == "html":
                        self.assertIn(b"What threads do now", done.stdout)

    def test_script(self):
        held = ("hold", "waiting_threads.py", line_of("waiting_threads.py", "held here"))

        def holds(threads, _):
            return any(held in frames(entry) for entry in threads)
        with Waiting(SCRIPT, 1) as program:
            threads, _ = threads_when(program.pid, holds)
            self.assertEqual(len(threads), 2)
            self.assertRegex(self.text(program.pid), r"(?m)^ +#\d +hold  .*waiting_threads\.py:%d$"
                             % held[2])

    def test_only_thread(self):
        """Nobody else could see to its sockets."""
        def holds(threads, _):
            return any("hold" in frame for entry in threads for frame in frames(entry))
        with Waiting([*SCRIPT, "alone"], 1) as program:
            _, document = threads_when(program.pid, holds)
            functions = [frame["function"] for frame in document["leaks"][0]["stacks"]["thread"]]
            self.assertIn("hold", functions)
            self.assertIn("its only thread", " ".join(self.text(program.pid).split()))

    def build_go(self, folder, *flags):
        if not shutil.which("go"):
            self.skipTest("no go")
        program = os.path.join(folder, "waiting_goroutines")
        subprocess.run(["go", "build", *flags, "-o", program,
                        os.path.join(HERE, "waiting_goroutines.go")], check=True, cwd=folder,
                       env={**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off", "HOME": folder,
                            "GOCACHE": os.environ.get("GOCACHE", "/tmp/finleak-go-cache")})
        return [program]

    def test_goroutines(self):
        """On no thread, they wait: linked at fixed addresses, and at any."""
        source = "waiting_goroutines.go"
        held = ("main.hold", source, line_of(source, "held here"))
        accepts = ("main.main", source, line_of(source, "accepted here"))

        def all_wait(threads, _):
            return any(held in frames(entry) and len(entry.get("goroutines", [])) == 2
                       for entry in threads) and any(accepts in frames(entry) for entry in threads)
        for flags in [], ["-buildmode=pie"]:
            with self.subTest(flags), commands.folder() as folder, \
                    Waiting(self.build_go(folder, *flags), 2) as program:
                threads, document = threads_when(program.pid, all_wait)
                entry = next(entry for entry in threads if held in frames(entry))
                self.assertEqual(entry["doing"], "waits")
                # From where it sleeps to where it began.
                functions = [frame["function"] for frame in entry["stack"]]
                self.assertEqual((functions[0], functions[-1]),
                                 ("runtime.gopark", "runtime.goexit"))
                self.assertEqual([entry.get("goroutines") for entry in threads
                                  if accepts in frames(entry)], [[1]])
                self.assertEqual(document["processes"][0]["blind_spots"], [])
                text = self.text(program.pid)
                self.assertRegex(text, r"each of 2 goroutines \(\d+, \d+\) waits")
                self.assertNotIn("bgsweep", text)

    def test_stripped_go(self):
        with commands.folder() as folder, \
                Waiting(self.build_go(folder, "-ldflags=-s -w"), 1) as program:
            threads, document = threads_when(program.pid, lambda threads, _: threads)
            self.assertFalse([entry for entry in threads if "goroutines" in entry])
            self.assertRegex(" ".join(document["processes"][0]["blind_spots"]), "goroutines")

    def test_healthy(self):
        with check_scan.Program("clean") as program:
            status, document, errors = check_scan.scan("-e", 9, "--stacks", program.pid)
            self.assertEqual((status, errors), (0, ""))
            self.assertNotIn("threads", document["processes"][0])
            self.assertNotIn("threads do", self.text(program.pid))

    def test_not_asked_for(self):
        with check_scan.Program("not_polled") as program:
            _, document, _ = check_scan.scan(program.pid)
            self.assertNotIn("threads", document["processes"][0])
            self.assertEqual(document["leaks"][0]["stacks"], {})

    def test_as_another_user(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("takes root and setpriv")
        nobody = check_scan.NOBODY
        as_nobody = ["setpriv", "--reuid=%d" % nobody, "--regid=%d" % nobody, "--clear-groups"]
        with commands.folder() as folder, self.native() as program:
            os.chmod(folder, 0o755)
            finleak = shutil.copy(commands.FINLEAK, folder)
            status, document, errors = check_scan.scan("--stacks", program.pid, before=as_nobody,
                                                       finleak=finleak)
            self.assertEqual((status, document), (125, None))
            self.assertEqual(errors.count("\n"), 1, errors)
            self.assertIn("root", errors)

    def test_without_the_right_to_ptrace(self):
        """What is missing is stated once, and the verdict stands."""
        masks = ["unshare", "--mount", "sh", "-c", 'for task in /proc/"$0"/task/*; do '
                 'mount --bind /dev/null "$task/syscall" || exit; done; exec "$@"']
        with Waiting([*SCRIPT, "alone"], 1) as program:
            if subprocess.run([*masks, str(program.pid), "true"],
                              capture_output=True).returncode != 0:
                self.skipTest("nothing can be mounted")
            threads, document = threads_when(program.pid, lambda *_: True, "-e", 9,
                                             before=[*masks, str(program.pid)])
            self.assertEqual(threads, [])
            self.assertEqual(len(document["leaks"]), 1)
            self.assertEqual([spot for spot in document["processes"][0]["blind_spots"]
                              if "ptrace" in spot],
                             document["processes"][0]["blind_spots"])
            self.assertEqual(len(document["processes"][0]["blind_spots"]), 1)


if __name__ == "__main__":
    unittest.main()
