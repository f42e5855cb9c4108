# SPDX-License-Identifier: MIT
"""Peers that are not recorded: the runner's own threads serve on a port that the kernel chose."""
import socket
import threading
import time


def closes(connection):
    """Hangs up without a word."""
    connection.close()


def answers(connection):
    """Answers the first request, and hangs up when no other has come."""
    connection.recv(4096)
    connection.sendall(b"an answer\n")
    time.sleep(0.05)
    connection.close()


def silent(connection):
    """Reads to the end, and never sends a byte."""
    while connection.recv(4096):
        pass
    threading.Event().wait()


PEERS = {"closes": closes, "answers": answers, "silent": silent}


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
