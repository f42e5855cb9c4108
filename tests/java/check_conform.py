# SPDX-License-Identifier: MIT
"""check_conform.py LIBRARY: the JDK's own sockets (blocking, NIO, asynchronous, HttpServer, virtual
threads) do the same recorded as bare, by each JDK that there is."""
import glob
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARY = sys.argv[1]
PATIENCE = 60


def run(java, classes, **variables):
    done = subprocess.run([java, "-cp", classes, "Conform"], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=PATIENCE, env={**os.environ, **variables})
    return done.returncode, done.stdout, done.stderr


def main():
    homes = {os.path.realpath(path) for path in glob.glob("/usr/lib/jvm/*")
             if os.access(os.path.join(path, "bin", "javac"), os.X_OK)}
    failed = 0
    for home in sorted(homes):
        with tempfile.TemporaryDirectory(prefix="finleak-java.") as folder:
            subprocess.run([os.path.join(home, "bin", "javac"), "-nowarn", "-d", folder,
                            os.path.join(HERE, "Conform.java")], check=True, stderr=subprocess.DEVNULL)
            java = os.path.join(home, "bin", "java")
            bare = run(java, folder)
            recorded = run(java, folder, LD_PRELOAD=LIBRARY, FINLEAK_OPTIONS="recordings=" + folder)
            print("%s: %d lines, %s" % (home, bare[1].count("\n"),
                                        "the same" if bare == recorded else "not the same"))
            if bare != recorded or bare[0] != 3:
                print(bare, recorded, sep="\n")
                failed += 1
    sys.exit(77 if not homes else failed != 0)


main()
