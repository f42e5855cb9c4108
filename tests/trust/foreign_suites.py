# SPDX-License-Identifier: MIT
"""Test suites that others wrote, bare and recorded: the same tests pass, fail and are skipped.

    foreign_suites.py [--list | NAME...]

Without NAME: the short ones; with FINLEAK_TRUST=long all of them. What differs is run once more in
both ways, alone: a test that depends on the time of day or on load differs from itself as well.

CPython's come with libpython3-testsuite, or with a Python that was built from source. libevent's is
built from its source: FINLEAK_LIBEVENT names the folder where regress is."""
import collections
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

FINLEAK = os.environ.get("FINLEAK", "finleak")
PATIENCE = 900  # seconds for one suite
LEAKS_FOUND = 99

# name: of the suite; short: it takes seconds
Suite = collections.namedtuple("Suite", "name kind short")
SUITES = [
    Suite("test_socket", "python", False),
    Suite("test_ssl", "python", False),
    Suite("test_asyncio", "python", False),
    Suite("test_httplib", "python", True),
    Suite("test_httpservers", "python", True),
    Suite("test_socketserver", "python", True),
    Suite("test_selectors", "python", True),
    Suite("test_ftplib", "python", True),
    Suite("test_imaplib", "python", False),
    Suite("test_smtplib", "python", False),
    Suite("test_urllib2_localnet", "python", True),
    Suite("test_subprocess", "python", False),
    Suite("libevent", "libevent", False),
]


class Skip(Exception):
    pass


def python_with_tests():
    candidates = [sys.executable, shutil.which("python3"),
                  *sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python3")))]
    for python in filter(None, candidates):
        # A version manager's is a shell script.
        with open(python, "rb") as file:
            if file.read(4) != b"\x7fELF":
                continue
        if subprocess.run([python, "-c", "import test.test_socket"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return python
    raise Skip("no Python here has its tests (libpython3-testsuite)")


def python_command(suite, only):
    names = [f"test.{suite.name}"] if not only else sorted(only)
    return [python_with_tests(), "-B", "-m", "unittest", "-v", *names]


# "test_a (test.test_x.Class.test_a)", maybe a line of its documentation, "... ok". What the test
# prints itself may come in between.
PYTHON_TEST = re.compile(r"^(test\w*) \((test\.[\w.]+)\)(?:\n(?!test\w* \().*?)?? ?\.\.\. "
                         r"(?:(?!^test\w* \()[\s\S])*?\b(ok|FAIL|ERROR|skipped|expected failure|"
                         r"unexpected success)\b", re.MULTILINE)


def python_outcomes(text):
    outcomes = {}
    for name, where, outcome in PYTHON_TEST.findall(text):
        # Before 3.11 the class stands there alone.
        outcomes[where if where.endswith("." + name) else f"{where}.{name}"] = outcome
    return outcomes


def libevent_command(_, only):
    folder = os.environ.get("FINLEAK_LIBEVENT")
    if not folder:
        raise Skip("FINLEAK_LIBEVENT names no libevent that was built")
    return [os.path.join(folder, "regress"), *only]


def libevent_outcomes(text):
    """Of each test: "main/base_features: [forking] OK"."""
    return dict(re.findall(r"^([\w-]+(?:/[\w-]+)+): [\s\S]*?\b(OK|SKIPPED|FAILED|DISABLED)\b", text,
                           re.MULTILINE))


KINDS = {"python": (python_command, python_outcomes),
         "libevent": (libevent_command, libevent_outcomes)}


def run(suite, recorded, only=()):
    """The outcome of each test, the exit status and what finleak says."""
    command, outcomes = KINDS[suite.kind]
    words = command(suite, only)
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("LD_PRELOAD", "FINLEAK_OPTIONS") and "proxy" not in name.lower()}
    with tempfile.TemporaryDirectory(prefix="finleak-suite-") as folder:
        if recorded:
            words = [FINLEAK, "run", "-d", f"{folder}/recordings", "-o", f"{folder}/report.txt",
                     "--", *words]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="backslashreplace",
                              cwd=folder, env=environment, timeout=PATIENCE, check=False)
        said = ""
        if recorded:
            with open(f"{folder}/report.txt", encoding="utf-8") as file:
                said = file.read()
    return outcomes(done.stdout), done.returncode, said, done.stdout


def differences(bare, recorded):
    return {name: (bare.get(name), recorded.get(name)) for name in bare.keys() | recorded.keys()
            if bare.get(name) != recorded.get(name)}


def check(suite):
    try:
        bare, bare_status, _, _ = run(suite, False)
    except subprocess.TimeoutExpired:
        raise Skip("it hangs when it is run bare, too") from None
    recorded, status, said, printed = run(suite, True)
    counts = collections.Counter(recorded.values())
    print(f"{suite.name}: {dict(counts)}, exit status {status} (bare {bare_status})", flush=True)
    print("  finleak: " + (said.splitlines() or ["nothing"])[0])
    different = differences(bare, recorded)
    if not bare:
        print("  no test was found in its output")
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
    if skipped == len(chosen):
        return 77
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
