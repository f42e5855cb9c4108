# SPDX-License-Identifier: MIT
"""A server on Python's asyncio streams: many clients that end first."""

import concurrent.futures
import signal
import sys

from under_finleak import Expected, echoed, run

SERVER = """
import asyncio, signal

async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()
    await writer.wait_closed()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    server.close()
    print("done")

asyncio.run(main())
"""


def scenario(launcher):
    server = launcher.start([sys.executable, "-c", SERVER], Expected(opened=40, eof=40))
    port = int(server.wait_for_match(r"port (\d+)").group(1))
    texts = [f"line {i} of a client\n" * 20 for i in range(40)]
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda text: echoed(port, text.encode()), texts))
    return {"echoed": answers == texts, "status": server.stop(signal.SIGTERM),
            "stdout": server.out.text.replace(str(port), "PORT")}


run(scenario)
