# SPDX-License-Identifier: MIT
"""Runs every command that README.md and docs/*.md show in a block marked `sh`.

The blocks of a page run in order, in one shell, with nothing set up but what the page names: in a
checkout (a folder with links to this one), with an empty home and the system's PATH. Each block must
end with 0."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ["FINLEAK_SOURCE"]
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# ./test.sh is what runs this: in here it would wait for itself.
RUN_BY_ITSELF = re.compile(r"^\./test\.sh( .*)?$", re.M)
# What the pages leave outside their folder.
LEFTOVERS = ["/tmp/finleak-demo"]


def blocks(document):
    with open(document, encoding="utf-8") as text:
        return re.findall(r"^```sh\n(.*?)^```$", text.read(), re.M | re.S)


def script_of(page):
    """The page as a script that prints where it is, so that a failure names its block."""
    parts = []
    for number, block in enumerate(page, 1):
        parts.append("echo '== block %d'" % number)
        parts.append(RUN_BY_ITSELF.sub("true", block))
    return "\n".join(parts)


def run(page):
    with tempfile.TemporaryDirectory() as folder:
        checkout, home = os.path.join(folder, "finleak"), os.path.join(folder, "home")
        os.mkdir(checkout)
        os.mkdir(home)
        for name in os.listdir(SOURCE):
            os.symlink(os.path.join(SOURCE, name), os.path.join(checkout, name))
        environment = {"PATH": SYSTEM_PATH, "HOME": home, "CI": "true", "LC_ALL": "C.UTF-8"}
        return subprocess.run(["bash", "-euo", "pipefail", "-c", script_of(page)], cwd=checkout,
                              env=environment, timeout=500, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def clean():
    for path in LEFTOVERS:
        shutil.rmtree(path, ignore_errors=True)


def main():
    failed = seen = 0
    before = set(os.listdir(SOURCE))
    for document in sorted(glob.glob(SOURCE + "/README.md") + glob.glob(SOURCE + "/docs/*.md")):
        page = blocks(document)
        if not page:
            continue
        seen += len(page)
        clean()
        done = run(page)
        print("%s: %s: %d blocks" % ("ok" if done.returncode == 0 else "FAILED", document, len(page)))
        if done.returncode != 0:
            failed += 1
            print("status %d\n%s" % (done.returncode, done.stdout))
    clean()
    # What ./run.sh left where it was called, as it says.
    for name in set(os.listdir(SOURCE)) - before:
        if re.fullmatch(r"finleak\.\d+", name):
            shutil.rmtree(os.path.join(SOURCE, name))
    if seen == 0:
        print("no document shows a command: the marks have changed")
    return failed > 0 or seen == 0


if __name__ == "__main__":
    sys.exit(main())
