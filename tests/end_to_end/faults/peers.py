# SPDX-License-Identifier: MIT
"""Peers that are not recorded: the runner's own threads serve on a port that the kernel chose."""
import socket
import threading


def closes(connection):
    """Hangs up without a word."""
    connection.close()


def answers(connection):
    """Answers the first request, then hangs up."""
    connection.recv(4096)
    connection.sendall(b"an answer\n")
    connection.close()


def echoes(connection):
    """Sends back what it gets, until there is no more."""
    while True:
        data = connection.recv(4096)
        if not data:
            break
        connection.sendall(data)
    connection.close()


PEERS = {"closes": closes, "answers": answers, "echoes": echoes}


def serve(name):
    """Starts peer NAME; returns its port. It ends with the test."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)

    def handle(connection):
        try:
            PEERS[name](connection)
        except OSError:
            connection.close()

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]
