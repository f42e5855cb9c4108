# SPDX-License-Identifier: MIT
"""keep_copy.py HOW: a handler keeps a dup() of its connection and forgets it. HOW the connection
ends: "first": the server closes it first; "shutdown": it shuts it down before, as socketserver
does; "eof": the peer closes first; "teardown": as that, and the interpreter closes the copy when it
ends."""
import os
import socket
import sys
import time

KEPT = []


def keep_copy(connection):
    KEPT.append(connection.dup())


def end_request(connection, how):
    if how == "shutdown":
        connection.shutdown(socket.SHUT_WR)
    connection.close()


def main(how):
    listener = socket.create_server(("127.0.0.1", 0))
    for _ in range(3):
        client = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()
        keep_copy(connection)
        if how in ("eof", "teardown"):
            client.close()
            connection.recv(1)
        end_request(connection, how)
        client.close()
    time.sleep(0.4)
    if how != "teardown":
        os._exit(0)


main(sys.argv[1])
