# SPDX-License-Identifier: MIT
"""check_foreign.py FINLEAK LIBRARY: runs Foreign by the newest JDK that is here, if that is new enough:
foreign functions that the machine takes note of are named by Java's frames; those that it does not take
note of do no harm."""
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
OLDEST = 22
ROUNDS = "20000"
PATIENCE = 120


def newest_java():
    """(version, path of java)"""
    found = []
    for release in glob.glob("/usr/lib/jvm/*/release"):
        with open(release) as file:
            version = re.search(r'^JAVA_VERSION="(\d+)', file.read(), re.M)
        java = os.path.join(os.path.dirname(release), "bin", "java")
        if version and os.path.exists(java + "c"):
            found.append((int(version.group(1)), java))
    return max(found, default=(0, ""))


def main(finleak, library):
    version, java = newest_java()
    if version < OLDEST:
        print("no JDK %d or later" % OLDEST)
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="finleak-test.") as work:
        done = subprocess.run(
            [finleak, "run", "-d", work, "--", java, "--enable-native-access=ALL-UNNAMED",
             "-XX:+UseSerialGC", "-Xmx128m", os.path.join(HERE, "Foreign.java"), library, ROUNDS],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, cwd=work)
        names = b"".join(open(path, "rb").read()
                         for path in glob.glob(os.path.join(work, "*.finleak")))
    if (done.returncode, done.stdout) != (6, "0 failed\n"):
        sys.exit("status %d\n%s%s" % (done.returncode, done.stdout, done.stderr))
    for name in b"Foreign.open\0", b"Foreign.end\0":
        if name not in names:
            sys.exit("%r is in no stack" % name)


main(*sys.argv[1:])
