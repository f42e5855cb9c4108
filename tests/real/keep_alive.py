# SPDX-License-Identifier: MIT
"""An HTTP server that keeps its connections until it is asked to end them: what leaves a client's
pool full of connections whose peer has gone."""

import contextlib
import socket
import threading

from under_finleak import PATIENCE, wait_until

TCP_ESTABLISHED, TCP_FIN_WAIT1 = 1, 4


def kernel_state(connection):
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


class KeepAliveServer:
    """Answers each GET with PAGE and keeps the connection. A context."""

    def __init__(self, page="page\n"):
        self.answer = ("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=300\r\n"
                       f"Content-Length: {len(page)}\r\n\r\n{page}").encode()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.connections = []
        self.services = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        for connection in self.connections:
            connection.close()

    def _accept(self):
        with contextlib.suppress(OSError):  # closed by __exit__
            while True:
                connection = self.listener.accept()[0]
                self.connections.append(connection)
                service = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self.services.append(service)
                service.start()

    def _serve(self, connection):
        request = b""
        with contextlib.suppress(OSError):
            while chunk := connection.recv(65536):
                request += chunk
                while b"\r\n\r\n" in request:
                    request = request.partition(b"\r\n\r\n")[2]
                    connection.sendall(self.answer)

    def end_connections(self):
        """The time for idle connections is up. Returns how many there were, when each one's FIN is
        in the client's kernel. The client must have read its answers: an end that comes right
        behind unread data is taken from the socket along with it, and no read returns 0."""
        for connection in self.connections:
            connection.shutdown(socket.SHUT_WR)
        for connection in self.connections:
            wait_until(lambda: kernel_state(connection) not in (TCP_ESTABLISHED, TCP_FIN_WAIT1),
                       "the client's kernel has the FIN")
        return len(self.connections)

    def wait_for_closed(self):
        """Waits until the client has closed all of them."""
        for service in self.services:
            service.join(PATIENCE)
            assert not service.is_alive(), "the client keeps a connection that was ended"
