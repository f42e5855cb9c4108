# SPDX-License-Identifier: MIT
"""The peer hangs up, the program runs a child that lives for a moment, and closes. It goes on."""
import os
import socket
import subprocess
import sys
import time

listener = socket.create_server(("127.0.0.1", 0))
for _ in range(3):
    client = socket.create_connection(listener.getsockname())
    connection, _ = listener.accept()
    connection.set_inheritable(True)
    client.close()
    if connection.recv(1):
        raise AssertionError("no EOF")
    time.sleep(0.2)
    if sys.argv[1] == "system":
        os.system("true")
    else:
        subprocess.run(["true"], close_fds=sys.argv[1] == "closing", check=True)
    connection.close()
time.sleep(0.3)
