# SPDX-License-Identifier: MIT
import socket
import sys
import time


def connect(listener, depth):
    if depth > 0:
        return connect(listener, depth - 1)
    peer = socket.create_connection(listener.getsockname())
    connection, _ = listener.accept()
    peer.close()
    with connection:
        return connection.recv(1)


def main(rounds, depth):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for _ in range(rounds):
            connect(listener, depth)
        before = time.process_time_ns()
        for _ in range(rounds):
            connect(listener, depth)
        print((time.process_time_ns() - before) // rounds)


if int(sys.argv[1]):
    main(int(sys.argv[1]), int(sys.argv[2]))
