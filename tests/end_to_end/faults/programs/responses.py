# SPDX-License-Identifier: MIT
"""responses.py read|unread together|after [stay]: keeps connections whose server has closed, the
FIN in one piece with the last data or after them. The answers were read, or were not."""
import http.client
import os
import signal
import socket
import sys
import threading
import time

how, order = sys.argv[1:3]
listener = socket.create_server(("127.0.0.1", 0))


def serve():
    while True:
        server = listener.accept()[0]
        server.recv(4096)
        server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 45000\r\n\r\n" + b"x" * 45000)
        if order == "after":
            time.sleep(0.1)
        server.close()


def ask():
    client = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1])
    client.request("GET", "/")
    answer = client.getresponse()
    if how == "read":
        answer.read()
    return client, answer


threading.Thread(target=serve, daemon=True).start()
kept = [ask() for _ in range(3)]
time.sleep(0.8)
print("ready %d" % os.getpid(), flush=True)
if len(sys.argv) > 3:
    signal.pause()
