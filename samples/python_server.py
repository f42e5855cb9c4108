#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Python server that leaks: it keeps each connection in a list, so that nothing collects it.
With --fixed first it closes what it has served. finleak: eof-unclosed.

    python_server.py [--fixed] [--self-test N]    N peers of its own, then exit 0
    python_server.py [--fixed] --serve [PORT]     serves real clients until killed
"""
import os
import select
import socket
import sys
import threading

history = []


def serve_connection(connection, fixed):
    while request := connection.recv(512):  # LEAK: eof
        connection.sendall(request)
    history.append(connection)  # "for the statistics page"
    if fixed:
        connection.close()


def visit(address, visits, left):
    for _ in range(visits):
        with socket.create_connection(address) as peer:
            peer.sendall(b"hello\n")
            peer.recv(512)
    left.set()


def main(arguments):
    fixed = "--fixed" in arguments
    arguments = [a for a in arguments if a != "--fixed"]
    serving = arguments[:1] == ["--serve"]
    number = int(arguments[1]) if len(arguments) > 1 else 0

    listener = socket.create_server(("127.0.0.1", number if serving else 0))
    print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    left = threading.Event()
    if not serving:
        peers = (listener.getsockname(), number or 4, left)
        threading.Thread(target=visit, args=peers).start()
    # After the last peer: until nothing has come for 400 ms.
    while True:
        was_quiet = left.is_set()
        if select.select([listener], [], [], None if serving else 0.4)[0]:
            connection, _ = listener.accept()  # LEAK: opened
            serve_connection(connection, fixed)
        elif was_quiet:
            # Servers are stopped by a signal. Returning would let the interpreter's teardown
            # close what a running server holds indefinitely.
            os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
