# SPDX-License-Identifier: MIT
"""java_cost.py [--build DIR] [--rounds N]: what a connection costs a Java program, both ends of it, and
what the start does, bare and recorded."""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

# Opened twice, an end, closed twice.
STACKS = 5
TRIES = 7


def times(command, environment):
    """The figure that COMMAND prints, or its own time (ms) where it prints nothing."""
    before = time.monotonic()
    printed = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True,
                             check=True).stdout
    return int(printed) / 1000 if printed else (time.monotonic() - before) * 1000


def both(command, environments):
    """The least of each, taken by turns."""
    found = [[], []]
    for _ in range(TRIES):
        for list_of, environment in zip(found, environments):
            list_of.append(times(command, environment))
    return [min(values) for values in found], [statistics.median(values) for values in found]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=3000)
    options = parser.parse_args()
    java = ["java", "-XX:+UseSerialGC", "-cp", os.path.join(options.build, "tests/java/classes"),
            "Cost"]
    library = os.path.realpath(os.path.join(options.build, "preload/libfinleak.so"))
    with tempfile.TemporaryDirectory() as work:
        recorded = dict(os.environ, LD_PRELOAD=library, FINLEAK_OPTIONS="recordings=" + work)
        environments = [dict(os.environ), recorded]
        for depth in 0, 20, 40:
            (bare, least), (_, median) = both([*java, str(options.rounds), str(depth)],
                                              environments)
            print("%2d calls deep: bare %.1f us of CPU a connection, recorded %.1f (median %.1f): "
                  "%.1f us a stack" % (depth, bare, least, median, (least - bare) / STACKS))
        (bare, least), (bare_median, median) = both([*java, "0", "0"], environments)
        print("start: bare %.1f ms (median %.1f), recorded %.1f (median %.1f)" % (
            bare, bare_median, least, median))


main()
