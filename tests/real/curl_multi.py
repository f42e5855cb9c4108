# SPDX-License-Identifier: MIT
"""libcurl's multi interface: its cache keeps the connections that the server has closed, until the
next transfer. curl_pool is built from curl_pool.c beside this file."""

import os
import signal

from keep_alive import KeepAliveServer
from under_finleak import Expected, Skip, run


def scenario(launcher):
    program = os.environ.get("FINLEAK_CURL_POOL")
    if not program:
        raise Skip("libcurl's header is not installed: curl_pool was not built")
    with KeepAliveServer() as server:
        pool = launcher.start(
            [program, server.url],
            Expected(opened=4, eof=0, leaked=4, leak_class="fin-unread", reason="not-polled",
                     site=("fetch_pages", "curl_pool.c")),
            options=["--observe=50ms"])
        pool.wait_for_match("idle")
        seen = {"connections": server.end_connections()}
        pool.wait_for_leaks()
        seen["status"] = pool.stop(signal.SIGTERM)
    return seen


run(scenario)
