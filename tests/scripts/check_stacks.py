# SPDX-License-Identifier: MIT
"""check_stacks.py INTERPRETER: runs leaking.rb, .php or .pl under finleak and holds each reported stack
against what the language reported."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 120
INTERPRETER = sys.argv.pop(1)
PROGRAM = os.path.join(HERE, "leaking." + {"ruby": "rb", "php": "php", "perl": "pl"}[INTERPRETER])

# What Ruby closes itself, and where the site is another frame, for a reason that is the finding's.
SITE_IS_OTHERS = {"forked"}

# A stack has 64 frames.
LONGEST = 50


def is_script(frame):
    return frame["file"] is not None and frame["file"] == frame["module"]


def place(frame):
    return [frame["file"], frame["function"], frame["line"]]


class Stacks(unittest.TestCase):
    maxDiff = None

    def run_program(self, *names):
        with tempfile.TemporaryDirectory(prefix="finleak-scripts.") as folder:
            report = os.path.join(folder, "report")
            environment = {k: v for k, v in os.environ.items() if k != "DEBUGINFOD_URLS"}
            environment["LC_ALL"] = "C.UTF-8"
            done = subprocess.run(
                [os.environ["FINLEAK"], "run", "-d", os.path.join(folder, "recordings"), "-f", "json",
                 "-o", report, "--min-held=0ms", "--all", "--full-stacks", "--", INTERPRETER,
                 PROGRAM, folder, *names],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, env=environment)
            # PHP leaves by SIGKILL: its end closes everything.
            self.assertIn(done.returncode, (0, -9), done.stderr.decode(errors="replace"))
            with open(report) as file:
                return done.stdout.decode(), json.load(file)

    def check(self, name):
        out, report = self.run_program(name)
        # Of who was killed in no time the local address is not known.
        leaks = {socket["peer"]: leak for leak in report["leaks"] for socket in leak["sockets"]
                 if "eof" in leak["stacks"]}
        reported = [json.loads(line) for line in out.splitlines()]
        self.assertTrue(reported)
        self.assertEqual([text for process in report["processes"] for text in process["blind_spots"]
                          if "frames" in text], [])
        for note in reported:
            self.assertIn(note["ends"][1], leaks)
            leak = leaks[note["ends"][1]]
            shown = [place(frame) for frame in leak["stacks"]["eof"] if is_script(frame)]
            if len(note["frames"]) > LONGEST:
                self.assertGreater(len(shown), LONGEST)
                self.assertEqual(shown, note["frames"][:len(shown)])
            else:
                self.assertEqual(shown, note["frames"])
            if name not in SITE_IS_OTHERS:
                self.assertIn(place(leak["site"]), note["frames"][:2])

    def test_stress(self):
        out, report = self.run_program("stress")
        self.assertGreater(sum(process["eof"] for process in report["processes"]), 100)
        self.assertEqual(report["summary"]["lost"], 0)
        self.assertEqual(out, "")


SCENARIOS = {
    "ruby": "methods blocks exceptions fibers threads signals collected evaluated forked deep",
    "php": "functions closures called_by_php generators fibers exceptions destructor evaluated deep "
           "signals forked",
    "perl": "subs closures called_by_perl exceptions destructor evaluated deep signals threads forked",
}


def add(name):
    setattr(Stacks, "test_" + name, lambda self: self.check(name))


for scenario in SCENARIOS[INTERPRETER].split():
    add(scenario)

if __name__ == "__main__":
    if not shutil.which(INTERPRETER):
        sys.exit(77)
    unittest.main(argv=sys.argv, verbosity=2)
