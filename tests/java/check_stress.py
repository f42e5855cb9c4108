# SPDX-License-Identifier: MIT
"""check_stress.py FINLEAK CLASSES THREADS SOCKETS OPTION...: runs Stress with each OPTION of the
virtual machine, bare and recorded: both must print and return the same, and each connection must be
found at the line that read its end."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 600


def line_of(marker):
    with open(os.path.join(HERE, "Stress.java")) as source:
        for number, text in enumerate(source, 1):
            if text.rstrip().endswith("// " + marker):
                return number
    raise LookupError(marker)


def run(command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


def check(finleak, classes, threads, sockets, option):
    java = ["java", option, "-Xmx256m", "-Xss512k", "-cp", classes, "Stress",
            str(threads), str(sockets)]
    bare = run(java)
    if "Unrecognized VM option" in bare[2] or "not supported" in bare[2]:
        return []
    with tempfile.TemporaryDirectory(prefix="finleak-test.") as work:
        report = os.path.join(work, "report.json")
        recorded = run([finleak, "run", "-f", "json", "-o", report, "-d",
                        os.path.join(work, "recordings"), "--", *java])
        with open(report) as file:
            document = json.load(file)
    wrong = []
    errors = [line for line in recorded[2].splitlines() if not line.startswith("finleak: ")]
    if (recorded[0], recorded[1], "".join(errors)) != (bare[0], bare[1], "".join(
            bare[2].splitlines())):
        wrong.append("bare: %r\nrecorded: %r" % (bare, recorded))
    found = {}
    for leak in document["leaks"]:
        site = leak["site"] or {}
        place = (leak["class"], site.get("function"), site.get("line"))
        found[place] = found.get(place, 0) + leak["count"]
    if found != {("eof-unclosed", "Stress.serve", line_of("HERE")): threads * sockets}:
        wrong.append("found: %r" % found)
    if document["summary"]["lost"]:
        wrong.append("%d lost" % document["summary"]["lost"])
    return ["%s: %s" % (option, text) for text in wrong]


def main(finleak, classes, threads, sockets, *options):
    if not shutil.which("java"):
        print("no java")
        sys.exit(77)
    wrong = []
    for option in options:
        wrong += check(finleak, classes, int(threads), int(sockets), option)
        print("with %s: %s" % (option, "wrong" if wrong else "as it must be"),
              flush=True)
    if wrong:
        sys.exit("\n".join(wrong))


main(*sys.argv[1:])
