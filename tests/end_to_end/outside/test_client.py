# SPDX-License-Identifier: MIT
"""Tests of a project that has nothing to do with finleak; check_ci.py makes them leak."""
import os
import socket

KEPT = []


def fetch(server):
    client = socket.create_connection(server.getsockname())
    server.accept()[0].close()
    assert client.recv(1) == b""  # HERE: fetch
    return client


def done_with(client):
    client.close()  # CLOSE: fetch


def test_end_of_stream():
    with socket.create_server(("127.0.0.1", 0)) as server:
        for _ in range(int(os.environ["CONNECTIONS"])):
            KEPT.append(fetch(server))
            done_with(KEPT[-1])
