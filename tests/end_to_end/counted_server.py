# SPDX-License-Identifier: MIT
"""counted_server.py KIND [LIMIT [PORT]]: a server of one thread, under a limit of LIMIT descriptors
(0: as it is), that says where it listens. What it does with a connection is its KIND:

    closes_first    closes it
    shuts_first     shuts its own direction down and keeps it
    leaks           reads it to the end and keeps it; says "full" where accept() fails
"""
import resource
import signal
import socket
import sys


def main(kind, limit=0, port=0):
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=512)
    kept = []
    if int(limit):
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(limit), int(limit)))
    print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    while True:
        try:
            connection, _ = listener.accept()
        except OSError as error:
            print("full: %s" % error.strerror, flush=True)
            break
        if kind == "closes_first":
            connection.close()
            continue
        if kind == "shuts_first":
            connection.shutdown(socket.SHUT_WR)
        else:
            while connection.recv(4096):
                pass
        kept.append(connection)
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
