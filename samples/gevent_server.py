#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gevent: a greenlet for each client reads to the end and keeps the socket. With --fixed it closes
it. finleak: eof-unclosed.

    gevent_server.py [--fixed] [--self-test N]    N peers of its own, then exit 0
    gevent_server.py [--fixed] --serve [PORT]     serves real clients until killed
"""
import gevent
import gevent.socket
import gevent.threadpool

from script_traffic import Traffic

history = []


def serve_client(client):
    while request := client.recv(512):  # LEAK: eof
        client.sendall(request)
    history.append(client)  # "for the statistics page"
    if traffic.fixed:
        client.close()


def accept_clients(listener):
    while True:
        client, _ = listener.accept()  # LEAK: opened
        gevent.spawn(serve_client, client)


def main():
    listener = gevent.socket.socket(fileno=traffic.listener.detach())
    gevent.spawn(accept_clients, listener)
    while traffic.goes_on():
        gevent.sleep(0.005)
    traffic.leave()


if __name__ == "__main__":
    traffic = Traffic()
    main()
