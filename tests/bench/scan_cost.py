# SPDX-License-Identifier: MIT
"""scan_cost.py [--build DIR] [--sockets N] [--stuck N] [--times N]: the CPU time of `finleak scan` on a
process with N sockets, as many of them stuck, the first time and the median of the next ones."""
import argparse
import os
import resource
import statistics
import subprocess
import sys

import watch_cost


def scan(build, pid):
    process = subprocess.Popen([os.path.join(build, "analyzer/finleak"), "scan", "-o", os.devnull,
                                str(pid)])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return (used.ru_utime + used.ru_stime) * 1e3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--sockets", type=int, default=20000)
    parser.add_argument("--stuck", type=int, default=0)
    parser.add_argument("--times", type=int, default=10)
    arguments = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    arguments.sockets = min(arguments.sockets, limit - watch_cost.SPARE)
    holder = subprocess.Popen([sys.executable, "-B", watch_cost.__file__, "--hold",
                               str(arguments.sockets), str(arguments.stuck)],
                              stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "ready\n"
        took = [scan(arguments.build, holder.pid) for _ in range(arguments.times + 1)]
    finally:
        holder.kill()
        holder.wait()
    print("%d sockets, %d of them stuck: %.0f ms of CPU the first time, %.0f ms then" % (
        arguments.sockets, arguments.stuck, took[0], statistics.median(took[1:])))


if __name__ == "__main__":
    main()
