# SPDX-License-Identifier: MIT
"""Runs finleak for a test. What is where comes from the environment, which CMake sets:
FINLEAK, FINLEAK_SAMPLES (the built samples), FINLEAK_SOURCES (samples/)."""
import contextlib
import ctypes
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import report_schema

FINLEAK = os.environ["FINLEAK"]
SAMPLES = os.environ["FINLEAK_SAMPLES"]
SOURCES = os.environ["FINLEAK_SOURCES"]

# A test that waits this long has failed; what it waits for takes milliseconds.
PATIENCE = float(os.environ.get("FINLEAK_TEST_PATIENCE", "30"))

SKIPPED = 77

# A small machine, quickly started.
JAVA_OPTIONS = ["-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


# What runs the samples that are scripts.
INTERPRETERS = {".py": [sys.executable, "-B"], ".js": ["node"],
                ".rb": ["ruby"], ".php": ["php"], ".pl": ["perl"]}


# What samples need beside their interpreters: commands that succeed where it is there.
PACKAGES = {
    "python_client": [sys.executable, "-c", "import requests"],
    "perl_client": ["perl", "-MLWP::UserAgent", "-e", "1"],
    "php_client": ["php", "-r", "exit(function_exists('curl_init') && "
                                "function_exists('pcntl_signal') ? 0 : 1);"],
}


def folder():
    """A folder that ends with the test (use it with `with`)."""
    return tempfile.TemporaryDirectory(prefix="finleak-test.")


def install(prefix):
    """Installs finleak below PREFIX, without its documentation: by CMAKE, out of FINLEAK_BUILD."""
    for component in "finleak-runtime", "finleak-recorder", "finleak-development":
        subprocess.run([os.environ["CMAKE"], "--install", os.environ["FINLEAK_BUILD"], "--prefix", prefix,
                        "--component", component], stdout=subprocess.DEVNULL, check=True)


def sample_command(name, fixed=False):
    """The command line of a sample or of its fixed twin."""
    for suffix, interpreter in INTERPRETERS.items():
        script = os.path.join(SOURCES, name + suffix)
        if os.path.exists(script):
            needs(interpreter[0])
            if name in PACKAGES and subprocess.run(PACKAGES[name], stderr=subprocess.DEVNULL).returncode:
                print("skipped: %s needs a package" % name)
                sys.exit(SKIPPED)
            return [*interpreter, script] + (["--fixed"] if fixed else [])
    if os.path.exists(os.path.join(SOURCES, name + ".java")):
        return ["java", *JAVA_OPTIONS, "-cp", SAMPLES, name] + (["--fixed"] if fixed else [])
    return [os.path.join(SAMPLES, name + ("_fixed" if fixed else ""))]


def sample_source(name):
    for suffix in (".c", ".cpp", ".rs", ".java", *INTERPRETERS):
        path = os.path.join(SOURCES, name + suffix)
        if os.path.exists(path):
            return path
    raise FileNotFoundError(name)


def marked_line(name, marker):
    """The number and text of the line of sample NAME that is marked `LEAK: MARKER`."""
    with open(sample_source(name)) as source:
        for number, text in enumerate(source, 1):
            if re.search(r"(/\*|//|#) LEAK: %s( \*/)?$" % re.escape(marker), text):
                return number, text.rstrip("\n")
    raise LookupError("no line of %s is marked LEAK: %s" % (name, marker))


def environment(**changes):
    environ = {k: v for k, v in os.environ.items() if not k.startswith("FINLEAK_OPTIONS")}
    # A report must not depend on what the developer's machine can download.
    environ.pop("DEBUGINFOD_URLS", None)
    # Nor on the CI system that the tests run in.
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "CI_PROJECT_DIR",
                 "WORKSPACE", "BUILD_SOURCESDIRECTORY"):
        environ.pop(name, None)
    # A python3 that a version manager put first is a shell script, which starts dozens of programs.
    environ["PATH"] = os.path.dirname(sys.executable) + ":" + environ.get("PATH", "")
    environ.update(changes)
    return environ


def finleak(*arguments, **more):
    """Runs finleak to its end, and says what hangs where it has none."""
    more.setdefault("env", environment())
    more.setdefault("stdin", subprocess.DEVNULL)
    text = more.pop("input", None)
    command = [FINLEAK, *arguments]
    process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               errors="replace", start_new_session=True, **more)
    try:
        out, err = process.communicate(text, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        subprocess.run(["ps", "-s", str(process.pid), "-o", "pid,ppid,stat,wchan:24,args"])
        # All of them: whoever is left holds the pipes.
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError("no end after %g s: %s\n%s%s" % (
            PATIENCE, " ".join(command), out, err)) from None
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def load_report(path):
    with open(path) as file:
        return json.load(file)


def report(recordings, *options):
    """`finleak report -f json`: its exit status, the report (None without one), its stderr."""
    paths = [recordings] if isinstance(recordings, str) else recordings
    done = finleak("report", "-f", "json", *options, *paths)
    try:
        return done.returncode, json.loads(done.stdout), done.stderr
    except json.JSONDecodeError:
        return done.returncode, None, done.stderr


def check_schema(document):
    wrong = report_schema.check(document)
    if wrong:
        raise AssertionError("against the schema:\n  " + "\n  ".join(wrong))


def leaks_of(document, class_name=None):
    """The findings with the verdict `leak`, of one class where one is named."""
    return [leak for leak in document["leaks"] if leak["verdict"] == "leak"
            and class_name in (None, leak["class"])]


def wait_for(what, ready):
    """Calls READY until it returns something true, which is returned. WHAT is for the message."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = ready()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("waited %g s for %s" % (PATIENCE, what))


def observations(recordings):
    """Which are kept: each sample is a new file in the place of the last one."""
    found = set()
    for name in glob.glob(os.path.join(recordings, "*.observed")):
        with contextlib.suppress(FileNotFoundError):
            kept = os.stat(name)
            found.add((kept.st_ino, kept.st_mtime_ns))
    return found


def look(run, recordings):
    """Has `finleak run`, the process RUN, ask the kernel now, and keep the answer. A live report
    asks for itself alone."""
    before = observations(recordings)
    run.send_signal(signal.SIGUSR1)
    wait_for("a new observation", lambda: observations(recordings) - before)


class Server:
    """A program in the background, under finleak or not. Ends with the `with` block, and with it
    all that it started: each is a session of its own."""

    def __init__(self, command, stderr=subprocess.PIPE, **more):
        more.setdefault("env", environment())
        self.process = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=stderr, **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdout.close()
        if self.process.stderr:
            self.process.stderr.close()

    def read_line(self, pattern):
        """Reads its stdout up to a line that matches; returns the match."""
        for line in self.process.stdout:
            match = re.search(pattern, line)
            if match:
                return match
        raise AssertionError("ended without saying %r" % pattern)

    def port(self):
        return int(self.read_line(r"127\.0\.0\.1:(\d+)").group(1))

    def wait(self):
        return self.process.wait(timeout=PATIENCE)


def needs(program):
    """Skips the test where PROGRAM is missing."""
    if not shutil.which(program):
        print("skipped: no %s" % program)
        sys.exit(SKIPPED)


def needs_io_uring():
    """Skips the test where the kernel, a sysctl or a container's filter refuses io_uring."""
    io_uring_setup = 425
    parameters = ctypes.create_string_buffer(120)
    ring = ctypes.CDLL(None).syscall(io_uring_setup, 1, parameters)
    if ring < 0:
        print("skipped: io_uring is refused here")
        sys.exit(SKIPPED)
    os.close(ring)
