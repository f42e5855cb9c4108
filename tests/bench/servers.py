# SPDX-License-Identifier: MIT
"""CPU time of whole servers for each request: bare, bare again and recorded, in rotated order."""

import contextlib
import glob
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from recorder import Missing, find_program, ratio_row

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


def cpu_ns_of_all(pid):
    """The same with threads and children that have ended, in ticks of 10 ms: for servers that make a
    thread or a process for each connection."""
    while True:
        try:
            stats = [pathlib.Path(f"/proc/{one}/stat").read_text() for one in tree(pid)]
            break
        except (FileNotFoundError, ProcessLookupError):
            pass  # a child ended meanwhile: from here on its parent has its time
    ticks = sum(sum(map(int, stat.rpartition(")")[2].split()[11:15])) for stat in stats)
    return ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class Server:
    """A server that runs, bare or recorded, and listens."""

    def __init__(self, bench, command, recorded, stop, **how):
        self._stop = stop
        environment = bench.bare_environment()
        if recorded:
            environment.update(bench.recorder_environment())
        for _ in range(ATTEMPTS):
            self.port = free_port()
            self.process = subprocess.Popen(command(self.port), env=environment,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                            **how)
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


def compare(bench, what, command, stop, load, cpu=cpu_ns, **how):
    """LOAD(port, warming up?) lets the clients work and returns the number of requests; HOW is for
    subprocess.Popen."""
    samples = []

    def us_a_request(recorded):
        server = Server(bench, command, recorded, stop, **how)
        try:
            load(server.port, True)
            before = cpu(server.process.pid)
            requests = load(server.port, False)
            return (cpu(server.process.pid) - before) / requests / 1000
        finally:
            server.end()

    for i in range(bench.rounds):
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


def wrk_load(bench, path, *options):
    """LOAD for compare(): wrk with 32 connections."""
    wrk = find_program("wrk")

    def load(port, warming_up):
        seconds = "1s" if warming_up or bench.quick else "2s"
        if warming_up and bench.quick:
            return 0
        printed = bench.run([wrk, "--threads=1", "--connections=32", f"--duration={seconds}",
                          *options, f"http://127.0.0.1:{port}{path}"])
        if "Non-2xx" in printed:
            raise RuntimeError(printed)
        return int(re.search(r"(\d+) requests in", printed).group(1))
    return load


A_CONNECTION_EACH = "--header=Connection: close"


def nginx_command(folder):
    server = find_program("nginx")
    (folder / "page").write_text("a page of nginx\n" * 64)

    def command(port):
        (folder / "nginx.conf").write_text(NGINX.format(
            folder=folder, port=port, user=pwd.getpwuid(os.geteuid()).pw_name))
        return [server, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    return command


def nginx(what, *options):
    def measure(bench):
        return compare(bench, what, nginx_command(bench.folder), signal.SIGTERM,
                       wrk_load(bench, "/page", *options))
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


HAPROXY = """
global
    maxconn 1000
    nbthread 1
defaults
    mode http
    timeout connect 10s
    timeout client 10s
    timeout server 10s
frontend front
    bind 127.0.0.1:{port}
    default_backend back
backend back
    server one 127.0.0.1:{backend}
"""


def haproxy(bench):
    """In front of a bare nginx."""
    server, configuration = find_program("haproxy"), bench.folder / "haproxy.cfg"
    backend = Server(bench, nginx_command(bench.folder), False, signal.SIGTERM)

    def command(port):
        configuration.write_text(HAPROXY.format(port=port, backend=backend.port))
        return [server, "-f", configuration, "-db"]

    try:
        return compare(bench, "haproxy, a connection a request", command, signal.SIGTERM,
                       wrk_load(bench, "/page", A_CONNECTION_EACH))
    finally:
        backend.end()


def newest_postgresql(program):
    """Debian keeps each version's programs in a folder of its own."""
    found = glob.glob(f"/usr/lib/postgresql/*/bin/{program}")
    if not found:
        return find_program(program)
    return max(found, key=lambda path: int(path.split("/")[4]))


def postgresql(bench):
    initdb, server, pgbench = map(newest_postgresql, ("initdb", "postgres", "pgbench"))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="finleak-bench."))
    how = {"cwd": folder}
    if os.geteuid() == 0:  # postgres declines to run as root
        shutil.chown(folder, "postgres")
        how |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    bench.recordings = folder / "recordings"
    script = folder / "select.sql"
    script.write_text("SELECT 1;\n")

    def command(port):
        return [server, "-D", folder / "cluster", "-h", "127.0.0.1", "-p", str(port), "-k", "",
                "-c", "fsync=off", "-c", "logging_collector=off"]

    def load(port, warming_up):
        transactions = 20 if warming_up else 100 if bench.quick else 500
        words = [pgbench, "-n", "-C", "-c", "4", "-t", transactions, "-f", script,
                 "-h", "127.0.0.1", "-p", port, "-U", "tester", "postgres"]
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                bench.run(words)
                return 4 * transactions
            except RuntimeError:  # it listens before it is ready
                if not warming_up or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    try:
        if how.get("user") and subprocess.run(["test", "-r", bench.library], check=False,
                                              user=how["user"]).returncode:
            raise Missing(f"user {how['user']} may not read {bench.library}")
        subprocess.run([initdb, "-D", folder / "cluster", "--auth=trust", "--username=tester",
                        "--no-sync", "--encoding=UTF8", "--no-locale"], check=True,
                       stdout=subprocess.DEVNULL, **how)
        return compare(bench, "PostgreSQL, a connection a transaction", command, signal.SIGINT,
                       load, cpu=cpu_ns_of_all, **how)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def thread_server(bench):
    return compare(bench, "a thread a connection",
                   lambda port: [bench.program("bench-thread-server"), str(port)], signal.SIGTERM,
                   wrk_load(bench, "/", A_CONNECTION_EACH), cpu=cpu_ns_of_all)


HERE = pathlib.Path(__file__).resolve().parent


def asyncio_server(bench):
    return compare(bench, "python asyncio, a connection a request",
                   lambda port: [sys.executable, HERE / "asyncio_server.py", str(port)],
                   signal.SIGTERM, wrk_load(bench, "/", A_CONNECTION_EACH))


def node_server(bench):
    node = find_program("node")
    return compare(bench, "node, a connection a request",
                   lambda port: [node, HERE / "node_server.js", str(port)], signal.SIGTERM,
                   wrk_load(bench, "/", A_CONNECTION_EACH))
