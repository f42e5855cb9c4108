# SPDX-License-Identifier: MIT
"""own_clients.py keeps|closes: a loop in the module's own code has a method read, and closes the clients of
its connections when they have had an event. The method keeps a connection whose end it has read, or
closes it."""
import selectors
import socket
import sys
import time

closes = sys.argv[1] == "closes"
selector = selectors.DefaultSelector()
kept, clients = [], []


class Server:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        selector.register(self.listener, selectors.EVENT_READ, self.accept)

    def accept(self):
        connection = self.listener.accept()[0]
        selector.register(connection, selectors.EVENT_READ, lambda: self.read(connection))

    def read(self, connection):
        if connection.recv(64):
            return
        selector.unregister(connection)
        if closes:
            connection.close()
        else:
            kept.append(connection)


server = Server()
for _ in range(4):
    client = socket.create_connection(server.listener.getsockname())
    client.send(b"word")
    clients.append(client)
for turn in range(13):
    for key, _ in selector.select(0.05):
        key.data()
    if turn >= 8 and clients:  # by now each has been accepted, and its word read
        clients.pop().close()
time.sleep(0.3)
