# SPDX-License-Identifier: MIT
"""A web server for proxies to ask: a page of the path's name, each connection kept or ended as
HTTP/1.1 has it."""
import http.server
import threading


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"the origin's {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A proxy that is killed resets its connections."""


class Origin:
    """A context; has a port."""

    def __enter__(self):
        self._server = Server(("127.0.0.1", 0), Page)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.port = self._server.server_port
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
