# SPDX-License-Identifier: MIT
"""Test suites that others wrote, bare and recorded: the same tests pass, fail and are skipped.

    foreign_suites.py [--list | NAME...]

Without NAME: the short ones; with FINLEAK_TRUST=long all of them. What differs is run twice more in
both ways: a test that depends on the time of day or on load differs from itself as well.

CPython's come with libpython3-testsuite, or with a Python that was built from source. libevent's is
built from its source: FINLEAK_LIBEVENT names the folder where regress is. The others are in the
folder that tests/trust/fetch_suites makes, FINLEAK_SUITES. A suite that is not there is skipped. nginx's run the
nginx that TEST_NGINX_BINARY names (its modules: TEST_NGINX_MODULES), libuv's as another user than root."""
import collections
import os
import signal
import subprocess
import sys
import tempfile

from suites_of_others import KINDS, SUITES, Skip, source

FINLEAK = os.environ.get("FINLEAK", "finleak")
PATIENCE = 900  # seconds for one suite


def ended_output(words, folder, environment, output):
    """Runs WORDS, and ends the whole group if it takes too long; its status, and all it printed."""
    with open(output, "w+", encoding="utf-8", errors="backslashreplace") as file:
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=file,
                              stderr=subprocess.STDOUT, cwd=folder, env=environment,
                              start_new_session=True) as process:
            try:
                status = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
    with open(output, encoding="utf-8", errors="backslashreplace") as file:
        return status, file.read()


def run(suite, recorded, only=()):
    """The outcome of each test (of those in ONLY), the exit status, finleak's report, all that was
    printed."""
    command, outcomes = KINDS[suite.kind]
    words = command(suite, only)
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("LD_PRELOAD", "FINLEAK_OPTIONS") and "proxy" not in name.lower()}
    with tempfile.TemporaryDirectory(prefix="finleak-suite-") as folder:
        if recorded:
            words = [FINLEAK, "run", "-d", f"{folder}/recordings", "-o", f"{folder}/report.txt",
                     "--", *words]
        status, printed = ended_output(words, source(suite) if suite.folder else folder,
                                       environment, f"{folder}/printed.txt")
        report = ""
        if recorded:
            with open(f"{folder}/report.txt", encoding="utf-8") as file:
                report = file.read()
        if keep := recorded and os.environ.get("FINLEAK_KEEP"):
            os.makedirs(keep, exist_ok=True)
            with open(f"{keep}/{suite.name}.txt", "w", encoding="utf-8") as file:
                file.write(report + "\n" + printed)
    seen = {name: outcome for name, outcome in outcomes(printed).items() if not only or name in only}
    return seen, status, report, printed


def differences(bare, recorded):
    return {name: (bare.get(name), recorded.get(name)) for name in bare.keys() | recorded.keys()
            if bare.get(name) != recorded.get(name)}


def check(suite):
    try:
        bare, bare_status, _, _ = run(suite, False)
    except subprocess.TimeoutExpired:
        raise Skip("it hangs when it is run bare, too") from None
    recorded, status, report, printed = run(suite, True)
    counts = collections.Counter(recorded.values())
    print(f"{suite.name}: {len(recorded)} tests, {dict(counts)}, exit status {status} "
          f"(bare {bare_status})", flush=True)
    print("  finleak: " + (report.splitlines() or ["nothing"])[0])
    different = differences(bare, recorded)
    if not bare:
        print(f"  no test was found in its output:\n{printed[-2000:]}")
        return False
    for _ in range(2):
        if not different:
            return True
        print(f"  once more, for they differ: {different}", flush=True)
        different = differences(run(suite, False, different)[0], run(suite, True, different)[0])
    if different:
        print(f"  DIFFERENT (bare, recorded): {different}\n{printed[-3000:]}")
    return not different


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(suite.name for suite in SUITES))
        return 0
    chosen = [suite for suite in SUITES if suite.name in sys.argv[1:]] or [
        suite for suite in SUITES if suite.short or os.environ.get("FINLEAK_TRUST") == "long"]
    failed, skipped = 0, 0
    for suite in chosen:
        try:
            failed += not check(suite)
        except Skip as reason:
            skipped += 1
            print(f"{suite.name}: skipped: {reason}")
        except subprocess.TimeoutExpired:
            failed += 1
            print(f"{suite.name}: DIFFERENT: recorded it takes longer than {PATIENCE} s")
    if skipped == len(chosen):
        return 77
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
