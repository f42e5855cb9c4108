# SPDX-License-Identifier: MIT
"""haproxy between wrk or curl and a backend."""

import http.server
import os
import re
import signal
import threading

from under_finleak import Expected, client, connect_and_close, find_program, run

CONFIGURATION = """
global
    maxconn 500
defaults
    mode http
    timeout connect 10s
    timeout client 10s
    timeout server 10s
frontend front
    bind 127.0.0.1:{port}
    default_backend back
backend back
    server one 127.0.0.1:{backend}
"""


class Backend(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # wrk opens 16 at once; five, the default, overflow on a busy machine


class Page(http.server.BaseHTTPRequestHandler):
    """HTTP/1.0: the backend ends each connection first."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"backend's {self.path}\n".encode())

    def log_message(self, *_):
        pass


def scenario(launcher):
    haproxy, wrk, curl = find_program("haproxy"), find_program("wrk"), find_program("curl")
    configuration = launcher.folder() / "haproxy.cfg"
    with Backend(("127.0.0.1", 0), Page) as backend:
        threading.Thread(target=backend.serve_forever, daemon=True).start()

        def command(port):
            configuration.write_text(
                CONFIGURATION.format(port=port, backend=backend.server_port))
            # Below a shell, to which SIGUSR1 means nothing: finleak hands that on where it does.
            return ["sh", "-c", f"{haproxy} -f {configuration} -db & echo haproxy is $!; wait $!"]

        server, port = launcher.start_on_free_port(command, Expected(opened=50, eof=50))
        seen = {"answers": [client([curl, "-sS", f"http://127.0.0.1:{port}/{number}"])
                            for number in range(5)]}
        for _ in range(5):
            connect_and_close(port)

        def load():
            """wrk's complaints."""
            printed = client([wrk, "--threads=2", "--connections=16", "--duration=1s",
                           f"http://127.0.0.1:{port}/load"])
            return re.findall(r"Non-2xx.*", printed)

        # One answer in many thousands goes wrong when wrk stops in the midst of it: not twice.
        seen["complaints"] = load() and load()
        server.look(100, load)
        os.kill(int(server.wait_for_match(r"haproxy is (\d+)").group(1)), signal.SIGUSR1)
        seen["status"] = server.wait()
        backend.shutdown()
    return seen


run(scenario)
