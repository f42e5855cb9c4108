# SPDX-License-Identifier: MIT
"""curl as the program: it reads an answer to EOF and closes."""

import http.server
import socket
import threading

from under_finleak import Expected, find_program, run


class Page(http.server.BaseHTTPRequestHandler):
    """HTTP/1.0 without a length: the answer ends with the connection."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"this is {self.path}\n".encode() * 20)

    def log_message(self, *_):
        pass


def scenario(launcher):
    curl = find_program("curl")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server, \
            socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # but does not listen: connections are refused
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}"
        nowhere = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        one_by_one = launcher.start([curl, "-sS", f"{place}/one", f"{place}/two"],
                                    Expected(opened=2, eof=2))
        at_once = launcher.start([curl, "-sS", "--parallel", f"{place}/a", "-o", "/dev/null",
                                  f"{place}/b", "-o", "/dev/null"], Expected(opened=2, eof=2))
        refused = launcher.start([curl, "-sS", "--fail", f"{place}/x", nowhere],
                                 Expected(opened=2, eof=1))
        seen = {"one by one": (one_by_one.wait(), one_by_one.out.text), "at once": at_once.wait(),
                "refused": (refused.wait(), refused.out.text)}
        server.shutdown()
    return seen


run(scenario)
