# SPDX-License-Identifier: MIT
"""A handler of asyncio's streams that reads to the end, and forgets every second connection."""
import asyncio
import os

KEPT = []


async def handle(reader, writer):
    await reader.read()
    if len(KEPT) < 3:
        KEPT.append(writer)
    else:
        writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    for _ in range(6):
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0.4)
    os._exit(0)


asyncio.run(main())
