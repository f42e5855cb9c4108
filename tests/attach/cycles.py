# SPDX-License-Identifier: MIT
"""cycles.py [N]: a server under load that finleak attaches to and lets go of, N times: nothing is
reported, nothing is broken, and nothing of finleak is left in the process."""
import os
import socket
import sys
import threading

import attaching
import commands


def visit(port, stopped, failures):
    while not stopped.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=commands.PATIENCE) as peer:
                peer.sendall(b"hello\n")
                peer.recv(100)
        except OSError as error:
            failures.append(error)
            return


def state(pid):
    """What of the process finleak must not change."""
    with open("/proc/%d/maps" % pid) as maps:
        mapped = [line.split(None, 5)[-1] for line in maps if "/" in line]
    with open("/proc/%d/status" % pid) as status:
        traced = [line for line in status if line.startswith(("TracerPid", "Threads", "Sig"))]
    return mapped, [line for line in traced if not line.startswith("SigQ")]


def main(cycles):
    server, = commands.sample_command("after_eof", fixed=True)
    stopped, failures = threading.Event(), []
    with commands.folder() as work, commands.Server([server, "--serve"]) as running:
        port, pid = running.port(), running.process.pid
        drain = threading.Thread(target=running.process.stdout.read, daemon=True)
        drain.start()
        before = state(pid)
        visitors = [threading.Thread(target=visit, args=(port, stopped, failures))
                    for _ in range(2)]
        for visitor in visitors:
            visitor.start()
        closed = 0
        for cycle in range(cycles):
            output = os.path.join(work, "report.json")
            # A server that does not get to run for a while has not leaked.
            with attaching.Attached([pid], "--duration=200ms", "--min-held=1s", "-e", "9", "-f",
                                    "json", "-o", output, "-d",
                                    os.path.join(work, str(cycle))) as attached:
                status = attached.wait()
            document = commands.load_report(output)
            assert status == 0, (status, attached.err, document["leaks"])
            assert not document["summary"]["lost"], document["processes"]
            closed += sum(process["closed"] for process in document["processes"])
        stopped.set()
        for visitor in visitors:
            visitor.join()
        assert not failures, failures
        assert closed > cycles, "%d closes were seen" % closed
        assert running.process.poll() is None, "the server has ended"
        assert state(pid) == before, "%r before, %r after" % (before, state(pid))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
