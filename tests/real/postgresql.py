# SPDX-License-Identifier: MIT
"""PostgreSQL: the postmaster forks a backend for each connection; psql and pgbench as clients,
recorded as well."""

import glob
import os
import re
import signal

from under_finleak import (Expected, Skip, client, connect_and_close, find_program, run,
                           wait_until)


def newest(program):
    """Debian keeps each version's programs in a folder of its own."""
    found = glob.glob(f"/usr/lib/postgresql/*/bin/{program}")
    if not found:
        return find_program(program)
    return max(found, key=lambda path: int(path.split("/")[4]))


def scenario(launcher):
    programs = {name: newest(name) for name in ("initdb", "postgres", "psql", "pgbench")}
    user = "postgres" if os.geteuid() == 0 else None  # postgres declines to run as root
    folder = launcher.folder(owner=user)
    if user and launcher.finleak:
        reachable = client(["sh", "-c", f"test -x '{launcher.finleak}' && echo yes || echo no"],
                           user=user, group=user, extra_groups=[])
        if reachable != "yes\n":
            raise Skip(f"user {user} may not run {launcher.finleak}: build where others may read")
    client([programs["initdb"], "-D", folder / "cluster", "--auth=trust", "--username=tester",
            "--no-sync", "--encoding=UTF8", "--no-locale"], cwd=folder,
           **({"user": user, "group": user, "extra_groups": []} if user else {}))

    server, port = launcher.start_on_free_port(
        lambda port: [programs["postgres"], "-D", folder / "cluster", "-h", "127.0.0.1",
                      "-p", port, "-k", "", "-c", "fsync=off", "-c", "logging_collector=off"],
        # A backend lets its exit close the connection; on a busy machine that takes a while.
        Expected(opened=50, eof=1, processes=50), user=user, cwd=folder, options=["--min-held=2s"])
    server.wait_for_match("ready to accept connections")
    place = ["-h", "127.0.0.1", "-p", port, "-U", "tester", "postgres"]

    def ask(question):
        psql = launcher.start([programs["psql"], "-XAt", "-c", question, *place],
                              Expected(eof=0))
        return psql.wait(), psql.out.text

    def load(*options):
        """How many transactions were done and failed."""
        pgbench = launcher.start([programs["pgbench"], *options, *place], Expected(eof=0))
        status = pgbench.wait()
        return status, re.findall(r"actually processed: \S+|failed transactions: \d+",
                                  pgbench.out.text)

    seen = {"sum": ask("select sum(i) from generate_series(1, 1000) i"),
            "error": ask("select 1/0")[0],
            "init": load("-i", "-s", "1", "-q"),
            "connection a transaction": load("-C", "-c", "4", "-t", "10"),
            "kept connections": load("-c", "4", "-t", "50", "-S")}
    server.look(100, lambda: load("-C", "-c", "4", "-t", "10"))
    for _ in range(5):
        connect_and_close(port)
    # The postmaster, its children and those of the last clients are all that may be left.
    wait_until(lambda: ask("select count(*) from pg_stat_activity where backend_type = "
                           "'client backend'") == (0, "1\n"), "the clients' backends have ended")
    seen["status"] = server.stop(signal.SIGINT)
    return seen


run(scenario)
