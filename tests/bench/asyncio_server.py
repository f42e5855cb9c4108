# SPDX-License-Identifier: MIT
"""asyncio_server.py PORT: an HTTP server on 127.0.0.1; each connection ends after one request."""

import asyncio
import sys

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"


async def serve(reader, writer):
    while not await reader.readline() in (b"\r\n", b""):
        pass
    writer.write(REPLY)
    await reader.read()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
