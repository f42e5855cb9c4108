# SPDX-License-Identifier: MIT
"""check_hostile.py INTERPRETER LIBRARY: records leaking.rb, .php or .pl by a recorder that reads something
else in the interpreter's memory than what is there. It may give no frames, or wrong ones; it must
never harm the program, and what it leaves can be read."""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INTERPRETER, LIBRARY = sys.argv[1:]
PROGRAM = os.path.join(HERE, "leaking." + {"ruby": "rb", "php": "php", "perl": "pl"}[INTERPRETER])
# One read in so many, from all of them to a few in a run.
EVERY = (1, 2, 5, 20, 100, 400)
SEEDS = 6
PATIENCE = 60
SCENARIOS = {
    "ruby": "methods blocks fibers threads signals evaluated forked",
    "php": "functions closures generators fibers destructor evaluated signals forked",
    "perl": "subs closures called_by_perl destructor evaluated signals threads forked",
}[INTERPRETER].split()


def run(folder, every, seed, **variables):
    """The exit status, output without what differs from run to run, and standard error."""
    own = os.path.join(folder, "%s.%s" % (every, seed))
    os.mkdir(own)
    environment = dict(os.environ, LC_ALL="C.UTF-8", HOSTILE_EVERY=str(every),
                       HOSTILE_SEED=str(seed * 7919), FINLEAK_OPTIONS="recordings=" + own, **variables)
    done = subprocess.run([INTERPRETER, PROGRAM, own, *SCENARIOS], stdin=subprocess.DEVNULL,
                          capture_output=True, env=environment, timeout=PATIENCE, text=True)
    # Threads finish in any order.
    out = sorted(re.sub(r"127\.0\.0\.1:[0-9]+", "END", done.stdout.replace(own, "")).splitlines())
    return done.returncode, out, done.stderr


def report(folder):
    """What `finleak report` says against the recordings of FOLDER; "" nothing."""
    done = subprocess.run([os.environ["FINLEAK"], "report", folder], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=PATIENCE)
    return "" if done.returncode == 0 else "report: status %d\n%s" % (done.returncode, done.stderr)


def check(folder, bare, every, seed):
    done = run(folder, every, seed, LD_PRELOAD=LIBRARY)
    wrong = "" if done == bare else "status %d, %d lines of %d\n%s" % (
        done[0], len(done[1]), len(bare[1]), done[2])
    return wrong or report(os.path.join(folder, "%s.%s" % (every, seed)))


def main():
    if not shutil.which(INTERPRETER):
        sys.exit(77)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="finleak-scripts.") as folder, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        bare = run(folder, "bare", 0)
        runs = {(every, seed): pool.submit(check, folder, bare, every, seed)
                for every in EVERY for seed in range(SEEDS)}
        for (every, seed), done in runs.items():
            if done.result():
                print("HOSTILE_EVERY=%d HOSTILE_SEED=%d: %s" % (every, seed * 7919, done.result()))
                failed += 1
    print("%d of %d were harmed" % (failed, len(runs)))
    sys.exit(failed != 0)


main()
