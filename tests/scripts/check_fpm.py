# SPDX-License-Identifier: MIT
"""php-fpm, asked by FastCGI: what a script's request leaves open is named by the script's line, and
what it closes, itself or by its end, is no leak."""
import glob
import http.server
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

FINLEAK = os.environ["FINLEAK"]
PATIENCE = 60

SCRIPT = """<?php
function fetch_status($port, $persistent)
{
    $upstream = $persistent ? pfsockopen('127.0.0.1', $port) : fsockopen('127.0.0.1', $port);  // OPENED
    fwrite($upstream, "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
    return fgets($upstream, 64);
}
echo fetch_status((int)$_GET['port'], (bool)$_GET['persistent']);
"""

SETTINGS = """[global]
error_log = {folder}/log
daemonize = no
[www]
user = nobody
group = nogroup
listen = {folder}/socket
pm = static
pm.max_children = 1
clear_env = no
"""


def record(kind, content=b""):
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def pair(name, value):
    return bytes([len(name), len(value)]) + name.encode() + value.encode()


def ask(path, script, query):
    """What php-fpm at PATH answers to a request of SCRIPT."""
    parameters = {"SCRIPT_FILENAME": script, "REQUEST_METHOD": "GET", "QUERY_STRING": query,
                  "SERVER_PROTOCOL": "HTTP/1.1"}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(path)
        connection.sendall(record(1, struct.pack("!HB5x", 1, 0)) +
                           record(4, b"".join(pair(*item) for item in parameters.items())) +
                           record(4) + record(5))
        return b"".join(iter(lambda: connection.recv(65536), b""))


class Upstream(http.server.BaseHTTPRequestHandler):
    """Keeps connections until the test lets them go."""
    protocol_version = "HTTP/1.1"
    over = threading.Event()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.wfile.flush()
        self.over.wait(PATIENCE)
        self.close_connection = True

    def log_message(self, *_):
        pass


class Fpm(unittest.TestCase):
    maxDiff = None

    def run_requests(self, persistent):
        program = sorted(glob.glob("/usr/sbin/php-fpm*"))
        if not program:
            self.skipTest("there is no php-fpm")
        Upstream.over = threading.Event()
        with tempfile.TemporaryDirectory(prefix="finleak-scripts.") as folder, \
                http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as server:
            os.chmod(folder, 0o755)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            script, report = os.path.join(folder, "index.php"), os.path.join(folder, "report")
            for name, text in (("index.php", SCRIPT), ("fpm.conf", SETTINGS.format(folder=folder))):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            recordings = os.path.join(folder, "recordings")
            root = ["--share-recordings"] if os.geteuid() == 0 else []
            with subprocess.Popen(
                    [FINLEAK, "run", "-d", recordings, "-f", "json", "-o", report, "--observe=50ms",
                     "--idle=200ms", *root, "--", program[-1], "-F", *(["-R"] if root else []), "-y",
                     os.path.join(folder, "fpm.conf")],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as fpm:
                try:
                    self.wait(lambda: os.path.exists(os.path.join(folder, "socket")))
                    answer = ask(os.path.join(folder, "socket"), script, "port=%d&persistent=%d" % (
                        server.server_address[1], persistent))
                    self.assertIn(b"HTTP/1.1 200", answer)
                    Upstream.over.set()
                    if persistent:
                        self.wait(lambda: self.leaks(recordings))
                finally:
                    fpm.send_signal(signal.SIGTERM)
                    err = fpm.communicate(timeout=PATIENCE)[1].decode(errors="replace")
            server.shutdown()
            if not os.path.exists(report):
                self.fail(err)
            with open(report, encoding="utf-8") as file:
                return json.load(file)

    def wait(self, ready):
        deadline = time.monotonic() + PATIENCE
        while not ready():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def leaks(self, recordings):
        done = subprocess.run([FINLEAK, "report", "-f", "json", "--idle=200ms", recordings],
                              capture_output=True, text=True)
        return done.stdout and json.loads(done.stdout)["leaks"]

    def test_persistent_connection(self):
        leaks = [leak for leak in self.run_requests(True)["leaks"] if leak["verdict"] == "leak"]
        self.assertEqual(len(leaks), 1)
        site = leaks[0]["site"]
        line = [i for i, text in enumerate(SCRIPT.splitlines(), 1) if "// OPENED" in text][0]
        self.assertEqual((site["function"], os.path.basename(site["file"]), site["line"]),
                         ("fetch_status", "index.php", line))
        self.assertEqual([frame["function"] for frame in leaks[0]["stacks"]["opened"]],
                         ["fetch_status", "<main>"])

    def test_end_of_request_closes(self):
        report = self.run_requests(False)
        self.assertEqual([leak["site"] for leak in report["leaks"] if leak["verdict"] == "leak"], [])
        self.assertGreater(sum(process["opened"] for process in report["processes"]), 0)


if __name__ == "__main__":
    if not shutil.which("php-fpm") and not glob.glob("/usr/sbin/php-fpm*"):
        sys.exit(77)
    unittest.main(verbosity=2)
