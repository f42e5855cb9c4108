#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tornado: after its greeting the handler keeps the stream for later and never reads from it, so
nobody notices that the client has left. With --fixed it closes it. finleak: fin-unread.

    tornado_server.py [--fixed] [--self-test N]    N peers of its own, then exit 0
    tornado_server.py [--fixed] --serve [PORT]     serves real clients until killed
"""
import tornado.ioloop
import tornado.tcpserver

from script_traffic import Traffic

subscribers = []


class Server(tornado.tcpserver.TCPServer):
    async def handle_stream(self, stream, address):
        await stream.write(b"hello\n")  # LEAK: touched
        subscribers.append(stream)  # for the news
        if traffic.fixed:
            stream.close()


async def main():
    server = Server()
    traffic.listener.setblocking(False)
    server.add_socket(traffic.listener)
    await tornado.ioloop.IOLoop.current().run_in_executor(None, traffic.wait)
    traffic.leave()


if __name__ == "__main__":
    traffic = Traffic()
    tornado.ioloop.IOLoop.current().run_sync(main)
