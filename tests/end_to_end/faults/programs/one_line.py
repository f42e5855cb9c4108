# SPDX-License-Identifier: MIT
"""Forgets connections of which it learns that they are over by wrappers that are written in one line.
serve() decides."""
import os
import socket
import time

KEPT = []


class Reader:
    def __init__(self, sock): self.sock = sock

    def next(self): return self.sock.recv(1)


class Client:
    def __init__(self, sock):
        self.reader = Reader(sock)

    def receive(self): return self.reader.next()


def serve(sock):
    client = Client(sock)
    KEPT.append(client)
    while client.receive():
        pass


listener = socket.create_server(("127.0.0.1", 0))
for _ in range(3):
    peer = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    peer.close()
    serve(accepted)
time.sleep(0.4)
os._exit(0)
