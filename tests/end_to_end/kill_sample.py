# SPDX-License-Identifier: MIT
"""kill_sample.py NAME: serves real clients under finleak, looks at the live recording until it
shows the leaks, ends the server with kill -9 and expects them still to be there: in the report of
`finleak run` and in one made of the recordings alone."""
import os
import signal
import socket
import subprocess
import sys

import commands
import expected
import run_sample

CLIENTS = 3

# Requests whose end leaks, where it is not any request.
LEAKING_REQUESTS = {"half_of_paths": b"PUT /file contents\n"}

# Those whose child has only the connection that was open when it started.
ONE_INHERITED = {"exec_child", "forked_helper"}


def visit(port, request):
    """A client that has its answer before it leaves."""
    with socket.create_connection(("127.0.0.1", port), timeout=commands.PATIENCE) as client:
        client.sendall(request)
        if not client.recv(512):
            raise AssertionError("the server closed without an answer")


def visit_all(name, port):
    if name == "leaky_server":
        commands.needs("curl")
        script = os.path.join(commands.SOURCES, "visit_leaky_server.sh")
        subprocess.run(["sh", script, str(port), str(CLIENTS)], check=True)
        return
    for _ in range(CLIENTS):
        visit(port, LEAKING_REQUESTS.get(name, b"hello\n"))


def expected_counts(name):
    """class: sockets leaked."""
    return {finding["class"]: 1 if name in ONE_INHERITED else CLIENTS
            for finding in expected.SAMPLES[name]}


def counts(document):
    found = {}
    for leak in commands.leaks_of(document):
        found[leak["class"]] = found.get(leak["class"], 0) + leak["count"]
    return found


def server_process(name, document):
    """The server among the processes: the one that no other of its program is the parent of."""
    own = [p for p in document["processes"] if name in p["command"]]
    parents = {p["pid"] for p in own}
    return next((p for p in own if p["parent_pid"] not in parents), None)


def check_findings(name, document, where):
    """The places of all findings, not only how many."""
    commands.check_schema(document)
    assert counts(document) == expected_counts(name), "%s: %r, expected %r" % (
        where, counts(document), expected_counts(name))
    for finding in (f for f in expected.SAMPLES[name] if "site" in f):
        for leak in commands.leaks_of(document, finding["class"]):
            assert run_sample.is_at(leak["site"] or {}, name, finding["site"]), (
                "%s: site %r" % (where, leak["site"]))


def main(name):
    with commands.folder() as work:
        recordings = os.path.join(work, "recordings")
        output = os.path.join(work, "report.json")
        last = {}

        def live_report():
            _, document, errors = commands.report(recordings)
            last.update(errors=errors, counts=document and counts(document))
            return document if document and counts(document) == expected_counts(name) else None

        command = [commands.FINLEAK, "run", "-f", "json", "-o", output, "-d", recordings,
                   "-e", "99", "--", *commands.sample_command(name), "--serve"]
        with commands.Server(command, stderr=None) as run:
            visit_all(name, run.port())
            try:
                live = commands.wait_for("the leaks in the live recording", live_report)
            except AssertionError as error:
                sys.exit("%s; the last report had %r" % (error, last))
            check_findings(name, live, "live")
            server = server_process(name, live)
            assert server["state"] == "running", server
            said = commands.finleak("report", recordings).stdout.splitlines()[0]
            assert "still running" in said, said
            os.kill(server["pid"], signal.SIGKILL)
            status = run.wait()

        assert status == 128 + signal.SIGKILL, "finleak run: status %d" % status
        status, document, errors = commands.report(recordings, "-e", "99")
        assert status == 99, "finleak report: status %d: %s" % (status, errors)
        for where, killed in (("run", commands.load_report(output)), ("report", document)):
            check_findings(name, killed, where)
            assert server_process(name, killed)["state"] == "killed", killed["processes"]


if __name__ == "__main__":
    main(sys.argv[1])
