# SPDX-License-Identifier: MIT
"""What a report has on each process: the census of its sockets, what descriptors leaks have cost
it and when the rest is used up, and which sysctl concerns what piles up, if any does."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

import commands
import report_schema

HERE = os.path.dirname(os.path.abspath(__file__))
APART = "FINLEAK_TEST_APART"
MANY = 120  # more than what counts as piling up
CLOSE_WAIT_IS_NO_TUNING = "No sysctl ends CLOSE_WAIT: only close() does"


# In a network namespace of its own, with a sysctl of its own: connections whose peers fall silent.
SILENT_PEERS = """
import signal, socket, subprocess, sys
subprocess.check_call(["ip", "link", "set", "lo", "up"])
with open("/proc/sys/net/ipv4/tcp_retries2", "w") as file:
    file.write("13")
listener = socket.create_server(("127.0.0.1", 0), backlog=512)
peers = [socket.create_connection(listener.getsockname()) for _ in range(int(sys.argv[1]))]
connections = [listener.accept()[0] for _ in peers]
subprocess.check_call(["ip", "link", "set", "lo", "down"])
for connection in connections:
    connection.send(b"is anybody there?")
print("silent", flush=True)
signal.pause()
"""


def sysctl(name):
    with open("/proc/sys/net/ipv4/" + name) as file:
        return file.read().strip()


def words(text):
    """As lines are broken somewhere."""
    return " ".join(text.split())


class Run(commands.Server):
    """counted_server.py under `finleak run`."""

    def __init__(self, work, kind, *more):
        self.recordings = os.path.join(work, "recordings")
        self.output = os.path.join(work, "report.json")
        super().__init__([
            commands.FINLEAK, "run", "--observe=100ms", "-d", self.recordings, "-f", "json", "-o",
            self.output, "--", sys.executable, "-B", os.path.join(HERE, "counted_server.py"), kind,
            *map(str, more)], stderr=None)
        self.address = ("127.0.0.1", self.port())

    def visit(self, count):
        return [socket.create_connection(self.address) for _ in range(count)]

    def report(self):
        """The report's only process, as things are now, and the report as text."""
        status, document, errors = commands.report(self.recordings)
        assert (status, errors) == (0, ""), errors
        commands.check_schema(document)
        done = commands.finleak("report", self.recordings)
        assert done.returncode == 0, done.stderr
        process, = document["processes"]
        return process, words(done.stdout)

    def scan(self, pid):
        done = commands.finleak("scan", "-f", "json", str(pid))
        document = json.loads(done.stdout)
        wrong = report_schema.check(document, scanned=True)
        assert not wrong, wrong
        return document["processes"][0]

    def ended_by_a_signal(self):
        self.process.send_signal(signal.SIGTERM)
        self.wait()
        document = commands.load_report(self.output)
        commands.check_schema(document)
        return document["processes"][0]


class Processes(unittest.TestCase):
    def setUp(self):
        folder = commands.folder()
        self.addCleanup(folder.cleanup)
        self.work = folder.name

    def assert_advice(self, process, *parts):
        advice, = process["tuning"]
        for part in parts:
            self.assertIn(part, advice)

    def assert_census(self, process, unowned_sockets=None, **states):
        self.assertEqual({name: count for name, count in process["tcp_states"].items() if count},
                         states)
        self.assertEqual(process["unowned_sockets"], unowned_sockets or {})

    def test_closed_first(self):
        """FIN_WAIT_2 until the peers close, then TIME_WAIT: nobody's, but the listener's."""
        with Run(self.work, "closes_first") as run:
            peers = run.visit(MANY)
            for peer in peers:
                self.assertEqual(peer.recv(1), b"")
            process, text = run.report()
            fin_timeout = "net.ipv4.tcp_fin_timeout (%s s)" % sysctl("tcp_fin_timeout")
            buckets = "net.ipv4.tcp_max_tw_buckets (%s)" % sysctl("tcp_max_tw_buckets")
            for seen in process, run.scan(process["pid"]):
                self.assert_census(seen, {"FIN_WAIT_2": MANY}, FIN_WAIT_2=MANY, LISTEN=1)
                self.assert_advice(seen, "FIN_WAIT_2 %d: closed here" % MANY, fin_timeout)
                self.assertEqual((seen["leaked"], seen["exhausted_in_ms"]), (0, None))
            self.assertIn("FIN_WAIT_2 %d, LISTEN 1 " % MANY, text)
            self.assertIn(fin_timeout, text)
            for peer in peers:
                peer.close()
            process, text = run.report()
            for seen in process, run.scan(process["pid"]):
                self.assert_census(seen, {"TIME_WAIT": MANY}, LISTEN=1, TIME_WAIT=MANY)
                self.assert_advice(seen, "TIME_WAIT %d is not a leak" % MANY, buckets)
            self.assertIn(buckets, text)
            process = run.ended_by_a_signal()
            self.assertEqual(process["unowned_sockets"], {"TIME_WAIT": MANY})

    def test_few_need_no_advice(self):
        with Run(self.work, "closes_first") as run:
            for peer in run.visit(9):
                self.assertEqual(peer.recv(1), b"")
                peer.close()
            process, text = run.report()
            self.assert_census(process, {"TIME_WAIT": 9}, LISTEN=1, TIME_WAIT=9)
            self.assertEqual(process["tuning"], [])
            self.assertNotIn("sysctl", text)
            self.assertNotIn("descriptors", text)

    def test_closed_by_an_earlier_process(self):
        """TIME_WAIT lasts a minute: a server started again finds what the one before it closed."""
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
            port = listener.getsockname()[1]
            for _ in range(MANY):
                with socket.create_connection(listener.getsockname()) as peer:
                    listener.accept()[0].close()
                    self.assertEqual(peer.recv(1), b"")
        # The kernel knows the start of a process to a clock tick.
        time.sleep(2 / os.sysconf("SC_CLK_TCK"))
        with Run(self.work, "closes_first", 0, port) as run:
            for peer in run.visit(9):
                self.assertEqual(peer.recv(1), b"")
                peer.close()
            process, text = run.report()
            for seen in process, run.scan(process["pid"]):
                self.assert_census(seen, {"TIME_WAIT": 9}, LISTEN=1, TIME_WAIT=9)
                self.assertEqual(seen["tuning"], [])
            self.assertNotIn("sysctl", text)
            process = run.ended_by_a_signal()
            self.assertEqual(process["unowned_sockets"], {"TIME_WAIT": 9})

    def test_shut_down_and_kept(self):
        """The same state, but it is the program's: no sysctl ends it."""
        with Run(self.work, "shuts_first") as run:
            peers = run.visit(MANY)
            for peer in peers:
                self.assertEqual(peer.recv(1), b"")
            process, _ = run.report()
            self.assert_census(process, FIN_WAIT_2=MANY, LISTEN=1)
            self.assert_advice(process, "FIN_WAIT_2 %d: shut down here but not closed" % MANY,
                               "No sysctl ends that")
            for peer in peers:
                peer.close()

    def test_outgoing(self):
        """A client's TIME_WAIT has no listener: it is counted, and given to nobody."""
        client = ("import socket, sys\n"
                  "for _ in range(%d):\n"
                  "    server = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
                  "    server.close()\n"
                  "sys.stdin.read()\n" % MANY)
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
            recordings = os.path.join(self.work, "recordings")
            with subprocess.Popen([
                    commands.FINLEAK, "run", "-d", recordings, "-o", "/dev/null", "--",
                    sys.executable, "-c", client, str(listener.getsockname()[1])],
                                  stdin=subprocess.PIPE) as run:
                for _ in range(MANY):
                    connection, _ = listener.accept()
                    self.assertEqual(connection.recv(1), b"")
                    connection.close()
                _, document, _ = commands.report(recordings)
                run.stdin.close()
                self.assertEqual(run.wait(timeout=commands.PATIENCE), 0)
        commands.check_schema(document)
        process, = document["processes"]
        self.assertEqual(process["unowned_sockets"], {})
        self.assertGreaterEqual(process["time_wait_unattributed"], MANY)

    def test_silent_peers(self):
        commands.needs("ip")
        inside = ["unshare", "--map-root-user", "--net"]
        # Who is not root may make one, but not look into it from outside.
        if os.geteuid() or subprocess.run([*inside, "true"], capture_output=True).returncode:
            self.skipTest("no network namespace can be made and entered")
        recordings = os.path.join(self.work, "recordings")
        with commands.Server([commands.FINLEAK, "run", "-d", recordings, "-o", "/dev/null", "--",
                              *inside, sys.executable, "-c", SILENT_PEERS, str(MANY)],
                             stderr=None) as run:
            run.read_line("^silent$")

            def advised():
                _, document, errors = commands.report(recordings)
                self.assertEqual(errors, "")
                process, = [process for process in document["processes"]
                            if process["state"] == "running"]
                return process["tuning"] and process

            # After the fifth retransmission: 6 s.
            process = commands.wait_for("retransmissions", advised)
            self.assertEqual(process["leaked"], 0)
            self.assert_census(process, ESTABLISHED=2 * MANY, LISTEN=1)
            self.assert_advice(process, "stopped answering", "net.ipv4.tcp_retries2 (13)",
                               "SO_KEEPALIVE")
            done = commands.finleak("scan", "-f", "json", str(process["pid"]))
            self.assertEqual(json.loads(done.stdout)["processes"][0]["tuning"], process["tuning"])

    def test_limit_reached(self):
        limit = 40
        with Run(self.work, "leaks", limit) as run:
            # Those that come too late wait in the listener's queue.
            for peer in run.visit(limit):
                peer.close()
            self.assertEqual(run.read_line("^full: (.*)").group(1), os.strerror(24))

            def leaked():
                """What has been held for less than --min-held is a note yet."""
                process, text = run.report()
                self.assertEqual((process["descriptors"], process["descriptor_limit"],
                                  process["exhausted_in_ms"]), (limit, limit, 0))
                return process["leaked"] > limit // 2 and (process, text)

            process, text = commands.wait_for("leaks", leaked)
            self.assertIn("%d of %d descriptors, %d leaked" % (limit, limit, process["leaked"]),
                          text)
            self.assertIn("The limit is reached: accept() and socket() fail with EMFILE", text)
            self.assertIn(CLOSE_WAIT_IS_NO_TUNING, text)
            self.assertEqual([advice[:len(CLOSE_WAIT_IS_NO_TUNING)]
                              for advice in process["tuning"]], [CLOSE_WAIT_IS_NO_TUNING])
            scanned = run.scan(process["pid"])
            self.assertEqual((scanned["descriptors"], scanned["exhausted_in_ms"]), (limit, 0))
            self.assertEqual(scanned["tcp_states"]["CLOSE_WAIT"],
                             process["tcp_states"]["CLOSE_WAIT"])
            process = run.ended_by_a_signal()
            self.assertEqual((process["descriptors"], process["exhausted_in_ms"]), (limit, 0))

    def test_no_rate_out_of_seconds(self):
        """What a rate and a forecast are in time, tests/unit/test_descriptor_budget.c shows."""
        with Run(self.work, "leaks", 1000) as run:
            for peer in run.visit(4):
                peer.close()

            def with_leaks():
                process, text = run.report()
                return process["leaked"] == 4 and (process, text)

            process, text = commands.wait_for("four leaks", with_leaks)
            self.assertEqual((process["leaks_per_minute"], process["exhausted_in_ms"]),
                             (None, None))
            self.assertNotIn("a minute", text)
            self.assertNotIn("EMFILE", text)

    def test_not_asked(self):
        """A recording without observations: of descriptors nothing is known."""
        recordings = os.path.join(self.work, "recordings")
        commands.finleak("run", "--observe=0", "-d", recordings, "--",
                         *commands.sample_command("after_eof"))
        _, document, _ = commands.report(recordings)
        commands.check_schema(document)
        leaky = max(document["processes"], key=lambda process: process["leaked"])
        self.assertEqual(leaky["leaked"], 4)
        self.assertEqual((leaky["descriptors"], leaky["leaks_per_minute"],
                          leaky["exhausted_in_ms"], leaky["time_wait_unattributed"]),
                         (None, None, None, None))
        # The recorder's own sample at the end.
        self.assertEqual(leaky["tcp_states"]["CLOSE_WAIT"], 4)
        self.assertIsNotNone(leaky["census_ms"])


def apart():
    """Starts itself again in a network namespace of its own, where one can be made: the kernel keeps only
    so many in TIME_WAIT in each, and others on this machine may have filled it."""
    inside = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if APART in os.environ or not shutil.which("ip") or subprocess.run(
            [*inside, "true"], capture_output=True).returncode:
        return
    os.environ[APART] = "yes"
    os.execvp(inside[0], [*inside, sys.executable, "-B", *sys.argv])


if __name__ == "__main__":
    apart()
    unittest.main()
