#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""asyncio streams: the handler returns at the end of the stream and leaves its writer open. With
--fixed it closes it. The end is read by the event loop. finleak: eof-unclosed.

    asyncio_streams.py [--fixed] [--self-test N]    N peers of its own, then exit 0
    asyncio_streams.py [--fixed] --serve [PORT]     serves real clients until killed
"""
import asyncio

from script_traffic import Traffic

history = []


async def serve_client(reader, writer):
    while request := await reader.read(512):
        writer.write(request)  # LEAK: touched
    history.append(writer)  # "for the statistics page"
    if traffic.fixed:
        writer.close()


async def main():
    server = await asyncio.start_server(serve_client, sock=traffic.listener)
    await asyncio.to_thread(traffic.wait)
    server.close()
    traffic.leave()


if __name__ == "__main__":
    traffic = Traffic()
    asyncio.run(main())
