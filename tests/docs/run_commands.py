# SPDX-License-Identifier: MIT
"""Runs every command that README.md and docs/*.md show in a block marked `sh`.

A block runs as one shell script, in the source tree where it names a script or file of it, else in
an empty folder with the samples beside; `finleak` is the one that was built. It must end with 0.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ["FINLEAK_SOURCE"]
SAMPLES = os.environ["FINLEAK_SAMPLES"]
FINLEAK = os.environ["FINLEAK"]
LIBRARY = os.environ["FINLEAK_LIBRARY"]

# ./test.sh is what runs this: in here it would wait for itself.
RUN_BY_ITSELF = re.compile(r"^\./test\.sh( .*)?$", re.M)
IN_TREE = re.compile(r"\./run\.sh|cmake ")


def blocks(document):
    with open(document, encoding="utf-8") as text:
        return re.findall(r"^```sh\n(.*?)^```$", text.read(), re.M | re.S)


def run(block, scratch):
    script = RUN_BY_ITSELF.sub("true", block)
    environment = dict(os.environ, LIBFINLEAK=LIBRARY, CI="true",
                       PATH=os.path.dirname(FINLEAK) + ":" + os.environ["PATH"])
    folder = SOURCE if IN_TREE.search(script) else scratch
    return subprocess.run(["bash", "-euc", script], cwd=folder, env=environment, timeout=300,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def main():
    before = set(glob.glob(SOURCE + "/finleak.[0-9]*"))
    failed = seen = 0
    for document in sorted(glob.glob(SOURCE + "/README.md") + glob.glob(SOURCE + "/docs/*.md")):
        for block in blocks(document):
            seen += 1
            with tempfile.TemporaryDirectory() as scratch:
                for sample in os.listdir(SAMPLES):
                    path = os.path.join(SAMPLES, sample)
                    if os.path.isfile(path) and os.access(path, os.X_OK):
                        os.symlink(path, os.path.join(scratch, sample))
                done = run(block, scratch)
            print(f"{'ok' if done.returncode == 0 else 'FAILED'}: {document}: "
                  f"{block.strip().splitlines()[0]}")
            if done.returncode != 0:
                failed += 1
                print(f"status {done.returncode}\n{done.stdout}")
    shutil.rmtree("/tmp/finleak-demo", ignore_errors=True)
    shutil.rmtree("/tmp/finleak-installed", ignore_errors=True)
    # What ./run.sh left where it was called, as it says.
    for recordings in set(glob.glob(SOURCE + "/finleak.[0-9]*")) - before:
        shutil.rmtree(recordings)
    if seen == 0:
        print("no document shows a command: the marks have changed")
    return failed > 0 or seen == 0


if __name__ == "__main__":
    sys.exit(main())
