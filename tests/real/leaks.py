# SPDX-License-Identifier: MIT
"""leaks.py NAME: a leak that is documented for a library, as a user writes it; found, with its
class, its reason, its count and its line.

Each program leaks FORGOTTEN connections, or none, closes as many others well, and waits. It is ended by
the end of its input, by SIGTERM and by kill -9 under `finleak run`, and by SIGTERM with LD_PRELOAD
alone.

    leaks.py --list; leaks.py NAME --finleak PATH [--end input|term|kill|preload] [--show]"""
import argparse
import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import under_finleak as base
import documented_programs
import leaky_programs
import library_programs
import loop_programs
import more_leaky_programs
import script_programs
from leaky import FORGOTTEN

TABLES = {"leaky": leaky_programs, "more": more_leaky_programs, "loops": loop_programs,
          "scripts": script_programs, "documented": documented_programs, "libraries": library_programs}
PROGRAMS = [program for table in TABLES.values() for program in table.PROGRAMS]
ENDS = ("input", "term", "kill", "preload")
HELD = 3.6  # seconds: a pool's connection may be idle for 3 s (--idle)
NODE_MODULES = os.environ.get("FINLEAK_NODE_MODULES", "")
SERVING = 0.1  # seconds from an answer to the end: not in one segment


class Peer:
    """Answers each request of HTTP with a short page, and closes, after /keep without announcing it;
    with pages that no program reads at once after /large, and that the kernel keeps after /middling.
    Answers a command of redis. A context; has a port."""

    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\npage\n"
    KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\npage\n"
    LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: 140000\r\nConnection: close\r\n\r\n" + 140000 * b"x"
    MIDDLING = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\nConnection: close\r\n\r\n" + 60000 * b"x"
    BROKEN = b"HTTP/1.1 500 No\r\nContent-Length: 5\r\nConnection: close\r\n\r\npage\n"

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        request = b""
        with contextlib.suppress(OSError):
            while b"\r\n\r\n" not in request and (chunk := connection.recv(4096)):
                request += chunk
                if chunk.startswith(b"*"):
                    connection.sendall(b"+OK\r\n" * chunk.count(b"*"))
                    if b"PING" in chunk.upper():
                        break
            if request.startswith(b"GET"):
                connection.sendall(self.BROKEN if b"/broken" in request else
                                   self.KEPT if b"/keep" in request else
                                   self.LARGE if b"/large" in request else
                                   self.MIDDLING if b"/middling" in request else self.ANSWER)
        threading.Timer(SERVING, connection.close).start()


def serve(program, port):
    """Clients of a PROGRAM that serves: as many that are forgotten as are closed."""
    for word in program.words:
        for _ in range(FORGOTTEN):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(word)


def built(program, folder):
    """Writes and builds PROGRAM in FOLDER, once for all ends. Returns the command that runs it."""
    source = os.path.join(folder, program.file)
    with open(source, "w", encoding="utf-8") as file:
        file.write(program.text)
    build, command = ([word.format(file=source, folder=folder) for word in words]
                      for words in (program.build, program.command))
    for module in program.modules:
        if importlib.util.find_spec(module) is None:
            raise base.Skip(f"no module {module}")
    for package in program.packages:
        if not os.path.isdir(os.path.join(NODE_MODULES, package)):
            raise base.Skip(f"no package {package} in FINLEAK_NODE_MODULES")
    if build:
        build[0] = base.find_program(build[0])
        if subprocess.run(build, check=False, env=base.environment(), stderr=subprocess.PIPE).returncode:
            raise base.Skip(f"{build} fails: a library is missing")
    else:
        command[0] = base.find_program(command[0])
    return command


def document_of(command, program, finleak, end, folder, peer):
    """Runs PROGRAM by COMMAND in FOLDER, ends it, and returns finleak's report."""
    command = [*command, str(peer.port)]
    environment = base.environment() | {"NODE_PATH": NODE_MODULES}
    report = os.path.join(folder, "report.json")
    recordings = os.path.join(folder, "recordings")
    if end == "preload":
        library = subprocess.run([finleak, "--print-library"], stdout=subprocess.PIPE, text=True,
                                 check=True).stdout.strip()
        environment |= {"LD_PRELOAD": library, "FINLEAK_OPTIONS": f"script-frames=1:recordings={recordings}"}
    else:
        command = [finleak, "run", "-d", recordings, "-f", "json", "-o", report, "--", *command]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=environment, cwd=folder) as process:
        try:
            for line in process.stdout:
                if line.startswith("port "):
                    serve(program, int(line.split()[1]))
                if line.startswith("ready"):
                    break
            else:
                raise AssertionError(f"{program.name} ended with {process.wait()}")
            time.sleep(HELD)
            if end == "input":
                process.stdin.close()
            elif end == "kill":
                child = int(open(f"/proc/{process.pid}/task/{process.pid}/children",
                                 encoding="utf-8").read().split()[-1])
                os.kill(child, signal.SIGKILL)
            else:
                process.send_signal(signal.SIGTERM)
            process.stdout.read()
        finally:
            if process.poll() is None and not process.stdin.closed:
                process.stdin.close()
            process.wait(60)
    if end == "preload":
        done = subprocess.run([finleak, "report", "-f", "json", recordings], text=True, check=False,
                              stdout=subprocess.PIPE, env=base.environment())
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"/tmp/perf-{process.pid}.map")  # node's
        return json.loads(done.stdout)
    with open(report, encoding="utf-8") as file:
        return json.load(file)


def wrong_in(program, document, end):
    """What the report should say otherwise."""
    leaks = [leak for leak in document["leaks"] if leak["verdict"] == "leak"]
    marked = [number for number, line in enumerate(program.text.splitlines(), 1) if "HERE" in line]
    found, wrong = sum(leak["count"] for leak in leaks), []
    if end == "preload" and program.unseen and program.leaks and not found:
        blind_spots = [text for process in document["processes"] for text in process["blind_spots"]]
        return [] if any("kernel was not asked" in text for text in blind_spots) else [
            f"nothing says that the kernel was not asked: {found} leaked, {blind_spots}"]
    if found != program.leaks:
        wrong.append(f"{found} leaked, not {program.leaks}")
    if len(leaks) > 1 and not program.parted:
        wrong.append(f"{len(leaks)} findings for one defect")
    for leak in leaks:
        site = leak["site"] or {}
        finding = f"{leak['class']} ({leak['reason']}) of {leak['count']} at {site.get('file')}:" \
                  f"{site.get('line')} {site.get('function')}"
        print(f"  {end}: {finding}")
        if leak["class"] not in program.class_name.split(" or ") or leak["reason"] not in program.reasons:
            wrong.append(f"{finding}: not {program.class_name} {program.reasons}")
        if program.fix not in leak["fix"]:
            wrong.append(f"{finding}: no {program.fix!r} in {leak['fix']!r}")
        if marked and site.get("line") not in marked:
            wrong.append(f"{finding}: not at line {marked}")
    return wrong


def run(command, program, arguments, end, folder):
    """What is wrong where PROGRAM, built in FOLDER, ends by END."""
    with tempfile.TemporaryDirectory(prefix="end-", dir=folder) as kept, Peer() as peer:
        document = document_of(command, program, arguments.finleak, end, kept, peer)
        problems = wrong_in(program, document, end)
        if problems or arguments.show:
            subprocess.run([arguments.finleak, "report", "--all", kept + "/recordings"], check=False)
    if end in program.known:
        problems = [] if problems else ["it is right now: remove it from known"]
    return [f"{program.name}, {end}: {problem}" for problem in problems]


def main():
    parser = argparse.ArgumentParser(description="Runs one leaky program and judges the report.")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--table", choices=TABLES, default="leaky", help="with --list: which")
    parser.add_argument("--finleak", type=os.path.abspath)
    parser.add_argument("--end", choices=ENDS)
    parser.add_argument("--show", action="store_true", help="print the report")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(program.name for program in TABLES[arguments.table].PROGRAMS))
        return 0
    program = next(program for program in PROGRAMS if program.name == arguments.name)
    wrong = []
    try:
        with tempfile.TemporaryDirectory(prefix="finleak-leak-") as folder:
            command = built(program, folder)
            for end in [arguments.end] if arguments.end else ENDS:
                wrong += run(command, program, arguments, end, folder)
    except base.Skip as reason:
        print(f"skipped: {reason}")
        return base.SKIPPED
    for problem in wrong:
        print(f"WRONG: {problem}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
