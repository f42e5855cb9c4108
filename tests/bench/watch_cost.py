# SPDX-License-Identifier: MIT
"""watch_cost.py [--build DIR] [--sockets N] [--leaked N] [--seconds S]: what a look of `finleak watch`
costs where N sockets are open, in as many recorded processes as their descriptor limit takes."""
import argparse
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

# Descriptors of a process for something else than its sockets.
SPARE = 100


def hold(count, leaked):
    """COUNT sockets, both ends here. Of LEAKED the other end is closed, and nobody closes them."""
    kept = []
    left = count
    while left > 0:
        # An address of its own for some thousand connections each: ports are scarce.
        address = "127.%d.%d.%d" % struct.unpack("3B", os.urandom(3))
        with socket.create_server((address, 0), backlog=64) as listener:
            for _ in range(min(left, 8000) // 2 + 1):
                client = socket.create_connection(listener.getsockname())
                server, _ = listener.accept()
                if leaked > 0:
                    leaked -= 1
                    client.close()
                    assert server.recv(1) == b""
                    kept.append(server)
                    left -= 1
                else:
                    kept += client, server
                    left -= 2
    print("ready", flush=True)
    signal.pause()


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(count, leaked, folder, library):
    environment = dict(os.environ, LD_PRELOAD=library, FINLEAK_OPTIONS="recordings=" + folder)
    process = subprocess.Popen([sys.executable, "-B", __file__, "--hold", str(count), str(leaked)],
                               env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def watch(build, folder, seconds):
    process = subprocess.Popen([os.path.join(build, "analyzer/finleak"), "watch", "--interval=1s",
                                folder], stdout=subprocess.PIPE, text=True)
    lines = (line for line in process.stdout if re.search(r"leaked at", line))
    try:
        print(next(lines).rstrip())
        # The first looks have code to name, and /proc to fill.
        for _ in range(2):
            next(lines)
        began, before, looks = time.monotonic(), cpu_seconds(process.pid), 0
        while time.monotonic() < began + seconds:
            next(lines)
            looks += 1
        took = cpu_seconds(process.pid) - before
        elapsed = time.monotonic() - began
    finally:
        process.kill()
        process.wait()
    print("%d looks in %.1f s: %.1f ms of CPU each, %.1f %% of a core" % (
        looks, elapsed, took / looks * 1e3, took / elapsed * 100))


def main():
    if sys.argv[1:2] == ["--hold"]:
        hold(int(sys.argv[2]), int(sys.argv[3]))
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--sockets", type=int, default=100000)
    parser.add_argument("--leaked", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    library = os.path.abspath(os.path.join(arguments.build, "preload/libfinleak.so"))
    processes = []
    with tempfile.TemporaryDirectory(prefix="finleak-bench.") as folder:
        try:
            left, leaked = arguments.sockets, arguments.leaked
            while left > 0:
                count = min(left, limit - SPARE)
                processes.append(start(count, min(leaked, count // 2), folder, library))
                left -= count
                leaked -= min(leaked, count // 2)
            print("%d sockets in %d processes" % (arguments.sockets, len(processes)))
            watch(arguments.build, folder, arguments.seconds)
        finally:
            for process in processes:
                process.kill()
                process.wait()


if __name__ == "__main__":
    main()
