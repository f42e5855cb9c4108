# SPDX-License-Identifier: MIT
"""The same leaking server and load under each tool, and what each reports. Started by ./run, which
builds first."""

import argparse
import collections
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from recorder import SEARCH_PATH, Missing, find_program  # noqa: E402
from servers import cpu_ns, tree  # noqa: E402

PATIENCE = 120  # seconds for anything; strace -k takes its time
EACH_OF = 20  # load.c: of so many connections one is leaked in each of three ways
WAYS = {"eof-unclosed", "shutdown-unclosed", "duplicate-held"}


@dataclasses.dataclass
class Outcome:
    """What a tool reports of the leaks, as far as a program can read it."""
    found: str
    opened: str = "no"  # does it name the line that opened the socket?
    ended: str = "no"  # ... that read its EOF?
    classes: str = "no"  # does it distinguish the kinds of leak?
    false: str = "0"  # what it reports as open besides


@dataclasses.dataclass
class Tool:
    command: object  # (Place) -> what the server's own words are appended to
    outcome: object  # (Place, leaks of each kind) -> Outcome
    share: int = 1  # of so many connections one is made: for tools that take too long
    beside: object = None  # (Place) -> a command that watches from outside, prints "ready"


@dataclasses.dataclass
class Place:
    build: pathlib.Path
    folder: pathlib.Path
    port: str = ""  # that the server listens on

    def file(self, name):
        return self.folder / name


def nothing(_place, _leaks):
    return Outcome(found="0")


def outcome_of_finleak(place, leaks):
    report = json.loads(place.file("report.json").read_text())
    by_class, opened, ended = collections.Counter(), True, True

    def named(leak, stack, function):
        return any(frame["function"] == function for frame in leak["stacks"].get(stack, ()))

    for leak in report["leaks"]:
        if leak["verdict"] != "leak":
            continue
        by_class[leak["class"]] += leak["count"]
        opened = opened and named(leak, "opened", "accept_client")
        if leak["class"] == "eof-unclosed":
            ended = ended and named(leak, "eof", "read_request")
    right = sum(min(by_class[one], leaks) for one in WAYS)
    return Outcome(found=f"{right} of {3 * leaks}", opened="line" if opened else "not all",
                ended="line" if ended else "not all",
                classes="yes" if set(by_class) == WAYS else " ".join(sorted(by_class)),
                false=str(sum(by_class.values()) - right))


def preloaded(place):
    return ["env", f"LD_PRELOAD={place.build / 'preload' / 'libfinleak.so'}",
            f"FINLEAK_OPTIONS=recordings={place.file('recordings')}"]


def outcome_of_preload(place, leaks):
    subprocess.run([place.build / "analyzer" / "finleak", "report", "--min-held=0",
                    "--format=json", "-o", place.file("report.json"), place.file("recordings")],
                   check=True, timeout=PATIENCE)
    return outcome_of_finleak(place, leaks)


def outcome_of_valgrind(place, leaks):
    printed = re.sub(r"(?m)^==\d+== ?", "", place.file("valgrind.log").read_text())
    entries = re.findall(r"(?m)^Open .*\n(?: .*\n)+", printed)
    found = sum("accept_client" in entry or "subscribe" in entry for entry in entries)
    return Outcome(found=f"{found} of {3 * leaks}", opened="line", false=str(len(entries) - found))


def outcome_of_strace(stacks):
    def outcome(place, _leaks):
        with open(place.file("strace.log"), errors="replace") as log:
            lines = sum(1 for _ in log)
        where = "address, by hand" if stacks else "no"
        return Outcome(found=f"by hand, {lines:,} lines", opened=where, ended=where, false="")
    return outcome


def outcome_of_naive(place, leaks):
    entries = place.file("naive.log").read_text().split("open: ")[1:]
    found = sum("accepted:" in entry for entry in entries)
    return Outcome(found=f"{min(found, 3 * leaks)} of {3 * leaks}", opened="address",
                ended="address", false=str(max(0, found - 3 * leaks)))


def naive(unwinder):
    def command(place):
        library = place.build / "tests" / "bench" / "libbench-naive-preload.so"
        return ["env", f"LD_PRELOAD={library}", f"NAIVE_OUTPUT={place.file('naive.log')}",
                f"NAIVE_UNWINDER={unwinder}"]
    return Tool(command, outcome_of_naive)


def traced(share, *options):
    return Tool(lambda place: [find_program("strace"), "-f", *options, "-o",
                               place.file("strace.log"), "--"],
                outcome_of_strace("-k" in options), share)


# The last probe is attached last: once it speaks the other one listens.
STATES = """
tracepoint:sock:inet_sock_set_state /args->sport == PORT/ {
    printf("%lx %d\\n%s\\n", args->skaddr, args->newstate, ustack);
}
interval:ms:100 { printf("ready\\n"); }
"""
CLOSE_WAIT = "8"


def bpftrace(place):
    program = find_program("bpftrace")
    listed = subprocess.run([program, "-l", "tracepoint:sock:inet_sock_set_state"],
                            capture_output=True, text=True, check=False)
    if "inet_sock_set_state" not in listed.stdout:
        raise Missing("bpftrace sees no tracepoints (root, and mount -t tracefs)")
    script = place.file("states.bt")
    script.write_text(STATES.replace("PORT", place.port))
    # 4 MiB for each CPU: by default it loses half of the lines.
    return ["env", "BPFTRACE_PERF_RB_PAGES=1024", program, script]


def outcome_of_bpftrace(place, leaks):
    """What a reader of its lines could know: which sockets came into CLOSE_WAIT and stayed."""
    state, named = {}, 0
    printed = re.split(r"(?m)^([0-9a-f]+ \d+)$", place.file("beside").read_text())
    for event, stack in zip(printed[1::2], printed[2::2]):
        socket, new = event.split()
        state[socket] = new
        named += new == CLOSE_WAIT and "read_request" in stack
    stuck = sum(new == CLOSE_WAIT for new in state.values())
    # Those that were shut down are in no state to be seen.
    found = min(stuck, 2 * leaks)
    return Outcome(found=f"{found} of {3 * leaks}", ended="line" if named else "no",
                false=str(stuck - found))


TOOLS = {
    "bare": Tool(lambda _: [], nothing),
    "bare again": Tool(lambda _: [], nothing),
    "finleak, preload alone": Tool(preloaded, outcome_of_preload),
    "finleak run": Tool(
        lambda place: [place.build / "analyzer" / "finleak", "run", "--min-held=0",
                       "--format=json", "-o", place.file("report.json"),
                       "-d", place.file("recordings"), "--"],
        outcome_of_finleak),
    "valgrind --track-fds=yes": Tool(
        lambda place: [find_program("valgrind"), "--track-fds=yes",
                       f"--log-file={place.file('valgrind.log')}"],
        outcome_of_valgrind),
    "strace -f": traced(5),
    "strace -f -k": traced(50, "-k"),
    "heaptrack": Tool(
        lambda place: [find_program("heaptrack"), "-r", "-o", place.file("heaptrack")], nothing),
    "preload, backtrace() a recv": naive("backtrace"),
    "preload, libunwind a recv": naive("cursor"),
    "bpftrace, TCP states": Tool(lambda _: [], outcome_of_bpftrace, beside=bpftrace),
}


def wait_for(what, question, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.01)
    raise TimeoutError(f"waited in vain for {what}")


def server_of(process, server):
    """The server below a tool; the tool itself where it is the server's process (valgrind)."""
    for pid in tree(process.pid):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/exe") == str(server):
                return pid
    return process.pid


@contextlib.contextmanager
def watched(tool, place, environment):
    """Runs what watches from outside, if there is any; its pid."""
    if not tool.beside:
        yield None
        return
    output = place.file("beside")
    with open(output, "w") as out:
        watcher = subprocess.Popen([str(word) for word in tool.beside(place)], stdout=out,
                                   stderr=subprocess.DEVNULL, env=environment)
        try:
            wait_for("the watcher", lambda: "ready" in output.read_text())
            yield watcher.pid
            # What it has not read of the kernel yet, comes before its next words. It may have none:
            # bpftrace 0.17 falls silent now and then.
            words = output.read_text().count("ready") + 3
            with contextlib.suppress(TimeoutError):
                wait_for("the watcher", lambda: output.read_text().count("ready") >= words, 10)
        finally:
            watcher.send_signal(signal.SIGINT)
            try:
                watcher.wait(10)
            except subprocess.TimeoutExpired:
                watcher.kill()
                watcher.wait(PATIENCE)


def measure(tool, build, folder, connections):
    """(seconds, ns of CPU) for a connection; the tool's outcome."""
    place = Place(build, folder)
    server = (build / "samples" / "leaky_server").resolve()
    kept = {name: value for name, value in os.environ.items()
            if name not in ("LD_PRELOAD", "FINLEAK_OPTIONS") and "proxy" not in name.lower()}
    environment = {**kept, "PATH": SEARCH_PATH, "LC_ALL": "C"}
    with open(place.file("out"), "w+") as out, open(place.file("err"), "w") as err:
        process = subprocess.Popen(
            [str(word) for word in (*tool.command(place), server, "--serve")],
            stdout=out, stderr=err, env=environment, cwd=folder)
        try:
            place.port = wait_for("the server to listen", lambda: process.poll() is None and re.search(
                r"listening on 127\.0\.0\.1:(\d+)", place.file("out").read_text())).group(1)
            load = [build / "tests" / "bench" / "bench-peers-load", place.port, str(connections)]
            with watched(tool, place, environment) as watcher:
                pids = [process.pid, *([watcher] if watcher else [])]
                before = sum(map(cpu_ns, pids))
                took, leaks = subprocess.run(load, stdout=subprocess.PIPE, text=True, check=True,
                                             timeout=PATIENCE).stdout.split()
                cpu = sum(map(cpu_ns, pids)) - before
        finally:
            if process.poll() is None:
                os.kill(server_of(process, server), signal.SIGTERM)
            process.wait(PATIENCE)
    return float(took) / connections, cpu / connections, tool.outcome(place, int(leaks))


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/peers/run")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="one round of few connections")
    parser.add_argument("--list", action="store_true", help="only name the tools")
    parser.add_argument("tools", nargs="*", metavar="TOOL")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(TOOLS))
        return 0
    unknown = set(arguments.tools) - set(TOOLS)
    if unknown:
        parser.error(f"no such tool: {', '.join(sorted(unknown))} (--list names them)")

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rounds, connections = (1, 400) if arguments.quick else (5, 10_000)
    chosen = ["bare", *(name for name in arguments.tools or TOOLS if name != "bare")]
    samples, outcomes = collections.defaultdict(list), {}
    folder = pathlib.Path(tempfile.mkdtemp(prefix="finleak-peers."))
    print(f"Linux {os.uname().release}, {os.cpu_count()} CPUs, load average "
          f"{os.getloadavg()[0]:.2f}", flush=True)
    try:
        for turn in range(rounds):
            for i in range(len(chosen)):
                name = chosen[(turn + i) % len(chosen)]
                place = folder / f"{turn}.{i}"
                place.mkdir()
                try:
                    seconds, cpu, outcomes[name] = measure(
                        TOOLS[name], arguments.build.resolve(), place,
                        max(EACH_OF, connections // TOOLS[name].share))
                    samples[name].append((seconds, cpu))
                except Missing as reason:
                    outcomes[name] = reason
                shutil.rmtree(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    print("\n| under | throughput | CPU | found | opened at | EOF at | kinds | false |")
    print("|---|--:|--:|--:|---|---|---|--:|")
    for name in chosen:
        if not samples[name]:
            print(f"| {name} | not measured: {outcomes[name]} | | | | | | |")
            continue
        kept = [bare[0] / one[0] for bare, one in zip(samples["bare"], samples[name])]
        cpu = [one[1] / bare[1] for bare, one in zip(samples["bare"], samples[name])]
        one = outcomes[name]
        print(f"| {name} | {statistics.median(kept):.3f} ({min(kept):.3f}-{max(kept):.3f}) | "
              f"x {statistics.median(cpu):.2f} ({min(cpu):.2f}-{max(cpu):.2f}) | {one.found} | "
              f"{one.opened} | {one.ended} | {one.classes} | {one.false} |")
    print(f"\nload average {os.getloadavg()[0]:.2f} at the end")
    ours = outcomes.get("finleak run")
    if ours and (len(set(ours.found.split(" of "))) != 1 or
                 (ours.opened, ours.ended, ours.classes, ours.false) != ("line", "line", "yes", "0")):
        print("finleak run did not report all of it")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
