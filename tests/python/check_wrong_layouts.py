# SPDX-License-Identifier: MIT
"""Records a Python program by offsets that are not those of its interpreter, one wrong at a time:
it may give no frames of scripts, it must never harm the program."""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile

FIELDS = 18  # of struct python_layout, those of 16 bits
LINES = 78  # that the scenarios below print
# As far as structures of one version are from those of another.
STEPS = (-64, -16, -8, -4, 8, 24, 200)
HERE = os.path.dirname(os.path.abspath(__file__))

parser = argparse.ArgumentParser()
for name in ("python", "library", "native"):
    parser.add_argument("--" + name, required=True)
options = parser.parse_args()


def run(field, by, folder):
    environment = dict(os.environ, LD_PRELOAD=options.library, WRONG_FIELD=str(field),
                       WRONG_BY=str(by), PYTHONUTF8="1",
                       FINLEAK_OPTIONS="recordings=" + os.path.join(folder, "recordings"))
    done = subprocess.run(
        [options.python, "-B", "-S", os.path.join(HERE, "leaking.py"), folder, options.native,
         "nested_function", "generators", "lambdas", "over_several_lines", "called_by_native_code",
         "threads", "decorated", "code_that_comes_and_goes", "nested_function"],
        stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=60)
    return field, by, done.returncode, done.stdout.count(b"\n"), done.stderr.decode()


failed = 0
with tempfile.TemporaryDirectory(prefix="finleak-python.") as folder, \
        concurrent.futures.ThreadPoolExecutor(2) as pool:
    runs = [pool.submit(run, field, by, folder) for field in range(FIELDS) for by in STEPS]
    for done in runs:
        field, by, status, lines, err = done.result()
        if status != 0 or lines != LINES or err:
            print("field %d wrong by %d: status %d, %d lines of %d\n%s" % (
                field, by, status, lines, LINES, err))
            failed += 1
print("%d of %d harmed the program" % (failed, len(runs)))
sys.exit(failed != 0)
