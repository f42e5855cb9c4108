# SPDX-License-Identifier: MIT
"""Clients on node are named by the line that asked for the connection, and run as without finleak."""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

FINLEAK = os.environ["FINLEAK"]
LIBRARY = os.environ["FINLEAK_LIBRARY"]
HELPER = os.path.join(os.path.dirname(LIBRARY), "node_modules", "finleak-node.js")
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "asked.js")
PATIENCE = 60


def marked(way):
    with open(PROGRAM) as file:
        for number, line in enumerate(file, 1):
            if line.rstrip().endswith("// ASKED: " + way):
                return number
    raise LookupError(way)


class Asked(unittest.TestCase):
    maxDiff = None

    def run_way(self, way, *options, program=PROGRAM, **variables):
        with tempfile.TemporaryDirectory(prefix="finleak-scripts.") as folder:
            report = os.path.join(folder, "report")
            environment = dict(os.environ, **variables)
            done = subprocess.run(
                [FINLEAK, "run", "-d", os.path.join(folder, "recordings"), "-f", "json", "-o", report,
                 "--observe=50ms", "--min-held=0ms", "--idle=0ms", "--all", "--", "node", *options, program, way],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
                env=environment)
            if done.returncode == 77:
                self.skipTest("a package is not installed")
            self.assertEqual(done.returncode, -9 if way == "worker" else 0, done.stderr)
            with open(report) as file:
                return done, json.load(file)

    def check(self, way, *options, line=None, **variables):
        """WAY's connection was opened at its marked line, and no other was left. Returns its finding."""
        _, report = self.run_way(way, *options, **variables)
        # The server ends when the client has: what it holds by then is its own matter.
        servers = {process["pid"] for process in report["processes"] if "--serve" in process["command"]}
        leaks = [leak for leak in report["leaks"] if leak["verdict"] == "leak"
                 and not servers & {socket["pid"] for socket in leak["sockets"]}]
        sites = {(os.path.basename(leak["site"]["file"] or "?"), leak["site"]["line"]) for leak in leaks}
        self.assertEqual(sites, {("asked.js", marked(line or way))})
        return leaks[0]

    def test_ways(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            checks = [(way, pool.submit(self.check, way)) for way in (
                "request", "get", "agent", "fetch", "later", "connect", "constructed", "timer",
                "subclass", "again", "patched", "listen", "listenAtHost", "listenAtName")]
            for way, check in checks:
                with self.subTest(way):
                    check.result()

    def test_workers_of_a_cluster(self):
        """Whether the primary accepts for them, or they do."""
        for policy in "rr", "none":
            with self.subTest(policy):
                self.check("clustered", NODE_CLUSTER_SCHED_POLICY=policy)

    def test_tls_is_opened_where_it_is_asked_for(self):
        for way in ("secure", "securely"):
            with self.subTest(way):
                _, report = self.run_way(way)
                opened = [frame["line"] for leak in report["leaks"]
                          for frame in leak["stacks"].get("opened", []) if frame["file"] == PROGRAM]
                self.assertTrue(not report["leaks"] or marked(way) in opened, report["leaks"])

    def test_packages(self):
        """Of npm, in the folder FINLEAK_NODE_MODULES (docs/HOWTO_TEST.md)."""
        folder = os.environ.get("FINLEAK_NODE_MODULES", "")
        for way in ("undici", "express"):
            with self.subTest(way):
                self.check(way, NODE_PATH=folder)

    def test_worker(self):
        self.check("worker", line="request")

    def test_advice(self):
        """Whether node has read the end of what the program does not read, or has not come that far."""
        for way, advice in (("request", "resume() or destroy() on the response"),
                            ("fetch", "cancel() on the response body")):
            for size in ("140000", "70000"):
                with self.subTest(way, size=size):
                    fix = self.check(way, BODY_SIZE=size)["fix"]
                    self.assertIn(advice, fix)
                    self.assertIn(" in %s() (asked.js:" % way, fix)

    def test_user_options_and_odd_folders(self):
        with tempfile.TemporaryDirectory(prefix="finleak odd \"folder\\.") as folder:
            os.mkdir(os.path.join(folder, "node_modules"))
            for name in ("finleak-node.node", "node_modules/finleak-node.js"):
                shutil.copy(os.path.join(os.path.dirname(LIBRARY), name), os.path.join(folder, name))
            # A path with a blank can't be in LD_PRELOAD: the helper alone.
            bare = self.bare("request", NODE_OPTIONS="--no-warnings")
            quoted = os.path.join(folder, "node_modules", "finleak-node.js").replace("\\", "\\\\").replace('"', '\\"')
            self.assertEqual(self.bare("request", NODE_OPTIONS='--require="%s"' % quoted), bare)
        self.check("request", NODE_OPTIONS="--no-warnings")

    def bare(self, way, *options, **variables):
        environment = {**os.environ, **variables}
        done = subprocess.run(["node", *options, PROGRAM, way], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=PATIENCE, env=environment)
        # Addresses differ, and order where names are looked up.
        out = sorted(re.sub(r"\d{4,}", "N", done.stdout).splitlines())
        return done.returncode, out, re.sub(r"node:\d+", "node:N", done.stderr)

    def test_runs_as_without(self):
        """Failures have the same text, objects the same look, nothing is warned of."""
        for options in ([], ["--pending-deprecation"], ["--throw-deprecation"],
                        ["--no-deprecation"], ["--frozen-intrinsics"]):
            with self.subTest(options), \
                    tempfile.TemporaryDirectory(prefix="finleak-scripts.") as folder:
                recorded = self.bare("failures", *options, LD_PRELOAD=LIBRARY,
                                     FINLEAK_OPTIONS="script-frames=1:recordings=" + folder)
                self.assertEqual(recorded, self.bare("failures", *options))

    def test_helper_alone_does_nothing(self):
        self.assertEqual(self.bare("failures", NODE_OPTIONS="--require=" + HELPER),
                         self.bare("failures"))


if __name__ == "__main__":
    if not shutil.which("node"):
        sys.exit(77)
    unittest.main(verbosity=2)
