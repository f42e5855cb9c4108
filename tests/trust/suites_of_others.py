# SPDX-License-Identifier: MIT
"""The test suites that foreign_suites.py runs: a row each, and how each kind is run and read.

A kind has two functions: command(suite, only) gives the command line, for the tests in ONLY alone
where it is not empty and the suite can do that; outcomes(text) gives name -> outcome of each test
in what was printed."""
import dataclasses
import glob
import os
import re
import shutil
import subprocess
import sys


class Skip(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Suite:
    """One suite.

    name     of the suite
    kind     which functions of KINDS know it
    short    it takes seconds
    folder   where it is run, below FINLEAK_SUITES; None: in a new folder
    tests    what its runner is given
    without  a regular expression for the classes of tests that are left out, and why
    """
    name: str
    kind: str
    short: bool = False
    folder: str = None
    tests: tuple = ()
    without: str = None


def source(suite):
    """The folder of SUITE's source."""
    folder = os.path.join(os.environ.get("FINLEAK_SUITES", "/nonexistent"), suite.folder)
    if not os.path.isdir(folder):
        raise Skip(f"there is no {folder} (FINLEAK_SUITES; tests/trust/fetch_suites)")
    return folder


def needed(program):
    """The path of PROGRAM; not that of a version manager's script."""
    path = shutil.which(program, path="/usr/bin:/bin:/usr/local/bin") or shutil.which(program)
    if not path:
        raise Skip(f"{program} is not installed")
    return path


def matching(suite):
    """The files that its patterns name, relative to its folder."""
    folder = source(suite)
    files = [file for pattern in suite.tests for file in sorted(glob.glob(pattern, root_dir=folder))]
    if not files:
        raise Skip(f"no {suite.tests} in {folder}")
    return files


def counted(pairs):
    """A dictionary of (name, outcome), also where suites use a name twice."""
    outcomes, seen = {}, {}
    for name, outcome in pairs:
        seen[name] = seen.get(name, 0) + 1
        outcomes[name if seen[name] == 1 else f"{name} #{seen[name]}"] = outcome
    return outcomes


# --- CPython ----------------------------------------------------------------------------------

def python_with_tests(name):
    """The command line of a Python that has test.NAME: the system's, with the tests that
    fetch_suites brought or that are installed, or one that was built from source."""
    fetched = os.path.join(os.environ.get("FINLEAK_SUITES", "/nonexistent"), "python")
    candidates = [["/usr/bin/env", f"PYTHONPATH={fetched}", "/usr/bin/python3"],
                  *([path] for path in [sys.executable, shutil.which("python3"), *sorted(
                      glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python3")))] if path)]
    for python in candidates:
        if not os.path.exists(python[-1]):
            continue
        # A version manager's is a shell script.
        with open(python[-1], "rb") as file:
            if file.read(4) != b"\x7fELF":
                continue
        if subprocess.run([*python, "-B", "-c", f"import test.{name}"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return python
    raise Skip(f"no Python here has test.{name} (libpython3-testsuite)")


def python_command(suite, only):
    python, names = python_with_tests(suite.name), sorted(only) or [f"test.{suite.name}"]
    if suite.without and not only:
        listed = subprocess.run(
            [*python, "-B", "-c", f"import test.{suite.name} as tests, unittest\n"
             "for name, kind in sorted(vars(tests).items()):\n"
             "    if isinstance(kind, type) and issubclass(kind, unittest.TestCase):\n"
             "        print(f'{tests.__name__}.{name}')"],
            stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        names = [name for name in listed if not re.search(suite.without, name)]
    return [*python, "-B", "-m", "unittest", "-v", *names]


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


# --- libevent ---------------------------------------------------------------------------------

def libevent_command(_, only):
    folder = os.environ.get("FINLEAK_LIBEVENT")
    if not folder:
        raise Skip("FINLEAK_LIBEVENT names no libevent that was built")
    return [os.path.join(folder, "regress"), *only]


def libevent_outcomes(text):
    """Of each test: "main/base_features: [forking] OK"."""
    return dict(re.findall(r"^([\w-]+(?:/[\w-]+)+): [\s\S]*?\b(OK|SKIPPED|FAILED|DISABLED)\b", text,
                           re.MULTILINE))


# --- libuv ------------------------------------------------------------------------------------

def libuv_command(suite, _):
    runner = os.path.join(source(suite), "build", "uv_run_tests")
    if not os.path.exists(runner):
        raise Skip(f"there is no {runner}: build it there")
    if os.geteuid() == 0:
        raise Skip("it refuses to be run as root")
    return [runner]


def libuv_outcomes(text):
    """Of each test: "ok 7 - tcp_open", "ok 8 - udp_ref # SKIP why"."""
    return {name: "skipped" if skipped else outcome for outcome, name, skipped
            in re.findall(r"^(ok|not ok) \d+ - (\w+)( # SKIP)?", text, re.MULTILINE)}


# --- nginx, with prove ------------------------------------------------------------------------

def nginx_command(suite, only):
    if not os.environ.get("TEST_NGINX_BINARY"):
        raise Skip("TEST_NGINX_BINARY names no nginx")
    return perl_command(suite, only)


# --- JavaScript, with mocha -------------------------------------------------------------------

def mocha_command(suite, _):
    mocha = "node_modules/mocha/bin/mocha"
    if not os.path.exists(os.path.join(source(suite), mocha)):
        raise Skip("npm install was not run there")
    return [needed("node"), mocha, "--throw-deprecation", "--reporter", "tap", *matching(suite)]


def mocha_outcomes(text):
    return counted((name, outcome) for outcome, name in
                   re.findall(r"^(ok|not ok) \d+ (.*)", text, re.MULTILINE))


# --- Perl, with prove -------------------------------------------------------------------------

def perl_command(suite, only):
    files = sorted({name.partition(":")[0] for name in only}) or matching(suite)
    return [needed("prove"), "-v", *files]


def perl_outcomes(text):
    """Each test's number, for its description may hold a port; and each file's result."""
    outcomes, file = {}, None
    for line in text.splitlines():
        if found := re.match(r"(\S+\.t) \.+ *(.*)", line):
            file = found.group(1)
            line = found.group(2)
        if file and (found := re.match(r"(ok|not ok) (\d+)(.*# ?(?:skip|todo))?", line, re.I)):
            outcomes[f"{file}: {found.group(2)}"] = found.group(1)
        elif file and (found := re.match(r"(ok|skipped|Dubious|Failed)\b", line)):
            outcomes[f"{file}:"] = found.group(1)
    return outcomes


# --- Ruby's own -------------------------------------------------------------------------------

def ruby_command(suite, _):
    source(suite)
    return [needed("ruby"), "-Itool/lib", "-Itest/lib", "-I.", "test/runner.rb", "-v", "--seed=1",
            *suite.tests]


def ruby_outcomes(text):
    outcomes = dict.fromkeys(re.findall(r"^\[ *\d+/\d+\] (\S+) = ", text, re.MULTILINE), "ok")
    for outcome, name in re.findall(r"^ +\d+\) (Failure|Error|Skipped):\n([^\s:\[]+)", text,
                                    re.MULTILINE):
        outcomes[name] = outcome
    return outcomes


# --- PHP's own --------------------------------------------------------------------------------

def php_command(suite, _):
    source(suite)
    return ["/usr/bin/env", f"TEST_PHP_EXECUTABLE={needed('php')}", needed("php"), "run-tests.php",
            "-q", "--offline", "--no-color", *suite.tests]


def php_outcomes(text):
    return {name: outcome for outcome, name in
            re.findall(r"\b(PASS|FAIL|SKIP|XFAIL|WARN|BORK|LEAK) .*?\[(\S+\.phpt)\]", text)}


# --- redis ------------------------------------------------------------------------------------

def redis_command(suite, _):
    """The tests of redis' source on the redis that is installed."""
    folder = os.path.join(source(suite), "src")
    for program in ("redis-server", "redis-cli", "redis-benchmark", "redis-check-aof",
                    "redis-check-rdb"):
        link = os.path.join(folder, program)
        if not os.path.lexists(link):
            os.symlink(needed(program), link)
    words = [word for test in suite.tests for word in ("--single", test)]
    return [needed("tclsh"), "tests/test_helper.tcl", "--clients", "1", "--no-latency", *words]


def redis_outcomes(text):
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    return counted((name, outcome) for outcome, name in
                   re.findall(r"^\[(ok|err|skip|exception|timeout|ignore)\]: (.*?)(?: \(\d+ ms\))?$",
                              plain, re.MULTILINE))


KINDS = {
    "python": (python_command, python_outcomes),
    "libevent": (libevent_command, libevent_outcomes),
    "libuv": (libuv_command, libuv_outcomes),
    "nginx": (nginx_command, perl_outcomes),
    "mocha": (mocha_command, mocha_outcomes),
    "perl": (perl_command, perl_outcomes),
    "ruby": (ruby_command, ruby_outcomes),
    "php": (php_command, php_outcomes),
    "redis": (redis_command, redis_outcomes),
}

SUITES = [
    # In a virtual machine the host takes VSOCK's connections and does not answer.
    Suite("test_socket", "python", without="VSOCK"),
    Suite("test_ssl", "python"),
    Suite("test_asyncio", "python"),
    Suite("test_httplib", "python", short=True),
    Suite("test_httpservers", "python", short=True),
    Suite("test_socketserver", "python", short=True),
    Suite("test_selectors", "python", short=True),
    Suite("test_ftplib", "python", short=True),
    Suite("test_imaplib", "python"),
    Suite("test_smtplib", "python"),
    Suite("test_urllib2_localnet", "python", short=True),
    Suite("test_subprocess", "python"),
    Suite("test_multiprocessing_fork", "python"),
    Suite("test_multiprocessing_spawn", "python"),
    Suite("test_multiprocessing_forkserver", "python"),
    Suite("test_concurrent_futures", "python"),
    Suite("libevent", "libevent"),
    Suite("libuv", "libuv", folder="libuv"),
    Suite("nginx_http", "nginx", folder="nginx-tests", tests=("http_*.t", "worker*.t", "fastcgi.t", "ssl.t")),
    Suite("nginx_proxy", "nginx", folder="nginx-tests", tests=("proxy*.t", "upstream*.t")),
    Suite("nginx_stream", "nginx", folder="nginx-tests", tests=("stream*.t",)),
    Suite("nginx_h2", "nginx", folder="nginx-tests", tests=("h2*.t", "grpc.t")),
    Suite("ws", "mocha", folder="ws", tests=("test/*.test.js",)),
    Suite("perl_io", "perl", folder="perl/dist/IO", tests=("t/*.t",)),
    Suite("perl_io_socket_ip", "perl", folder="perl/cpan/IO-Socket-IP", tests=("t/*.t",)),
    Suite("perl_libnet", "perl", folder="perl/cpan/libnet", tests=("t/*.t",)),
    Suite("perl_io_socket_ssl", "perl", folder="io-socket-ssl", tests=("t/*.t",)),
    Suite("perl_libwww", "perl", folder="libwww-perl",
          tests=("t/local/*.t", "t/robot/*.t", "t/base/*.t")),
    Suite("ruby_socket", "ruby", folder="ruby", tests=("test/socket",)),
    Suite("ruby_net", "ruby", folder="ruby", tests=("test/net",)),
    Suite("ruby_drb", "ruby", folder="ruby", tests=("test/drb",)),
    Suite("ruby_io", "ruby", folder="ruby", tests=("test/io", "test/ruby/test_io.rb")),
    Suite("ruby_process", "ruby", folder="ruby", tests=("test/ruby/test_process.rb",)),
    Suite("php_streams", "php", folder="php",
          tests=("ext/standard/tests/streams", "ext/standard/tests/network", "ext/sockets/tests")),
    Suite("php_http", "php", folder="php", tests=("ext/standard/tests/http", "sapi/cli/tests")),
    Suite("redis_units", "redis", folder="redis",
          tests=("unit/auth", "unit/protocol", "unit/multi", "unit/quit", "unit/introspection",
                 "unit/introspection-2", "unit/limits", "unit/obuf-limits", "unit/pubsub",
                 "unit/networking", "unit/pause", "unit/querybuf", "unit/client-eviction",
                 "unit/tracking", "unit/shutdown")),
    Suite("redis_integration", "redis", folder="redis",
          tests=("integration/block-repl", "integration/replication-3", "integration/failover",
                 "integration/shutdown", "integration/redis-cli", "integration/redis-benchmark",
                 "integration/aof", "integration/rdb", "unit/other", "unit/scripting")),
]
