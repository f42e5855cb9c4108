# SPDX-License-Identifier: MIT
"""check_server.py NAME: one server of the tables under load, bare and under finleak.

It is ended in four ways: by SIGTERM, forwarded by finleak and sent past it, while clients talk to
it; by its own way to stop, when they have gone; by kill -9, while they talk. Each time answers and
exit status must be those of the bare run, and the report must be empty: no leak, no warning,
nothing lost, no blind spot but those the row names.

    check_server.py --list [--in-test-sh]       the names of all rows
    check_server.py NAME --finleak PATH [--end term|direct|stop|kill] [--keep]
    check_server.py NAME --bare"""
import argparse
import concurrent.futures
import contextlib
import glob
import json
import os
import pathlib
import pwd
import re
import shlex
import signal
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import under_finleak as base  # pylint: disable=wrong-import-position
from loads import Place  # pylint: disable=wrong-import-position
from origin import Origin  # pylint: disable=wrong-import-position
from tables import SERVERS  # pylint: disable=wrong-import-position

ENDS = ("term", "direct", "stop", "kill")
BUSY_CLIENTS = 3
BUSY_SECONDS = 1.5  # longer than Server.min_held, and finleak samples the kernel every second
WHOLE_TEST = 280  # seconds, below the TIMEOUT in CMakeLists.txt


def find(name):
    """The path of a needed program: NAME on the PATH, or a glob of files (the newest)."""
    if "/" not in name:
        return name, base.find_program(name)
    found = sorted(glob.glob(name))
    if not found:
        raise base.Skip(f"{name} is not installed")
    return os.path.basename(name).strip("*"), found[-1]


def descendants(pid):
    """PID and what it started, as far as its parents are alive."""
    found = [pid]
    for one in found:
        for children in glob.glob(f"/proc/{one}/task/*/children"):
            with contextlib.suppress(OSError):
                found += map(int, pathlib.Path(children).read_text().split())
    return found


def in_session(leader):
    """The processes of LEADER's session that are not dead yet."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = pathlib.Path(path).read_text(errors="replace").rpartition(")")[2].split()
            if int(words[3]) == leader and words[0] not in "ZX":
                found.append(int(path.split("/")[2]))
    return found


def kill_all(pid, leader, spared):
    """As a container is killed: the server and all that it started, at once; and what one of these
    had begun to fork just then. SPARED are left alone: finleak's own."""
    pids = descendants(pid)
    while pids:
        for one in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        pids = [one for one in in_session(leader) if one not in spared]


def has_unclosed(port):
    """Whether a connection to PORT is in CLOSE_WAIT: the server has not got round to it yet."""
    for table in "/proc/net/tcp", "/proc/net/tcp6":
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[1].endswith(f":{port:04X}") and words[3] == "08":
                return True
    return False


class Busy:
    """Clients that talk to the server until they are stopped, whatever becomes of it."""

    def __init__(self, row, place):
        self.rounds = 0
        self.begun = time.monotonic()
        self._stopped = threading.Event()
        self._threads = concurrent.futures.ThreadPoolExecutor(BUSY_CLIENTS)
        for _ in range(BUSY_CLIENTS):
            self._threads.submit(self._talk, row, place)

    def _talk(self, row, place):
        while not self._stopped.is_set():
            try:
                row.load(place)
                self.rounds += 1
            except Exception:  # pylint: disable=broad-except # the server is being ended
                time.sleep(0.01)

    def stop(self):
        self._stopped.set()
        self._threads.shutdown()


class Scenario:
    def __init__(self, row, end, launcher):
        self.row, self.end, self.launcher = row, end, launcher
        self.values = {}

    def filled(self, text):
        return re.sub(r"@([\w.-]*)@", lambda found: str(self.values[found.group(1)]), text)

    def words(self, command):
        return [self.filled(word) for word in shlex.split(command)]

    def user(self):
        return self.row.user if os.geteuid() == 0 else None

    def prepare(self, origin):
        row = self.row
        if row.needs_root and os.geteuid() != 0:
            raise base.Skip("needs root")
        self.values = dict(find(name) for name in row.programs)
        if row.user and os.geteuid() == 0:
            try:
                pwd.getpwnam(row.user)
            except KeyError:
                raise base.Skip(f"there is no user {row.user}") from None
        folder = self.launcher.folder()
        self.values |= {"": "@", "folder": folder, "origin": origin,
                        "user": row.user or pwd.getpwuid(os.geteuid()).pw_name,
                        **{f"port{number or ''}": base.free_port() for number in (0, 2, 3, 4)}}
        for name, text in row.files.items():
            path = folder / self.filled(name)
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.filled(text))
            path.chmod(0o755 if text.startswith("#!") else 0o644)
        if self.user():
            for path in [folder, *folder.rglob("*")]:
                base.shutil.chown(path, self.user(), None)
        as_user = ({"user": self.user(), "group": pwd.getpwnam(self.user()).pw_gid,
                    "extra_groups": []} if self.user() else {})
        for command in row.prepare:
            base.client(self.words(command), cwd=folder, **as_user)

    def start(self):
        row = self.row
        options = [f"--min-held={row.min_held}", *row.options,
                   *(["--share-recordings"] if row.switches else [])]
        server = self.launcher.start(self.words(row.command), options=options, user=self.user(),
                                     cwd=self.values["folder"],
                                     env={name: self.filled(value)
                                          for name, value in row.environment.items()})
        if row.ready:
            server.wait_for_match(row.ready)
        else:
            for name in row.waits:
                server.wait_for_port(self.values[name])
        return server

    def pid(self, server):
        """That of the server itself: under finleak, its child that is another program."""
        if not self.launcher.finleak:
            return server.process.pid
        return next(pid for pid in descendants(server.process.pid)
                    if not os.path.samefile(f"/proc/{pid}/exe", self.launcher.finleak))

    def run(self):
        row = self.row
        with Origin() as origin:
            for attempts_left in reversed(range(4)):
                self.prepare(origin.port)
                try:
                    server = self.start()
                    break
                except base.EndedEarly:  # another took the port
                    if not attempts_left:
                        raise
            place = Place(self.values)
            seen = {"answers": row.load(place)}
            if self.end != "stop":
                busy = Busy(row, place)
                try:
                    base.wait_until(lambda: busy.rounds >= BUSY_CLIENTS and
                                    time.monotonic() > busy.begun + BUSY_SECONDS,
                                    "clients are served")
                    if self.end == "kill":
                        pid, started = self.pid(server), descendants(server.process.pid)
                        kill_all(pid, server.process.pid, set(started) - set(descendants(pid))
                                 if self.launcher.finleak else set())
                    elif self.end == "term":
                        server.process.send_signal(signal.SIGTERM)  # finleak forwards it
                    else:
                        os.kill(self.pid(server), signal.SIGTERM)
                    seen["status"] = server.wait()
                finally:
                    busy.stop()
            else:
                for _ in range(500):
                    if not has_unclosed(self.values["port"]):
                        break
                    time.sleep(0.01)
                if row.stop:
                    as_user = {"user": self.user()} if self.user() else {}
                    base.client(self.words(row.stop), cwd=self.values["folder"], **as_user)
                else:
                    os.kill(self.pid(server), getattr(signal, row.stop_signal or "SIGTERM"))
                seen["status"] = server.wait()
        return seen


def show(row, server, end):
    """The report as a user reads it."""
    print(f"--- the report ({row.name}, {end})")
    folder = server._place / "recordings"  # pylint: disable=protected-access
    # pylint: disable-next=protected-access
    base.subprocess.run([server._finleak, "report", "--all", folder],
                        env=base.environment(), check=False, stdin=base.subprocess.DEVNULL)


def complaints(row, server, end):
    """What the report says that it must not say."""
    report, found = server.report, []
    for leak in report["leaks"]:
        if leak["verdict"] != "note":
            found.append(f"{leak['verdict']}: {leak['class']} ({leak['reason']}) of {leak['count']}")
    for process in report["processes"]:
        for text in process["blind_spots"]:
            if row.blind_spots and re.search(row.blind_spots, text):
                continue
            # True of what was killed before the second sample, in an exec, and of orphans. A server
            # that ends kills its children by a signal as well, some of them while they begin.
            if not (end == "kill" and "killed at an unknown time" in text or
                    end != "stop" and "kernel was not asked" in text and
                    (process["duration_ms"] or 0) < 2000):
                found.append(f"blind spot of {process['executable']}: {text}")
    if report["summary"]["lost"] and not row.blind_spots:
        found.append(f"lost: {report['summary']['lost']}")
    opened = sum(process["opened"] for process in report["processes"])
    if opened < row.opened:
        found.append(f"only {opened} sockets opened in {len(report['processes'])} processes")
    return found


def check(row, end, finleak, keep):
    """True if it ran as bare, without a word."""
    def observe(path):
        with base.Launcher(path) as launcher:
            begun = time.monotonic()
            seen = Scenario(row, end, launcher).run()
            server = launcher.programs[-1]
            print(f"{end}, {'recorded' if path else 'bare'}: {seen} "
                  f"({time.monotonic() - begun:.1f} s)", flush=True)
            if path:
                printed = re.sub(r"finleak: .*\n", "", server.err.text)
                problems = complaints(row, server, end)
                if problems:
                    show(row, server, end)
                if keep:
                    base.shutil.copytree(server._place, keep, dirs_exist_ok=True)  # pylint: disable=protected-access
                return seen, problems, printed
            return seen, [], server.err.text

    bare = observe(None)
    if not finleak:
        return True
    recorded = observe(finleak)
    problems = recorded[1]
    if row.blind_spots and recorded[0]["status"] == 125 and bare[0]["status"] == 0:
        recorded[0]["status"] = 0  # as promised: a gate that could not look does not pass
    if bare[0] != recorded[0]:
        problems.append(f"it works differently under finleak: {recorded[0]}, not {bare[0]}")
        print(f"--- stderr, bare:\n{bare[2][-3000:]}\n--- recorded:\n{recorded[2][-3000:]}")
    for problem in problems:
        print(f"WRONG ({row.name}, {end}): {problem}", flush=True)
    return not problems


def main():
    parser = argparse.ArgumentParser(description="Runs one server under finleak and judges.")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--in-test-sh", action="store_true")
    parser.add_argument("--finleak", metavar="PATH", type=os.path.abspath)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--end", choices=ENDS)
    parser.add_argument("--keep", metavar="DIR", help="the recordings and the report go there")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(row.name for row in SERVERS
                        if row.in_test_sh or not arguments.in_test_sh))
        return 0
    row = next(row for row in SERVERS if row.name == arguments.name)

    base.adopt_orphans()
    signal.signal(signal.SIGALRM, base.give_up)
    signal.alarm(WHOLE_TEST)
    try:
        # Each one, whatever the others found.
        right = [check(row, end, None if arguments.bare else arguments.finleak, arguments.keep)
                 for end in ([arguments.end] if arguments.end else ENDS)]
    except base.Skip as reason:
        print(f"skipped: {reason}")
        return base.SKIPPED
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
