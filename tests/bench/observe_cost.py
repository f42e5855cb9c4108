# SPDX-License-Identifier: MIT
"""observe_cost.py [--build DIR] [--sockets N] [--stuck N] [--seconds S]: what a sample of `finleak
run` costs where a recorded process has N sockets, as many of them stuck: each interval, and when asked
by SIGUSR1, which always lists descriptors."""
import argparse
import glob
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

import watch_cost

PATIENCE = 60
ASKED = 10


def observed(folder):
    """Which observation is kept: each sample is a new file."""
    try:
        path, = glob.glob(os.path.join(folder, "*.observed"))
        kept = os.stat(path)
    except (ValueError, FileNotFoundError):
        return None
    return kept.st_ino, kept.st_mtime_ns


def wait_for_sample(folder, before):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        now = observed(folder)
        if now and now != before:
            return now
        time.sleep(0.002)
    raise TimeoutError("no sample in %d s" % PATIENCE)


def start(arguments, interval, folder):
    hold = [sys.executable, "-B", watch_cost.__file__, "--hold", str(arguments.sockets),
            str(arguments.stuck)]
    finleak = os.path.join(arguments.build, "analyzer/finleak")
    run = subprocess.Popen([finleak, "run", "--observe=" + interval, "-d", folder, "-o", os.devnull,
                            "--", *hold], stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "ready\n"
    return run


def measure(arguments, interval, what, asks):
    with tempfile.TemporaryDirectory(prefix="finleak-bench.") as folder:
        run = start(arguments, interval, folder)
        try:
            if asks:
                run.send_signal(signal.SIGUSR1)
            # The first samples are what later ones are compared with.
            last = wait_for_sample(folder, None)
            if not asks:
                for _ in range(20):
                    last = wait_for_sample(folder, last)
            began, before, samples = time.monotonic(), watch_cost.cpu_seconds(run.pid), 0
            while samples < ASKED if asks else time.monotonic() < began + arguments.seconds:
                if asks:
                    run.send_signal(signal.SIGUSR1)
                last = wait_for_sample(folder, last)
                samples += 1
            cpu = watch_cost.cpu_seconds(run.pid) - before
            print("%s: %d samples in %.1f s, %.1f ms of CPU each" % (
                what, samples, time.monotonic() - began, cpu / samples * 1e3))
        finally:
            run.terminate()
            run.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--sockets", type=int, default=20000)
    parser.add_argument("--stuck", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    arguments.sockets = min(arguments.sockets, limit - watch_cost.SPARE)
    print("%d sockets, %d of them stuck" % (arguments.sockets, arguments.stuck))
    measure(arguments, "1s", "each interval", asks=False)
    measure(arguments, "10h", "when asked", asks=True)


if __name__ == "__main__":
    main()
