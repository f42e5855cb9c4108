# SPDX-License-Identifier: MIT
"""ends.py HOW: three connections whose ends were read are forgotten, and closed only when the
program ends: by `finally`, by `with`, by atexit, by the interpreter's teardown of globals, or after
SIGTERM, which raises SystemExit."""
import atexit
import contextlib
import os
import signal
import socket
import sys
import time

KEPT = []


def read_request(connection):
    if connection.recv(1):
        raise AssertionError("no EOF")


def forget_some():
    listener = socket.create_server(("127.0.0.1", 0))
    for _ in range(3):
        client = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()
        client.close()
        read_request(connection)
        KEPT.append(connection)
    listener.close()


def close_all():
    for connection in KEPT:
        connection.close()


def end_by_finally():
    try:
        time.sleep(0.4)
    finally:
        close_all()


def end_by_with():
    with contextlib.ExitStack() as stack:
        for connection in KEPT:
            stack.enter_context(connection)
        time.sleep(0.4)


def end_by_atexit():
    atexit.register(close_all)
    time.sleep(0.4)


def end_by_teardown():
    time.sleep(0.4)


def end_by_signal():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        time.sleep(0.4)
        print("ready %d" % os.getpid(), flush=True)
        while True:
            time.sleep(1)
    finally:
        close_all()


forget_some()
globals()["end_by_" + sys.argv[1]]()
