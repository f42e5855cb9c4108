# SPDX-License-Identifier: MIT
"""A Python server with a thread for each connection that forgets to close some: found."""

import signal
import sys

from under_finleak import Expected, connect_and_close, run

SERVER = """
import socket, threading

kept = []

def serve(connection):
    forget = connection.recv(100).startswith(b"forget")
    while connection.recv(100):
        pass
    if forget:
        kept.append(connection)
    else:
        connection.close()
    print("served\\n", end="", flush=True)  # one write: threads do not mix their lines

listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


def scenario(launcher):
    server = launcher.start([sys.executable, "-c", SERVER],
                            Expected(opened=12, eof=12, leaked=7, leak_class="eof-unclosed"),
                            options=["--min-held=0ms"])
    port = int(server.wait_for_match(r"port (\d+)").group(1))
    for _ in range(7):
        connect_and_close(port, b"forget me")
    for _ in range(5):
        connect_and_close(port, b"close me")
    server.wait_for_match(r"(?:served\n){12}")
    # Killed by the signal, it keeps its own status: leaks change only a status of 0.
    return {"status": server.stop(signal.SIGTERM), "served": server.out.text.count("served")}


run(scenario)
