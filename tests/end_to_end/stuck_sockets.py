# SPDX-License-Identifier: MIT
"""stuck_sockets.py KIND [COUNT]: brings COUNT connections into the state that KIND names, says
"ready PORT" and keeps them until its standard input ends. Their peers are its own."""
import os
import select
import socket
import struct
import sys
import threading
import time

CLOSE, CLOSE_WAIT = 7, 8
IPPROTO_MPTCP = 262


def state(connection):
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def wait_for_state(connection, wanted):
    while state(connection) != wanted:
        time.sleep(0.001)


def reset(connection):
    """Closes so that the other side gets RST in place of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Stuck:
    """Each method takes the listener and returns what it leaves open."""

    def pair(self, listener):
        peer = socket.create_connection(listener.getsockname()[:2])
        return listener.accept()[0], peer

    def ended(self, listener, sent=b""):
        connection, peer = self.pair(listener)
        peer.sendall(sent)
        peer.close()
        wait_for_state(connection, CLOSE_WAIT)
        return connection

    def clean(self, listener):
        return self.pair(listener)

    def eof_unclosed(self, listener):
        connection = self.ended(listener)
        assert connection.recv(1) == b""
        return connection

    def not_polled(self, listener):
        return self.ended(listener)

    def outgoing(self, listener):
        """The pooled connection: the server has closed it."""
        server, client = self.pair(listener)
        server.close()
        wait_for_state(client, CLOSE_WAIT)
        return client

    def data_unread(self, listener):
        return self.ended(listener, b"twelve bytes")

    def polled(self, listener, events):
        epoll = select.epoll()
        connection = self.ended(listener)
        epoll.register(connection, events)
        return epoll, connection

    def reading_paused(self, listener):
        return self.polled(listener, 0)

    def oneshot_consumed(self, listener):
        epoll, (connection, peer) = select.epoll(), self.pair(listener)
        epoll.register(connection, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT)
        peer.sendall(b"x")
        assert epoll.poll()
        assert connection.recv(1) == b"x"
        peer.close()
        wait_for_state(connection, CLOSE_WAIT)
        return epoll, connection

    def hangup_ignored(self, listener):
        return self.polled(listener, select.EPOLLIN | select.EPOLLET)

    def never_accepted(self, listener):
        socket.create_connection(listener.getsockname()[:2]).close()

    def shutdown_unclosed(self, listener):
        connection = self.eof_unclosed(listener)
        connection.shutdown(socket.SHUT_RDWR)
        wait_for_state(connection, CLOSE)
        return connection

    def client_shutdown(self, listener):
        server, client = self.pair(listener)
        server.close()
        assert client.recv(1) == b""
        client.shutdown(socket.SHUT_RDWR)
        wait_for_state(client, CLOSE)
        return client

    def reset_unread(self, listener):
        connection, peer = self.pair(listener)
        reset(peer)
        wait_for_state(connection, CLOSE)
        return connection

    def error_unclosed(self, listener):
        connection = self.reset_unread(listener)
        try:
            connection.recv(1)
        except ConnectionResetError:
            return connection
        raise AssertionError("no error")

    def half_closed(self, listener):
        """The peer has ended its half and still reads."""
        connection, peer = self.pair(listener)
        peer.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""

        def send():
            while True:
                connection.sendall(b"more")
                time.sleep(0.01)

        def receive():
            while True:
                peer.recv(100)

        for work in send, receive:
            threading.Thread(target=work, daemon=True).start()
        return connection, peer

    def closed_in_time(self, listener):
        """Each connection is in CLOSE_WAIT for a moment, one at any time."""
        def serve():
            while True:
                connection = self.ended(listener)
                time.sleep(0.01)
                connection.close()

        threading.Thread(target=serve, daemon=True).start()

    def held_by_child(self, listener):
        connection = self.eof_unclosed(listener)
        child, asked = os.pipe(), os.pipe()
        if os.fork() == 0:
            os.close(child[1])
            os.write(asked[1], b"x")
            os.read(child[0], 1)
            os._exit(0)
        os.read(asked[0], 1)
        return connection, child

    def unused(self, listener):
        """What is in no table, but not stuck: never bound, bound only."""
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        return socket.socket(), bound, socket.socketpair()


def main():
    kind, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    family, host = (socket.AF_INET6, "::1") if "ipv6" in sys.argv[3:] else \
        (socket.AF_INET, "127.0.0.1")
    protocol = IPPROTO_MPTCP if "mptcp" in sys.argv[3:] else 0
    listener = socket.socket(family, socket.SOCK_STREAM, protocol)
    listener.bind((host, 0))
    listener.listen(100)
    make = getattr(Stuck(), kind)
    kept = [make(listener) for _ in range(count)]
    if kind == "never_accepted":
        # The last FIN is on its way no longer than the peer takes to see it acknowledged.
        time.sleep(0.05)
    print("ready 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    sys.stdin.read()
    del kept


if __name__ == "__main__":
    main()
