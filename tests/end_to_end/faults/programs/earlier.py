# SPDX-License-Identifier: MIT
"""earlier.py N: a server that closes N connections first, and leaves them in TIME_WAIT. Prints its
port, for the process that comes after it."""
import socket
import sys

listener = socket.create_server(("127.0.0.1", 0))
for _ in range(int(sys.argv[1])):
    client = socket.create_connection(listener.getsockname())
    connection, _ = listener.accept()
    connection.close()
    client.recv(1)
    client.close()
print(listener.getsockname()[1])
