#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""samples/fill_reports.py BUILD [DOCUMENT...]: runs the samples of build folder BUILD
(build/release) under its finleak and puts the reports into samples/README.md and docs/CLASSES.md:
below each line `<!-- SAMPLE OPTION... -->` the fenced block is replaced. Folders are shortened."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

SAMPLES = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(SAMPLES)
DOCUMENTS = [os.path.join(SAMPLES, "README.md"),
             os.path.join(os.path.dirname(SAMPLES), "docs", "CLASSES.md")]
BLOCK = re.compile(r"<!-- (\w+)(.*?) -->\n```\n.*?```\n", re.DOTALL)


def has_findings(finleak, recordings):
    """Are there findings on the running program?"""
    done = subprocess.run([finleak, "report", "--all", "-f", "json", recordings],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0 and sum(
        leak["count"] for leak in json.loads(done.stdout)["leaks"]) >= 2


def run(finleak, work, output, options, program):
    """Where the kernel is asked, the sample ends once there are findings, else on its own."""
    recordings = os.path.join(work, "recordings")
    hold = ["--hold"] if any(option.startswith("--observe") for option in options) else []
    with subprocess.Popen([finleak, "run", "-d", recordings, "-o", output,
                           "--source-prefix=%s=samples" % SAMPLES, *options, "--",
                           *program, "--self-test", "4", *hold], stdin=subprocess.PIPE, cwd=TOP,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while hold and running.poll() is None and not has_findings(finleak, recordings):
            time.sleep(0.1)
        if hold:
            time.sleep(0.5)
            running.send_signal(signal.SIGUSR1)  # a last sample, which is kept
            time.sleep(0.5)
        running.stdin.close()
        if running.wait():
            sys.exit("%s ended with status %d" % (program[0], running.returncode))


def report(build, name, options):
    """The report on the sample."""
    with tempfile.TemporaryDirectory() as work:
        output = os.path.join(work, "report")
        program = [os.path.join(build, "samples", name)]
        script = os.path.join(SAMPLES, name + ".py")
        if os.path.exists(script):
            program = ["/usr/bin/python3", "-B", script]
        run(os.path.join(build, "analyzer", "finleak"), work, output, options, program)
        with open(output) as file:
            text = file.read()
    return text.replace(SAMPLES, "samples").replace(os.path.realpath(build), "build").rstrip()


def fill_document(build, path):
    with open(path) as file:
        text = file.read()

    def fill(match):
        print(match.group(1))
        return "<!-- %s%s -->\n```\n%s\n```\n" % (
            match.group(1), match.group(2),
            report(build, match.group(1), match.group(2).split()))

    filled = BLOCK.sub(fill, text)
    with open(path, "w") as file:
        file.write(filled)


def main(build, *documents):
    for path in documents or DOCUMENTS:
        fill_document(build, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
