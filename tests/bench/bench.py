# SPDX-License-Identifier: MIT
"""Chooses the cases, runs them and prints the table. Started by ./run, which builds first."""

import argparse
import os
import pathlib
import platform
import shutil
import sys
import tempfile

import one_process
import programs
import servers
from recorder import Bench, Missing

# start-up comes first: files that other cases delete make its own dearer.
CASES = {
    "start-up": programs.start_up,
    "stacks": programs.stacks,
    "recv": one_process.turns("recv", "recv, 64 bytes", target=1.05),
    "recv-eagain": one_process.turns("recv-eagain", "recv, EAGAIN"),
    "send": one_process.turns("send", "send, 64 bytes", target=1.05),
    "connection-8": one_process.turns("connection-8", "connection, event loop, 8 frames",
                                      target=1.15),
    "connection-20": one_process.turns("connection-20", "connection, event loop, 20 frames",
                                       target=1.08),
    "served-8": one_process.turns("served-8", "connection, a request and its reply, 8 frames"),
    "uses-8": one_process.turns("uses-8", "  of it the first uses, against all else recorded", target=1.03),
    "thread-8": one_process.turns("thread-8", "connection, a thread each, 8 frames", target=1.05),
    "thread-20": one_process.turns("thread-20", "connection, a thread each, 20 frames",
                                   target=1.05),
    "held-10": one_process.turns("held-10", "connection, 10 sockets open"),
    "held-1000": one_process.turns("held-1000", "connection, 1,000 sockets open"),
    "held-18000": one_process.turns("held-18000", "connection, 18,000 sockets open"),
    "together-1": one_process.turns("together-1", "connections in 1 thread"),
    "together-2": one_process.turns("together-2", "connections in 2 threads at once", fewer=2),
    "together-4": one_process.turns("together-4", "connections in 4 threads at once", fewer=4),
    "together-8": one_process.turns("together-8", "connections in 8 threads at once", fewer=8),
    "process-each": programs.process_each,
    "tables": programs.tables,
    "instructions": one_process.instructions,
    "system-calls": one_process.system_calls,
    "size": programs.size,
    "nginx-kept": servers.nginx("nginx, kept connections"),
    "nginx-each": servers.nginx("nginx, a connection a request",
                                servers.A_CONNECTION_EACH),
    "redis": servers.redis,
    "haproxy": servers.haproxy,
    "postgresql": servers.postgresql,
    "thread-server": servers.thread_server,
    "asyncio": servers.asyncio_server,
    "node": servers.node_server,
}

HEADINGS = ("what", "unit", "bare", "bare again", "recorded", "difference", "to reach", "")


def print_rows(rows, widths):
    for row in rows:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row.cells(), widths))]
        print("  ".join(cells).rstrip(), flush=True)


def load():
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: about two minutes")
    parser.add_argument("--rounds", type=int, help="of whole servers (15; --quick: 3)")
    parser.add_argument("--list", action="store_true", help="only name the cases")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(CASES))
        return 0
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {' '.join(sorted(unknown))} (--list names them)")

    widths = (36, 12, 8, 22, 8, 22, 8, 7)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="finleak-bench."))
    print(f"Linux {platform.release()}, {os.cpu_count()} CPUs, load average {load()}; "
          f"recordings in {folder.parent}{', quick' if arguments.quick else ''}\n")
    print("  ".join(h.ljust(w) if i < 2 else h.rjust(w)
                    for i, (h, w) in enumerate(zip(HEADINGS, widths))).rstrip())
    status = 0
    try:
        for name in arguments.cases or CASES:
            try:
                print_rows(CASES[name](Bench(arguments.build, folder / name, arguments.quick,
                                            arguments.rounds)),
                           widths)
            except Missing as reason:
                print(f"{name}: not measured: {reason}", flush=True)
                status = 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\nload average {load()} at the end")
    return status


if __name__ == "__main__":
    sys.exit(main())
