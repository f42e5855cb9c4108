# SPDX-License-Identifier: MIT
"""called_ways.py PORT keeps|closes: one function fetches for threads of its own and for those of a pool; it
keeps what it has read to the end, but not the last one for the pool, or closes it."""
import concurrent.futures
import socket
import sys
import threading
import time

port, closes = int(sys.argv[1]), sys.argv[2] == "closes"
kept = []


def fetch(ends):
    connection = socket.create_connection(("127.0.0.1", port))
    while connection.recv(64):
        pass
    if ends:
        connection.close()
    else:
        kept.append(connection)


with concurrent.futures.ThreadPoolExecutor(1) as pool:
    for _ in range(2):
        pool.submit(fetch, closes).result()
        thread = threading.Thread(target=fetch, args=(closes,))
        thread.start()
        thread.join()
    pool.submit(fetch, True).result()
time.sleep(0.3)
