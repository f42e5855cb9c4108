# SPDX-License-Identifier: MIT
"""docs/FLEET.md and docs/fleet/ as they stand: a real Prometheus scrapes the textfile of `finleak
watch` through a real node_exporter, raises the alerts and answers the dashboard's queries. Only paths,
ports and durations are changed: what takes 15 minutes there takes 5 seconds here."""
import json
import os
import re
import shlex
import shutil
import socket
import unittest
import urllib.error
import urllib.parse
import urllib.request

import commands

LIBRARY = os.environ["FINLEAK_LIBRARY"]
SAMPLE = "after_eof"
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
MILLISECONDS = {"s": 1000, "m": 60000, "h": 3600000}
SPEED = 180


def read(*parts):
    with open(os.path.join(DOCS, *parts)) as file:
        return file.read()


def block(language):
    """The first block of docs/FLEET.md in LANGUAGE, without its indentation."""
    indent, text = re.search(r"^( *)```%s\n(.*?)^ *```$" % language, read("FLEET.md"), re.M | re.S).groups()
    return re.sub("^" + indent, "", text, flags=re.M)


def faster(text):
    return re.sub(r"\b(\d+)([smh])\b", lambda match: "%dms" % (
        int(match.group(1)) * MILLISECONDS[match.group(2)] // SPEED), text)


class Service(commands.Server):
    """A Go server that writes to LOG where it listens."""

    def __init__(self, log, *command):
        with open(log, "w") as file:
            super().__init__([command[0], "--web.listen-address=127.0.0.1:0", *command[1:]], stderr=file)

        def address():
            with open(log) as file:
                return re.search(r'msg="Listening on" address=(\S+)', file.read())
        self.address = commands.wait_for("the address in " + log, address).group(1)

    def answers(self, path):
        try:
            return self.ask(path)
        except urllib.error.HTTPError:
            return None

    def ask(self, path, **query):
        url = "http://%s%s?%s" % (self.address, path, urllib.parse.urlencode(query))
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                url, timeout=commands.PATIENCE) as answer:
            return answer.read().decode()


class Fleet(unittest.TestCase):
    def setUp(self):
        for program in "prometheus", "prometheus-node-exporter":
            if not shutil.which(program):
                self.skipTest("no %s" % program)
        self.work = self.enter(commands.folder())
        self.collected = os.path.join(self.work, "collected")
        os.mkdir(self.collected)

    def enter(self, context):
        entered = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return entered

    def start_service(self, name):
        """A leaky server and its watch; returns what makes the server leak once more."""
        recordings = os.path.join(self.work, name)
        server = self.enter(commands.Server(
            [*commands.sample_command(SAMPLE), "--serve"],
            env=commands.environment(LD_PRELOAD=LIBRARY, FINLEAK_OPTIONS="recordings=" + recordings)))
        port = server.port()
        unit = block("ini").replace("/var/lib/prometheus/node-exporter", self.collected)
        unit = unit.replace("server.prom", name + ".prom").replace("/run/finleak/server", recordings)
        program, *arguments = shlex.split(re.search("^ExecStart=(.*)$", faster(unit), re.M).group(1))
        self.assertEqual(os.path.basename(program), "finleak")
        self.enter(commands.Server([commands.FINLEAK, *arguments]))

        def leak():
            with socket.create_connection(("127.0.0.1", port), timeout=commands.PATIENCE) as client:
                client.sendall(b"hello\n")
                assert client.recv(512)
        return leak

    def start_prometheus(self):
        exporter = self.enter(Service(
            os.path.join(self.work, "exporter.log"), "prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
            "--collector.textfile.directory=" + self.collected))
        with open(os.path.join(self.work, "finleak.rules.yml"), "w") as file:
            file.write(faster(read("fleet", "finleak.rules.yml")))
        with open(os.path.join(self.work, "prometheus.yml"), "w") as file:
            file.write("global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}\n" +
                       block("yaml").replace("localhost:9100", exporter.address))
        prometheus = self.enter(Service(
            os.path.join(self.work, "prometheus.log"), "prometheus", "--config.file=" + os.path.join(self.work, "prometheus.yml"),
            "--storage.tsdb.path=" + os.path.join(self.work, "data")))
        commands.wait_for("Prometheus to be ready", lambda: prometheus.answers("/-/ready"))
        return prometheus

    def query(self, prometheus, expression):
        answer = json.loads(prometheus.ask("/api/v1/query", query=expression))
        self.assertEqual(answer["status"], "success", answer)
        return answer["data"]["result"]

    def firing(self, prometheus, name):
        alerts = json.loads(prometheus.ask("/api/v1/alerts"))["data"]["alerts"]
        return [alert for alert in alerts
                if alert["labels"]["alertname"] == name and alert["state"] == "firing"]

    def test_growing_leaks_raise_an_alert_that_names_the_line(self):
        leak = self.start_service("server")
        prometheus = self.start_prometheus()

        def fires():
            leak()
            return self.firing(prometheus, "SocketLeakGrows")
        alert, = commands.wait_for("an alert", fires)
        self.assertEqual({name: alert["labels"][name] for name in ("executable", "class", "recordings")},
                         {"executable": SAMPLE, "class": "eof-unclosed", "recordings": "server"})
        self.assertIn("%s.c:%d in " % (SAMPLE, commands.marked_line(SAMPLE, "caller")[0]),
                      alert["annotations"]["description"])
        for panel in json.loads(read("fleet", "grafana-dashboard.json"))["panels"]:
            for target in panel["targets"]:
                expression = target["expr"].replace("$instance", ".*")
                self.assertTrue(self.query(prometheus, expression), expression)

    def test_two_services_on_one_machine(self):
        """Of one program, even: node_exporter drops a series that two files have."""
        for name in "first", "second":
            self.start_service(name)()
        prometheus = self.start_prometheus()

        def leaked():
            found = self.query(prometheus, "finleak_leaked_sockets * on (instance, recordings, id) "
                                           "group_left (site) finleak_site_info")
            return len(found) == 2 and found
        for series in commands.wait_for("the leaks of both", leaked):
            self.assertEqual(series["value"][1], "1")
        for name in "finleak_lost", "finleak_not_judged", "finleak_report_timestamp_seconds":
            self.assertEqual({series["metric"]["recordings"] for series in self.query(prometheus, name)},
                             {"first", "second"})


if __name__ == "__main__":
    unittest.main()
