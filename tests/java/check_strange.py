# SPDX-License-Identifier: MIT
"""check_strange.py FINLEAK CLASSES LIBRARY: runs Strange, bare and recorded: both must print and
return the same, and end."""
import shutil
import subprocess
import sys
import tempfile

PATIENCE = 120


def run(command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=PATIENCE)
    return done.returncode, done.stdout, [line for line in done.stderr.splitlines()
                                          if not line.startswith("finleak: ")]


def main(finleak, classes, library):
    if not shutil.which("java"):
        print("no java")
        sys.exit(77)
    wrong = []
    for option in "-XX:+UseSerialGC", "-Xcheck:jni":
        java = ["java", option, "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", classes, "Strange",
                library, *(["checked"] if "check" in option else [])]
        with tempfile.TemporaryDirectory(prefix="finleak-test.") as work:
            bare, recorded = run(java), run([finleak, "run", "-o", "/dev/null", "-d", work, "--",
                                             *java])
        if bare != recorded or bare[0] != 5 or not bare[1].endswith("\nover\n"):
            wrong.append("%s\nbare: %r\nrecorded: %r" % (option, bare, recorded))
    if wrong:
        sys.exit("\n".join(wrong))


main(*sys.argv[1:])
