# SPDX-License-Identifier: MIT
"""languages.py [--build DIR] [--rounds N] [LANGUAGE...]: what a connection costs a program in each
language, both ends of it, and what a program's start costs: bare, bare again and recorded take turns,
each in a process of its own. CPU time, medians; in parentheses the least and most of the ratios of one
turn. "A stack" is what was added by the five of a connection: opened twice, an end, closed twice."""
import argparse
import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
STACKS = 5
STARTS = 3  # of a turn
DEPTHS = 10, 40


def script(suffix):
    return os.path.join(HERE, "languages", "connections." + suffix)


def commands(build):
    """{language: (its command, how often a connection is made, options that `finleak run` gives the recorder)}."""
    classes = os.path.join(build, "tests", "java", "classes")
    return {
        "Python": (["/usr/bin/python3", script("py")], 2000, ""),
        "Java": (["java", "-XX:+UseSerialGC", "-cp", classes, "Cost"], 2000, ""),
        "node": (["node", script("js")], 1500, ":script-frames=1"),
        "Ruby": (["ruby", script("rb")], 2000, ""),
        "PHP": (["php", script("php")], 2000, ""),
        "Perl": (["perl", script("pl")], 2000, ""),
    }


def cpu_of(command, environment):
    """Its output, and the ms of CPU that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True) as process:
        printed = process.stdout.read()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise RuntimeError("%s: status %d" % (command[0], process.returncode))
    # node leaves the map of its code to whoever asked for it.
    with contextlib.suppress(FileNotFoundError):
        os.unlink("/tmp/perf-%d.map" % process.pid)
    return printed, 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def connection(command, environment):
    """us of CPU, as the program says."""
    return int(cpu_of(command, environment)[0]) / 1000


def start(command, environment):
    """ms of CPU."""
    return statistics.median(cpu_of(command, environment)[1] for _ in range(STARTS))


def turns(measure, command, environments, rounds):
    """The figures of each environment, by rounds."""
    found = [[] for _ in environments]
    for number in range(rounds):
        for step in range(len(environments)):
            turn = (number + step) % len(environments)
            found[turn].append(measure(command, environments[turn]))
    return found


def ratio(ours, bare):
    ratios = [one / other for one, other in zip(ours, bare)]
    return "x %.3f (%.3f-%.3f)" % (statistics.median(ratios), min(ratios), max(ratios))


def row(measure, name, command, environments, rounds, unit, stacks):
    bare, again, recorded = turns(measure, command, environments, rounds)
    added = statistics.median(one - other for one, other in zip(recorded, bare))
    print("| %s | %.1f %s | %s | %s | %+.1f %s | %s |" % (
        name, statistics.median(bare), unit, ratio(again, bare), ratio(recorded, bare), added, unit,
        "%.1f us" % (added / stacks) if stacks else ""), flush=True)


def measure(name, command, count, more, arguments):
    with tempfile.TemporaryDirectory(prefix="finleak-bench.") as work:
        bare = dict(os.environ)
        recorded = {**bare, "FINLEAK_OPTIONS": "recordings=" + work + more,
                    "LD_PRELOAD": os.path.realpath(os.path.join(arguments.build, "preload", "libfinleak.so"))}
        environments = bare, bare, recorded
        for depth in DEPTHS:
            row(connection, "%s, %d calls deep" % (name, depth), [*command, count, depth], environments,
                arguments.rounds, "us", STACKS)
        row(start, "%s, start" % name, [*command, 0, 0], environments, arguments.rounds, "ms", 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE")
    arguments = parser.parse_args()
    known = commands(arguments.build)
    print("load average %.1f %.1f %.1f\n" % os.getloadavg())
    print("| | bare | bare again | recorded | added | a stack |\n|---|--:|--:|--:|--:|--:|")
    for name in arguments.languages or known:
        command, count, more = known[name]
        if not shutil.which(command[0]):
            print("| %s | not installed | | | | |" % name)
            continue
        measure(name, command, count, more, arguments)
    print("\nload average %.1f %.1f %.1f at the end" % os.getloadavg())


main()
