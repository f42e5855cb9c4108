# SPDX-License-Identifier: MIT
"""redis-server: 50 clients of redis-benchmark before, while and after it forks to save."""

import re
import signal

from under_finleak import Expected, client, find_program, run, wait_until


def scenario(launcher):
    server_path, cli_path = find_program("redis-server"), find_program("redis-cli")
    benchmark_path = find_program("redis-benchmark")
    folder = launcher.folder()
    server, port = launcher.start_on_free_port(
        lambda port: [server_path, "--port", port, "--bind", "127.0.0.1", "--save", "",
                      "--dir", folder, "--daemonize", "no"],
        Expected(opened=150, eof=150))

    def ask(*words):
        return client([cli_path, "-h", "127.0.0.1", "-p", port, *words]).strip()

    def benchmark():
        """Which commands were measured."""
        printed = client([benchmark_path, "-h", "127.0.0.1", "-p", port, "-c", "50", "-n", "5000",
                       "-t", "set,get,incr,lpush", "--csv"])
        return re.findall(r'^"(\w+)"', printed, re.MULTILINE)

    seen = {"set": ask("SET", "name", "finleak"), "first": benchmark(), "bgsave": ask("BGSAVE"),
            "while saving": benchmark()}
    wait_until(lambda: "rdb_bgsave_in_progress:0" in ask("INFO", "persistence"), "BGSAVE is done")
    seen["saved well"] = "rdb_last_bgsave_status:ok" in ask("INFO", "persistence")
    seen["dump"] = (folder / "dump.rdb").stat().st_size > 0
    seen["get"] = ask("GET", "name")
    seen["after"] = benchmark()
    server.look(100, benchmark)
    seen["status"] = server.stop(signal.SIGTERM)
    return seen


run(scenario)
