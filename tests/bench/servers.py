# SPDX-License-Identifier: MIT
"""CPU time of whole servers for each request: bare, bare again and recorded, in rotated order."""

import contextlib
import os
import pathlib
import pwd
import re
import signal
import socket
import statistics
import subprocess
import time

from recorder import find_program, ratio_row

PATIENCE = 20  # seconds for a server to listen or to end
ATTEMPTS = 5  # a port that was free may be taken before the server binds it

NGINX = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tree(pid):
    """The process and its descendants."""
    yield pid
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from tree(int(child))


def cpu_ns(pid):
    """User and system time of a process, its threads and its descendants, as the scheduler counts
    it: not in ticks of 10 ms."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for one in tree(pid) for task in pathlib.Path(f"/proc/{one}/task").iterdir())


class Server:
    """A server that runs, bare or recorded, and listens."""

    def __init__(self, bench, command, recorded, stop):
        self._stop = stop
        environment = bench.bare_environment()
        if recorded:
            environment.update(bench.recorder_environment())
        for _ in range(ATTEMPTS):
            self.port = free_port()
            self.process = subprocess.Popen(command(self.port), env=environment,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if self._listens():
                return
        raise RuntimeError(f"{command(self.port)} does not listen")

    def _listens(self):
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return True
            time.sleep(0.01)
        self.end()
        return False

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(self._stop)
        self.process.wait(PATIENCE)


def compare(bench, what, command, stop, load):
    """LOAD(port) lets the clients work and returns the number of requests."""
    rounds = 3 if bench.quick else 15
    samples = []

    def us_a_request(recorded):
        server = Server(bench, command, recorded, stop)
        try:
            load(server.port, True)
            before = cpu_ns(server.process.pid)
            requests = load(server.port, False)
            return (cpu_ns(server.process.pid) - before) / requests / 1000
        finally:
            server.end()

    for i in range(rounds):
        took = {}
        for turn in range(3):
            which = (i + turn) % 3
            took[which] = us_a_request(which == 2)
        samples.append((took[0], took[1], took[2]))
        if bench.take_recorded() == 0:
            raise RuntimeError(f"{what}: nothing was recorded")
    # Reached: in the middle, recorded against bare is none that bare against bare never gives.
    ratio = statistics.median(r / a for a, _, r in samples)
    row = ratio_row(what, "us CPU", samples, met=ratio <= max(b / a for a, b, _ in samples))
    row.target = "spread"
    return [row]


def nginx(what, *options):
    def measure(bench):
        server, wrk = find_program("nginx"), find_program("wrk")
        folder = bench.folder
        (folder / "page").write_text("a page of nginx\n" * 64)

        def command(port):
            (folder / "nginx.conf").write_text(NGINX.format(
                folder=folder, port=port, user=pwd.getpwuid(os.geteuid()).pw_name))
            return [server, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]

        def load(port, warming_up):
            seconds = "1s" if warming_up or bench.quick else "2s"
            if warming_up and bench.quick:
                return 0
            said = bench.run([wrk, "--threads=1", "--connections=32", f"--duration={seconds}",
                              *options, f"http://127.0.0.1:{port}/page"])
            if "Non-2xx" in said:
                raise RuntimeError(said)
            return int(re.search(r"(\d+) requests in", said).group(1))

        return compare(bench, what, command, signal.SIGTERM, load)
    return measure


def redis(bench):
    server, benchmark = find_program("redis-server"), find_program("redis-benchmark")

    def command(port):
        return [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                "--dir", str(bench.folder)]

    def load(port, warming_up):
        requests = 2_000 if warming_up else 10_000 if bench.quick else 100_000
        bench.run([benchmark, "-h", "127.0.0.1", "-p", port, "-c", "50", "-n", requests,
                   "-t", "set,get", "-q"])
        return 2 * requests

    return compare(bench, "redis, 50 clients, SET and GET", command, signal.SIGTERM, load)
