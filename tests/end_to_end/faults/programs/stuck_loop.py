# SPDX-License-Identifier: MIT
"""An event loop that waits for a lock, or computes ("spin"), when its peers hang up."""
import asyncio
import os
import socket
import sys
import threading
import time

LOCK = threading.Lock()


async def handle(reader, writer):
    await reader.read()
    writer.close()


def hang_up(clients):
    time.sleep(0.1)
    for client in clients:
        client.close()
    time.sleep(1.2)  # a sample that lists descriptors comes by, also on a busy machine
    os._exit(0)


def wait_for_lock():
    LOCK.acquire()


def compute():
    total = 0
    while True:
        total += len(str(total))


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    clients = [socket.create_connection(address) for _ in range(3)]
    await asyncio.sleep(0.1)
    LOCK.acquire()
    threading.Thread(target=hang_up, args=(clients,)).start()
    if sys.argv[1:] == ["spin"]:
        compute()
    wait_for_lock()


asyncio.run(main())
