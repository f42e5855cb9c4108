# SPDX-License-Identifier: MIT
"""check_webapp.py FINLEAK: a web application in Debian's Jetty under load, clean and with requests that leak:
the site is the servlet's line, and nothing of Jetty's is a leak."""
import concurrent.futures
import glob
import http.client
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 120
CLIENTS, REQUESTS, LEAKS = 8, 25, 3
JARS = [path for name in ("server", "servlet", "http", "io", "util", "security", "util-ajax")
        for path in glob.glob("/usr/share/java/jetty9-%s.jar" % name)] + glob.glob(
            "/usr/share/java/servlet-api.jar")

FINLEAK = sys.argv.pop(1)


class Upstream(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")

    def log_message(self, *_):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    request_queue_size = 64


class WebApp(unittest.TestCase):
    def run_load(self, leaks, end):
        """The report on the application after a load with LEAKS requests that leak."""
        with tempfile.TemporaryDirectory(prefix="finleak-java.") as folder, \
                Quiet(("127.0.0.1", 0), Upstream) as upstream:
            threading.Thread(target=upstream.serve_forever, daemon=True).start()
            path = ":".join([folder, *JARS])
            subprocess.run(["javac", "-g", "-cp", path, "-d", folder, os.path.join(HERE, "WebApp.java")],
                           check=True)
            report = os.path.join(folder, "report")
            with subprocess.Popen(
                    [FINLEAK, "run", "-d", os.path.join(folder, "recordings"), "-f", "json",
                     "-o", report, "--", "java", "-Xmx128m", "-cp", path, "WebApp"], text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
                port = int(server.stdout.readline().split()[1])
                self.load(port, upstream.server_address[1], leaks)
                if end:
                    server.send_signal(end)
                server.communicate(timeout=PATIENCE)
            upstream.shutdown()
            with open(report, encoding="utf-8") as file:
                return json.load(file)

    def load(self, port, upstream, leaks):
        def ask(connection, leak):
            connection.request("GET", "/status?port=%d%s" % (upstream, "&leak=1" if leak else ""))
            self.assertIn("200 OK", connection.getresponse().read().decode())

        def client(_):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            for _ in range(REQUESTS):
                ask(connection, False)
            connection.close()

        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(client, range(CLIENTS)))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        for _ in range(leaks):
            ask(connection, True)
        # Longer than finleak's --min-held.
        threading.Event().wait(0.4)
        connection.close()

    def findings(self, report):
        self.assertEqual(report["summary"]["lost"], 0)
        return [leak for leak in report["leaks"] if leak["verdict"] == "leak"]

    def test_clean(self):
        for end in (None, signal.SIGTERM):
            report = self.run_load(0, end)
            self.assertEqual([leak["where"] for leak in self.findings(report)], [])
            self.assertGreater(report["processes"][0]["closed"], CLIENTS * REQUESTS)

    def test_leaking(self):
        for end in (None, signal.SIGTERM):
            leak, = self.findings(self.run_load(LEAKS, end))
            self.assertEqual(leak["count"], LEAKS)
            with open(os.path.join(HERE, "WebApp.java"), encoding="utf-8") as file:
                line = [i for i, text in enumerate(file, 1) if "// HERE" in text][0]
            site = leak["site"]
            self.assertEqual((os.path.basename(site["file"]), site["line"]), ("WebApp.java", line))
            self.assertTrue(site["function"].endswith("askUpstream"), site["function"])


if __name__ == "__main__":
    if not shutil.which("javac") or len(JARS) < 7:
        print("skipped: no JDK, or no libjetty9-java")
        sys.exit(77)
    unittest.main(verbosity=2)
