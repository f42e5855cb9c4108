# SPDX-License-Identifier: MIT
"""python3 -m http.server: curl, and clients that leave without a word."""

import signal
import sys

from under_finleak import Expected, client, connect_and_close, find_program, run


def scenario(launcher):
    curl = find_program("curl")
    folder = launcher.folder()
    (folder / "page").write_text("a page of http.server\n")
    server = launcher.start([sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"],
                            Expected(opened=20, eof=10), cwd=folder)
    port = int(server.wait_for_match(r"Serving HTTP on 127\.0\.0\.1 port (\d+)").group(1))

    answers = set()
    for _ in range(10):
        connect_and_close(port)
        answers.add(client([curl, "-sS", f"http://127.0.0.1:{port}/page"]))
    return {"answers": answers, "status": server.stop(signal.SIGINT),
            "stdout": server.out.text.replace(str(port), "PORT")}


run(scenario)
