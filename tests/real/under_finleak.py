# SPDX-License-Identifier: MIT
"""Runs a program nobody here wrote, bare and under finleak, and compares.

A test is a file with a scenario: a function that is given a Launcher, starts the program with it,
lets real clients talk to it, ends it and returns what it saw (answers, exit status, output). It
runs twice: with a Launcher that starts programs as they are and with one that starts them under
`finleak run`. Both must have seen the same, and each report must say what was expected:

    def scenario(launcher):
        server = launcher.start(["some-server", ...], Expected(eof=10))
        ...
        return {"answer": ..., "status": server.stop(signal.SIGTERM)}

    run(scenario)

By hand: python3 tests/real/FILE.py --finleak PATH, or --bare to try the scenario alone.
"""

import argparse
import concurrent.futures
import contextlib
import ctypes
import dataclasses
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SKIPPED = 77  # CTest's SKIP_RETURN_CODE
LEAKS_FOUND = 99  # what finleak exits with when it finds leaks
PATIENCE = 30  # seconds one wait may take
WHOLE_TEST = 150  # seconds, below the TIMEOUT in CMakeLists.txt: clean up ourselves

# Debian keeps servers in sbin, which a user's PATH leaves out.
SEARCH_PATH = os.pathsep.join(
    [os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


class Skip(Exception):
    """The test cannot run here; says why."""


class EndedEarly(Exception):
    """The program ended before it did what was waited for (its port may have been taken)."""


def find_program(*names):
    """The path of the first program that is here; Skip when none is."""
    for name in names:
        path = shutil.which(name, path=SEARCH_PATH)
        if path:
            return path
    raise Skip(f"{names[0]} is not installed")


def wait_until(condition, what, patience=PATIENCE):
    """Asks again until CONDITION() is true (returned) or PATIENCE seconds have passed."""
    deadline = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience} s in vain: {what}")
        time.sleep(0.01)


class Output:
    """One stream of a program, collected by a thread while it runs."""

    def __init__(self, stream):
        self.text = ""
        self._thread = threading.Thread(target=self._collect, args=(stream,), daemon=True)
        self._thread.start()

    def _collect(self, stream):
        with stream:
            for line in stream:
                self.text += line

    def has_ended(self):
        return not self._thread.is_alive()

    def whole(self):
        """All of it, when the program (and who inherited the stream) has ended."""
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise TimeoutError("the program has ended, but somebody holds its output")
        return self.text


@dataclasses.dataclass
class Expected:
    """What the report on a program must say."""
    eof: int = 1  # at least so many ends of stream were read
    opened: int = 1  # at least so many sockets were opened
    processes: int = 1  # at least so many processes were recorded
    leaked: int = 0  # exactly so many sockets leaked ...
    leak_class: str = ""  # ... all of this class
    reason: str = None  # ... for this reason
    site: tuple = None  # ... at (function, end of the file's name)


class Program:
    """A program that was started: its output, exit status and, under finleak, its report."""

    def __init__(self, argv, process, expected, finleak, place):
        self.argv = argv
        self.expected = expected
        self.process = process
        self.out = Output(process.stdout)
        self.err = Output(process.stderr)
        self.status = None
        self.report = None
        self._finleak = finleak  # None: it runs bare
        self._place = place  # where its report and its recordings go

    def __str__(self):
        return " ".join(self.argv)

    def send_line(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def wait_for_match(self, pattern):
        """Waits until PATTERN is found in its stdout or stderr; returns the match."""
        def match():
            ended = self.out.has_ended() and self.err.has_ended()
            found = re.search(pattern, self.out.text) or re.search(pattern, self.err.text)
            if ended and not found:
                raise EndedEarly(f"{self} ended and never printed {pattern}")
            return found
        return wait_until(match, f"{self} prints {pattern}")

    def wait_for_port(self, port):
        """Waits until the program accepts connections."""
        def accepts():
            if self.process.poll() is not None:
                raise EndedEarly(f"{self} ended before it listened on port {port}")
            with contextlib.suppress(ConnectionRefusedError):
                connect_and_close(port)
                return True
        wait_until(accepts, f"{self} listens on port {port}")

    def stop(self, signal_number):
        """Sends it the signal (finleak hands it on) and waits for the end; its exit status."""
        self.process.send_signal(signal_number)
        return self.wait()

    def wait(self):
        """Ends its input and waits for its end; its exit status."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        # As a shell gives it: 128+N where signal N ended the program.
        returncode = self.process.wait(PATIENCE)
        self.status = returncode if returncode >= 0 else 128 - returncode
        self.out.whole()
        self.err.whole()
        if self._finleak:
            try:
                self.report = json.loads((self._place / "report.json").read_text())
            except (OSError, ValueError) as problem:
                raise AssertionError(f"no report on {self}, which ended with status "
                                     f"{self.status}: {problem}") from None
        return self.status

    def wait_for_leaks(self):
        """Waits until a report on the running program has all the leaks that are expected."""
        def all_found():
            done = subprocess.run([self._finleak, "report", "--format=json",
                                   self._place / "recordings"], text=True, env=environment(),
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            if done.returncode == 0:
                self.report = json.loads(done.stdout)
                return self.report["summary"]["leaked_sockets"] == self.expected.leaked
        try:
            if self._finleak:
                wait_until(all_found, f"a report on {self} has {self.expected.leaked} leaks")
        except TimeoutError:
            print(f"the last report was:\n{json.dumps(self.report, indent=1)[:20000]}")
            raise

    def look(self, times, while_doing):
        """Has finleak ask the kernel so often, by SIGUSR1, while a thread does WHILE_DOING again
        and again. Bare: does it once."""
        if not self._finleak:
            while_doing()
            return
        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            work = threads.submit(while_doing)
            for _ in range(times):
                before = self._observations()
                self.process.send_signal(signal.SIGUSR1)
                wait_until(lambda: self._observations() != before, f"finleak looks at {self}")
                if work.done():
                    work.result()
                    work = threads.submit(while_doing)
            work.result()

    def _observations(self):
        """Which there are: each look that is kept is a new file in the place of the last one."""
        found = set()
        for path in self._place.glob("recordings/*.observed"):
            with contextlib.suppress(FileNotFoundError):
                kept = path.stat()
                found.add((path, kept.st_ino, kept.st_mtime_ns))
        return found

    def judge(self):
        """Holds the report against what is expected."""
        def require(truth, what):
            assert truth, f"{self}: {what}. The report:\n{json.dumps(self.report, indent=1)[:20000]}"

        summary, expected = self.report["summary"], self.expected
        processes = self.report["processes"]
        leaks = [leak for leak in self.report["leaks"] if leak["verdict"] == "leak"]
        require(self.report["schema"] == "finleak-report/1", "another schema")
        require(not summary["lost"], f"{summary['lost']} lost")
        require(summary["leaked_sockets"] == expected.leaked,
                f"{summary['leaked_sockets']} leaked sockets, expected {expected.leaked}")
        require(sum(leak["count"] for leak in leaks) == expected.leaked,
                "the leaks' counts don't add up to the summary")
        for leak in leaks:
            require(leak["class"] == expected.leak_class,
                    f"a leak of class {leak['class']}, expected {expected.leak_class}")
            require(leak["reason"] == expected.reason,
                    f"reason {leak['reason']}, expected {expected.reason}")
            for stack in {"eof-unclosed": ["eof", "opened"]}.get(leak["class"], ["opened"]):
                require(leak["stacks"].get(stack), f"a leak without the stack {stack}")
            if expected.site:
                site = leak["site"]
                require(site and site["function"] == expected.site[0] and
                        (site["file"] or "").endswith(expected.site[1]),
                        f"the site {site}, expected {expected.site}")
        require(len(processes) >= expected.processes and
                summary["processes"] == len(processes),
                f"{len(processes)} processes, expected {expected.processes} or more")
        for field in "opened", "eof":
            count = sum(process[field] for process in processes)
            require(count >= getattr(expected, field),
                    f"{field} is {count}, expected {getattr(expected, field)} or more")


class Launcher:
    """Starts programs: as they are or, FINLEAK given, under finleak. A context that ends them."""

    def __init__(self, finleak=None):
        self.finleak = finleak
        self.programs = []
        self._folders = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, problem, *_):
        end_descendants()
        self._folders.close()
        if problem:
            for program in self.programs:
                print(f"--- {program}, stdout:\n{program.out.text}\n--- stderr:\n"
                      f"{program.err.text}", file=sys.stderr)

    def folder(self, owner=None):
        """A new folder that goes away at the end; others may enter it."""
        path = pathlib.Path(self._folders.enter_context(
            tempfile.TemporaryDirectory(prefix="finleak-test-")))
        path.chmod(0o755)
        if owner:
            shutil.chown(path, owner)
        return path

    def start(self, argv, expected=Expected(), *, options=(), user=None, cwd=None, env=()):
        """Starts ARGV, as USER where one is named (needs root). OPTIONS are for finleak."""
        argv = [str(word) for word in argv]
        command, place = argv, None
        if self.finleak:
            place = self.folder(owner=user)
            command = [self.finleak, "run", f"--recordings={place}/recordings", "--format=json",
                       f"--output={place}/report.json", f"--error-exitcode={LEAKS_FOUND}", *options,
                       "--", *argv]
        as_user = ({"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
                   if user else {})
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, errors="backslashreplace",
                                   cwd=cwd, env={**environment(), **dict(env)},
                                   # Some servers end by a signal to their process group.
                                   start_new_session=True, **as_user)
        program = Program(argv, process, expected, self.finleak, place)
        self.programs.append(program)
        return program

    def start_on_free_port(self, make_argv, *how, **more):
        """For programs that cannot choose a port themselves: MAKE_ARGV(port) gives the command
        line. Returns (program, port) once it accepts; tries again when another took the port."""
        for attempts_left in reversed(range(5)):
            port = free_port()
            program = self.start(make_argv(port), *how, **more)
            try:
                program.wait_for_port(port)
                return program, port
            except EndedEarly:
                if not attempts_left:
                    raise
                program.wait()
                self.programs.remove(program)


def client(argv, **how):
    """Runs a client, always bare; returns its stdout. It must succeed."""
    done = subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=2 * PATIENCE,
                          env=environment(), check=False, **how)
    assert done.returncode == 0, f"{argv} failed with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def environment():
    """Ours, without what would change how the programs run."""
    kept = {name: value for name, value in os.environ.items()
                   if name not in ("LD_PRELOAD", "FINLEAK_OPTIONS") and "proxy" not in name.lower()}
    return {**kept, "PATH": SEARCH_PATH, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}


def free_port():
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect_and_close(port, text=b""):
    """A client that goes first: the server reads its EOF."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        if text:
            connection.sendall(text)


def ask_and_close(port, text):
    """A client that goes first, when it has its echo: what comes after its close would be answered
    by a reset, and what it left unread would make its close one."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(text)
        connection.recv(len(text), socket.MSG_WAITALL)


def echoed(port, text):
    """Sends TEXT, ends its own direction and returns all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer.decode()


# --- what is left of a scenario ---------------------------------------------------------------

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Makes processes that lose their parent ours, so that each one can be found and ended."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children():
    found = []
    for thread in pathlib.Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in (thread / "children").read_text().split()]
    return found


def end_descendants():
    """Kills what a scenario left running, by pid, until nothing is left."""
    while pids := children():
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in pids:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def observe(scenario, finleak):
    """Runs SCENARIO; returns what it saw and the programs it started, all ended."""
    with Launcher(finleak) as launcher:
        seen = scenario(launcher)
        for program in launcher.programs:
            program.wait()
        return seen, launcher.programs


def run(scenario):
    """The whole test; ends the process with its status."""
    arguments = argparse.ArgumentParser(description="Runs one program under finleak and judges.")
    way = arguments.add_mutually_exclusive_group(required=True)
    way.add_argument("--finleak", metavar="PATH", type=os.path.abspath)
    way.add_argument("--bare", action="store_true", help="try the scenario without finleak")
    finleak = arguments.parse_args().finleak

    adopt_orphans()
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(WHOLE_TEST)
    try:
        bare, _ = observe(scenario, None)
        print(f"bare: {bare}")
        if not finleak:
            return
        recorded, programs = observe(scenario, finleak)
        print(f"under finleak: {recorded}")
    except Skip as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    for program in programs:
        program.judge()
        print(f"{program}: {program.report['summary']}")
    assert recorded == bare, "the program works differently under finleak"


def give_up(*_):
    raise TimeoutError(f"the test took longer than {WHOLE_TEST} s")
