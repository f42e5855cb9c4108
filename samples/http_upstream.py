# SPDX-License-Identifier: MIT
"""What the clients among the samples talk to, in a process of its own:

    http_upstream.py N    prints its port, answers N requests, then closes each connection as one that
                          was idle for too long, and ends when its standard input does
"""
import socket
import sys
import time

IDLE = 0.1  # seconds
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nready\n"


def answer(connection):
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(4096)
    connection.sendall(ANSWER)


def main(requests):
    idle = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        for _ in range(requests):
            connection, _ = listener.accept()
            answer(connection)
            idle.append(connection)
        # Not with the answer: an end that comes along with data is read with it.
        time.sleep(IDLE)
        for connection in idle:
            connection.close()
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
