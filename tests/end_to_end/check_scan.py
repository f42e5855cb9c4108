# SPDX-License-Identifier: MIT
"""`finleak scan`: each state that a connection can be stuck in, by its class and reason; what is
not stuck is not reported; which processes can't be examined."""
import json
import os
import shutil
import socket
import subprocess
import sys
import unittest

import commands
import report_schema

HERE = os.path.dirname(os.path.abspath(__file__))
NOBODY = 65534
COUNT = 3

# Kind of stuck_sockets.py: class, reason, verdict, TCP state, receive queue.
STUCK = {
    "eof_unclosed": ("eof-unclosed", None, "leak", "CLOSE_WAIT", 0),
    "not_polled": ("fin-unread", "not-polled", "leak", "CLOSE_WAIT", 1),
    "outgoing": ("fin-unread", "not-polled", "leak", "CLOSE_WAIT", 1),
    "data_unread": ("fin-unread", "data-unread", "leak", "CLOSE_WAIT", len("twelve bytes") + 1),
    "reading_paused": ("fin-unread", "reading-paused", "leak", "CLOSE_WAIT", 1),
    "oneshot_consumed": ("fin-unread", "reading-paused", "leak", "CLOSE_WAIT", 1),
    "hangup_ignored": ("fin-unread", "hangup-ignored", "leak", "CLOSE_WAIT", 1),
    "never_accepted": ("never-accepted", None, "leak", "CLOSE_WAIT", 1),
    "shutdown_unclosed": ("shutdown-unclosed", None, "leak", "CLOSED", None),
    "client_shutdown": ("shutdown-unclosed", None, "leak", "CLOSED", None),
    "error_unclosed": ("error-unclosed", None, "leak", "CLOSED", None),
    "reset_unread": ("error-unclosed", None, "note", "CLOSED", None),
    "half_closed": ("eof-unclosed", "half-closed", "note", "CLOSE_WAIT", 0),
}


class Program(commands.Server):
    """stuck_sockets.py, ready. Its standard input stays open until the test ends."""

    def __init__(self, kind, *options, before=()):
        self.end, ours = os.pipe()
        command = [*before, sys.executable, "-B", os.path.join(HERE, "stuck_sockets.py"), kind,
                   str(COUNT), *options]
        self.hold = ours
        self.process = subprocess.Popen(command, start_new_session=True, stdin=self.end, text=True,
                                        stdout=subprocess.PIPE, stderr=None,
                                        env=commands.environment())
        os.close(self.end)
        self.listens_on = int(self.read_line(r"^ready .*:(\d+)$").group(1))
        self.pid = self.process.pid

    def __exit__(self, *arguments):
        os.close(self.hold)
        super().__exit__(*arguments)


def scan(*arguments, before=(), finleak=None):
    """`finleak scan -f json`: exit status, report (None without one), stderr."""
    done = subprocess.run([*before, finleak or commands.FINLEAK, "scan", "-f", "json",
                           *map(str, arguments)], text=True, capture_output=True,
                          timeout=commands.PATIENCE, env=commands.environment())
    try:
        document = json.loads(done.stdout)
    except json.JSONDecodeError:
        return done.returncode, None, done.stderr
    wrong = report_schema.check(document, scanned=True)
    if wrong:
        raise AssertionError("against the schema:\n  " + "\n  ".join(wrong))
    return done.returncode, document, done.stderr


class Scan(unittest.TestCase):
    def clean(self, pid, *options):
        status, document, errors = scan("-e", 9, "--all", *options, pid)
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(document["leaks"], [])
        return document["processes"][0]

    def assert_refused(self, done, *words):
        status, document, errors = done
        self.assertEqual((status, document), (125, None))
        self.assertEqual(errors.count("\n"), 1, errors)
        for word in ("finleak: ", *words):
            self.assertIn(word, errors)

    def looks(self, kind):
        """Who sends now and then gets the time for it, on a busy machine too."""
        return ["--all"] + (["--min-held=1s"] if kind == "half_closed" else [])

    def check_stuck(self, kind, *options):
        class_name, reason, verdict, state, queue = STUCK[kind]
        with Program(kind, *options) as program:
            status, document, errors = scan("-e", 9, *self.looks(kind), program.pid)
            self.assertEqual(errors, "")
            self.assertEqual(status, 9 if verdict == "leak" else 0)
            leak, = document["leaks"]
            # No scan sees a read.
            text = commands.finleak("scan", *self.looks(kind), str(program.pid)).stdout
            self.assertNotIn("no recorded read", " ".join(text.split()))
            self.assertEqual((leak["class"], leak["reason"], leak["verdict"], leak["count"]),
                             (class_name, reason, verdict, COUNT))
            self.assertEqual(len({found["cookie"] for found in leak["sockets"]}), COUNT)
            for found in leak["sockets"]:
                self.assertEqual((found["pid"], found["tcp_state"], found["receive_queue"]),
                                 (program.pid, state, queue))
                if kind not in ("outgoing", "client_shutdown"):
                    self.assertTrue(found["local"].endswith(":%d" % program.listens_on))
            if kind == "never_accepted":
                self.assertEqual((leak["listener"]["queued"], leak["listener"]["queue_maximum"],
                                  leak["listener"]["pid"]), (COUNT, 100, program.pid))
            else:
                for found in leak["sockets"]:
                    self.assertTrue(os.readlink("/proc/%d/fd/%d" % (program.pid, found["fd"]))
                                    .startswith("socket:"))
                    self.assertEqual(found["holders"], [{"pid": program.pid, "fd": found["fd"]}])
                self.assertEqual(document["processes"][0]["tcp_states"][state], COUNT)
            self.check_epoll(kind, leak)
            self.check_text(kind, program, leak)

    def check_epoll(self, kind, leak):
        events = {"reading_paused": "nothing", "oneshot_consumed": "ONESHOT",
                  "hangup_ignored": "IN|ET"}.get(kind)
        for found in leak["sockets"]:
            self.assertEqual([entry["events"] for entry in found["epoll"]],
                             [events] if events else [])

    def check_text(self, kind, program, leak):
        done = commands.finleak("scan", *self.looks(kind), str(program.pid))
        place = {"outgoing": "to ", "client_shutdown": "of its own ports"}.get(
            kind, "local port %d" % program.listens_on)
        # Lines are broken at 80 columns.
        text = " ".join(done.stdout.split())
        self.assertRegex(text, r" 1\. %s.*: %d sockets of .* \(pid %d\), %s" % (
            leak["class"], COUNT, program.pid, place))
        self.assertIn(leak["reason"] or "", text)
        self.assertRegex(text, r"\(pid %d\):.* LISTEN 1" % program.pid)

    def test_ipv6(self):
        self.check_stuck("not_polled", "ipv6")

    def test_mptcp_listener_with_tcp_peers(self):
        try:
            socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262).close()
        except OSError:
            self.skipTest("no MPTCP")
        self.check_stuck("eof_unclosed", "mptcp")

    def test_clean(self):
        with Program("clean") as program:
            states = self.clean(program.pid)["tcp_states"]
            self.assertEqual((states["ESTABLISHED"], states["LISTEN"]), (2 * COUNT, 1))

    def test_unused_sockets_are_not_stuck(self):
        with Program("unused") as program:
            states = self.clean(program.pid)["tcp_states"]
            self.assertEqual((states["IDLE"], states["BOUND"], states["CLOSED"]),
                             (COUNT, COUNT, 0))

    def test_close_wait_for_a_moment_is_no_leak(self):
        with Program("closed_in_time") as program:
            self.clean(program.pid, "--min-held=2s")

    def test_all_holders_are_told(self):
        with Program("held_by_child") as program:
            _, document, _ = scan(program.pid)
            holders = {holder["pid"] for found in document["leaks"][0]["sockets"]
                       for holder in found["holders"]}
            self.assertIn(program.pid, holders)
            self.assertGreater(len(holders), 1)

    def test_all_processes(self):
        with Program("not_polled") as program, Program("clean") as clean:
            _, document, _ = scan()
            mine = [leak for leak in document["leaks"]
                    if leak["sockets"][0]["pid"] == program.pid]
            self.assertEqual([leak["count"] for leak in mine], [COUNT])
            pids = {process["pid"] for process in document["processes"]}
            self.assertLessEqual({program.pid, clean.pid}, pids)

    def test_several_processes_are_told_apart(self):
        with Program("not_polled") as one, Program("not_polled") as other:
            _, document, _ = scan(one.pid, other.pid)
            self.assertEqual(document["summary"]["leak_sites"], 2)
            self.assertEqual({leak["sockets"][0]["pid"] for leak in document["leaks"]},
                             {one.pid, other.pid})

    def scan_sample(self, name, fixed=False):
        """The report on a sample that has served COUNT peers."""
        with commands.Server(commands.sample_command(name, fixed) + ["--serve"]) as server:
            port = server.port()
            for _ in range(COUNT):
                with socket.create_connection(("127.0.0.1", port)) as peer:
                    peer.sendall(b"x\n")
                    peer.shutdown(socket.SHUT_WR)
                    peer.settimeout(0.2)
                    try:
                        while peer.recv(100):
                            pass
                    except (socket.timeout, ConnectionError):
                        pass

            def settled():
                document = scan(server.process.pid)[1]
                wanted = 0 if fixed else COUNT
                return document if document["summary"]["leaked_sockets"] == wanted else None
            return commands.wait_for("%d leaks of %s" % (COUNT, name), settled)

    def test_samples(self):
        for name, class_name in ("after_eof", "eof-unclosed"), ("shutdown_only", "shutdown-unclosed"):
            with self.subTest(name):
                leak, = self.scan_sample(name)["leaks"]
                self.assertEqual((leak["class"], leak["count"]), (class_name, COUNT))
                self.assertEqual(self.scan_sample(name, fixed=True)["leaks"], [])

    def test_another_network_namespace(self):
        inside = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
        if not shutil.which("ip") or subprocess.run([*inside, "true"],
                                                    capture_output=True).returncode != 0:
            self.skipTest("no network namespace can be made")
        with Program("not_polled", before=inside) as program:
            _, document, errors = scan(program.pid)
            self.assertEqual(errors, "")
            self.assertEqual([leak["reason"] for leak in document["leaks"]], ["not-polled"])
            # Without the right to go there, /proc shows nearly as much.
            confined = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]
            if shutil.which("setpriv") and os.geteuid() == 0:
                status, document, errors = scan("-e", 9, program.pid, before=confined)
                self.assertEqual((status, errors), (9, ""))
                leak, = document["leaks"]
                self.assertEqual((leak["reason"], leak["count"]), ("not-polled", COUNT))
                self.assertIsNone(leak["sockets"][0]["cookie"])
                self.assertIn("may not be entered", document["processes"][0]["blind_spots"][0])

    def test_no_such_process(self):
        with subprocess.Popen(["true"]) as gone:
            pass
        self.assert_refused(scan(gone.pid), "no process", str(gone.pid))

    def test_one_of_two_is_gone(self):
        """What could be seen is shown, and the gate does not pass."""
        with subprocess.Popen(["true"]) as gone:
            pass
        with Program("not_polled") as program:
            status, document, errors = scan(gone.pid, program.pid)
            self.assertEqual(status, 125)
            self.assertEqual(document["summary"]["leaked_sockets"], COUNT)
            self.assertIn(str(gone.pid), errors)

    def test_ends_during_the_sample(self):
        program = Program("not_polled")
        with program:
            # It ends as soon as finleak has taken its first sample: finleak sleeps then.
            finleak = subprocess.Popen([commands.FINLEAK, "scan", "-f", "json", "--min-held=3s",
                                        str(program.pid)], text=True, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, env=commands.environment())

            def sleeps():
                folder = "/proc/%d/fd" % finleak.pid
                with open("/proc/%d/stat" % finleak.pid) as file:
                    asleep = file.read().rpartition(")")[2].split()[0] == "S"
                # Asking the kernel puts nobody to sleep: it has asked.
                try:
                    return asleep and any(
                        os.readlink(os.path.join(folder, fd)).startswith("socket:")
                        for fd in os.listdir(folder))
                except OSError:  # closed meanwhile: it is busy
                    return False
            commands.wait_for("finleak's second sample", sleeps)
            os.kill(program.pid, 9)
            program.process.wait()
            out, errors = finleak.communicate(timeout=commands.PATIENCE)
            self.assertEqual(finleak.returncode, 125)
            self.assertIn("ended", errors)
            document = json.loads(out)
            self.assertEqual(document["leaks"], [])
            self.assertTrue(document["processes"][0]["blind_spots"])

    def test_another_users_process(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("takes root and setpriv")
        as_nobody = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"]
        with commands.folder() as folder:
            # The build may lie where nobody else may go.
            os.chmod(folder, 0o755)
            finleak = shutil.copy(commands.FINLEAK, folder)
            self.assert_refused(scan(os.getpid(), before=as_nobody, finleak=finleak),
                                str(os.getpid()), "root")

    def test_wrong_use(self):
        for arguments in ["x"], ["0"], ["-1x"], ["1.5"], ["--idle=soon"], ["--recordings=x"], \
                ["--own=x"], ["-e", "256"], ["--min-held=soon"]:
            with self.subTest(arguments):
                self.assert_refused(scan(*arguments))

    def test_output(self):
        with commands.folder() as folder, Program("clean") as program:
            path = os.path.join(folder, "report")
            done = commands.finleak("scan", "-o", path, str(program.pid))
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
            with open(path) as file:
                self.assertIn("no leaks", file.read())
            done = commands.finleak("scan", "-o", "/nonexistent/x", str(program.pid))
            self.assertEqual(done.returncode, 125)


for kind in STUCK:
    setattr(Scan, "test_" + kind, lambda self, kind=kind: self.check_stuck(kind))

if __name__ == "__main__":
    unittest.main()
