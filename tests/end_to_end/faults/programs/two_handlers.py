# SPDX-License-Identifier: MIT
"""Two handlers behind one event loop, each with a port of its own and a leak of its own."""
import asyncio
import os

KEPT = []


async def forget_upload(reader, writer):
    KEPT.append(writer)
    await reader.read()


async def forget_download(reader, writer):
    KEPT.append(writer)
    await reader.read()


async def main():
    for handler in forget_upload, forget_download:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        for _ in range(3):
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.close()
            await writer.wait_closed()
    await asyncio.sleep(0.4)
    os._exit(0)


asyncio.run(main())
