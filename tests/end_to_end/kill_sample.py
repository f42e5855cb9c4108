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
LEAKING_REQUESTS = {"half_of_paths": b"PUT /file contents\n", "oneshot_reader": b"PING\n",
                    "refused_upload": b"PUT /file\ntwelve bytes", "dispatcher": b"log this\n",
                    "tls_handshake": b""}

# One more request, whose end does not leak: a dispatcher is one that is seen to call two handlers.
OTHER_REQUESTS = {"dispatcher": b"hello\n"}

# Those that answer nothing before their clients leave.
QUIET = {"asyncio_counter", "libuv_counter", "slow_acceptor", "tls_handshake"}

# Those whose child has only the connection that was open when it started.
ONE_INHERITED = {"exec_child", "forked_helper"}

# Those that bring their peers with --serve too.
OWN_VISITS = {"pooled_client": 4}


def visit(port, request):
    """A client that has its answer before it leaves."""
    with socket.create_connection(("127.0.0.1", port), timeout=commands.PATIENCE) as client:
        client.sendall(request)
        if not client.recv(512):
            raise AssertionError("the server closed without an answer")


def give_up(port, request):
    """A client that leaves without an answer, or before it was accepted."""
    with socket.create_connection(("127.0.0.1", port), timeout=commands.PATIENCE) as client:
        client.sendall(request)


def read_on(port):
    """A client that has ended its half, and stays."""
    client = socket.create_connection(("127.0.0.1", port), timeout=commands.PATIENCE)
    client.sendall(b"GET /events\n")
    client.shutdown(socket.SHUT_WR)
    return client


def visit_all(name, server):
    """Returns what must be kept until the server has been killed."""
    if name == "pooled_client":
        server.read_line("^ready$")  # a client with a server of its own
        return None
    port = server.port()
    if name == "leaky_server":
        commands.needs("curl")
        script = os.path.join(commands.SOURCES, "visit_leaky_server.sh")
        subprocess.run(["sh", script, str(port), str(CLIENTS)], check=True)
        return None
    if name == "half_closed":
        return [read_on(port) for _ in range(CLIENTS)]
    request = LEAKING_REQUESTS.get(name, b"hello\n")
    if name in OTHER_REQUESTS:
        visit(port, OTHER_REQUESTS[name])
    client = give_up if name in QUIET else visit
    return [client(port, request) for _ in range(CLIENTS)]


def expected_counts(name):
    """(class, reason, verdict): sockets."""
    clients = 1 if name in ONE_INHERITED else OWN_VISITS.get(name, CLIENTS)
    return {(finding["class"], finding.get("reason"), finding.get("verdict", "leak")): clients
            for finding in expected.SAMPLES[name]}


def counts(document):
    found = {}
    for leak in document["leaks"]:
        kind = leak["class"], leak["reason"], leak["verdict"]
        found[kind] = found.get(kind, 0) + leak["count"]
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
        for leak in document["leaks"]:
            if leak["class"] != finding["class"]:
                continue
            assert run_sample.is_at(leak["site"] or {}, name, finding["site"]), (
                "%s: site %r" % (where, leak["site"]))


def main(name):
    if name in expected.USES_RING:
        commands.needs_io_uring()
    with commands.folder() as work:
        recordings = os.path.join(work, "recordings")
        output = os.path.join(work, "report.json")
        options = expected.REPORT_OPTIONS.get(name, [])
        last = {}

        def live_report():
            _, document, errors = commands.report(recordings, *options)
            last.update(errors=errors, counts=document and counts(document))
            return document if document and counts(document) == expected_counts(name) else None

        command = [commands.FINLEAK, "run", "-f", "json", "-o", output, "-d", recordings,
                   "-e", "99", *expected.OPTIONS.get(name, []), *options, "--",
                   *commands.sample_command(name), "--serve"]
        with commands.Server(command, stderr=None) as run:
            kept = visit_all(name, run)
            try:
                live = commands.wait_for("the leaks in the live recording", live_report)
            except AssertionError as error:
                sys.exit("%s; the last report had %r" % (error, last))
            check_findings(name, live, "live")
            server = server_process(name, live)
            assert server["state"] == "running", server
            # The headline may be broken into lines.
            printed = commands.finleak("report", recordings).stdout.split("\n\n")[0]
            assert "still running" in " ".join(printed.split()), printed
            if name in expected.OBSERVED:
                # Only who has not moved between two samples has a stack.
                for _ in range(2):
                    commands.look(run.process, recordings)
            os.kill(server["pid"], signal.SIGKILL)
            status = run.wait()
            del kept

        assert status == -signal.SIGKILL, "finleak run: status %d" % status
        status, document, errors = commands.report(recordings, "-e", "99", *options)
        gated = 99 if any(verdict == "leak" for _, _, verdict in expected_counts(name)) else 0
        assert status == gated, "finleak report: status %d: %s" % (status, errors)
        for where, killed in (("run", commands.load_report(output)), ("report", document)):
            check_findings(name, killed, where)
            assert server_process(name, killed)["state"] == "killed", killed["processes"]


if __name__ == "__main__":
    main(sys.argv[1])
