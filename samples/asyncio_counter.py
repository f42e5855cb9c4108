#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""asyncio streams: the handler only reads, and leaves its writer open at the end of the stream.
With --fixed it closes it. All reads are the event loop's: no stack has the handler in it. finleak:
eof-unclosed, at what start_server() was given.

    asyncio_counter.py [--fixed] [--self-test N]    N peers of its own, then exit 0
    asyncio_counter.py [--fixed] --serve [PORT]     serves real clients until killed
"""
import asyncio

from script_traffic import Traffic

sizes = []


async def count_bytes(reader, writer):  # LEAK: handler
    size = 0
    while data := await reader.read(512):
        size += len(data)
    sizes.append((writer, size))  # "for the statistics page"
    if traffic.fixed:
        writer.close()


async def main():
    server = await asyncio.start_server(count_bytes, sock=traffic.listener)  # LEAK: listen
    await asyncio.to_thread(traffic.wait)
    server.close()
    traffic.leave()


if __name__ == "__main__":
    traffic = Traffic(answers=False)
    asyncio.run(main())
