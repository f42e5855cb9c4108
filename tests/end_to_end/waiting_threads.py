# SPDX-License-Identifier: MIT
"""waiting_threads.py [alone]: takes a connection and never reads its end, while a thread sleeps that
should; with alone there is no other thread."""
import socket
import sys
import threading
import time


def hold(connection):
    while connection.fileno() >= 0:
        time.sleep(1000)  # held here


listener = socket.create_server(("127.0.0.1", 0))
print("ready 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
if "alone" in sys.argv:
    hold(connection)
threading.Thread(target=hold, args=(connection,)).start()
threading.Event().wait()
