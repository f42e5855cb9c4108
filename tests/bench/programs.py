# SPDX-License-Identifier: MIT
"""What a whole program pays: its start, and the disk its recording takes."""

import os
import pathlib
import resource
import shutil
import statistics
import tempfile

from recorder import Missing, Row, figure, p10, ratio_row


MEMORY = "/dev/shm"  # a file system that costs next to nothing


def start_up(bench):
    """/bin/true, from its start to its end. To create a file may cost more than all else: ext4 looks
    at each inode that was freed a short while ago. So once more where no disk is in it."""
    yield from start_up_in(bench, bench.recordings, "start of true", 1000)
    if os.access(MEMORY, os.W_OK):
        with tempfile.TemporaryDirectory(prefix="finleak-bench.", dir=MEMORY) as folder:
            yield from start_up_in(bench, pathlib.Path(folder), f"  recordings in {MEMORY}", None)


def start_up_in(bench, folder, what, bound):
    rounds = 60 if bench.quick else 300
    folder.mkdir(exist_ok=True)
    lines = bench.run([bench.program("bench-start-up"), rounds, bench.library, folder])
    columns = list(zip(*(map(float, line.split()) for line in lines.splitlines())))
    made = len(list(folder.iterdir()))
    if made < rounds:
        raise RuntimeError(f"{made} recordings of {rounds} starts")
    for name, of, most in (("p10", p10, bound), ("median", statistics.median, None)):
        bare, again, recorded = map(of, columns)
        added = recorded - bare
        yield Row(f"{what}, {name}", "us", bare=f"{bare:.0f}", again=f"{again - bare:+.0f}",
                  recorded=f"{recorded:.0f}", difference=f"+ {added:.0f}",
                  target=f"+ {most}" if most else "", met=added <= most if most else None)


# Of its parent's, that a child touches: with them a bare connection takes about 1.5 ms of CPU, a third
# of what one of PostgreSQL and pgbench takes.
PAGES = 400


def process_each(bench):
    """CPU of a server that forks for each connection, and of its clients, in pairs: bare, bare
    again, recorded. Where files cost, and where they don't."""
    places = [(bench.recordings, "a process a connection"),
              (pathlib.Path(MEMORY) / f"finleak-bench.{os.getpid()}", f"  recordings in {MEMORY}")]
    command = [bench.program("bench-fork-server"), 100 if bench.quick else 400, PAGES]
    for folder, what in places:
        environment = {**bench.recorder_environment(),
                       "FINLEAK_OPTIONS": f"recordings={folder}"}
        samples = []
        for _ in range(bench.rounds):
            samples.append([float(bench.run(command)), float(bench.run(command)),
                            float(bench.run(command, environment))])
            shutil.rmtree(folder)
        yield ratio_row(what, "ns CPU", samples, target=1.08)


FRAMES = 20


def stacks(bench):
    """Stacks of FRAMES frames by the recorder's unwinder alone; each process has its own first."""
    if not os.access(bench.program("bench-stacks"), os.X_OK):
        raise Missing("the recorder's own unwinder is for x86_64")
    lines = [bench.run([bench.program("bench-stacks"), FRAMES]).split()
             for _ in range(10 if bench.quick else 50)]
    first, warm, thread_first, thread_second = (statistics.median(map(float, column))
                                                for column in zip(*lines))
    yield Row(f"stack of {FRAMES} frames, warm", "ns", recorded=figure(warm), target="300",
              met=warm <= 300)
    yield Row("  the first in a process", "ns", recorded=figure(first), target="50,000",
              met=first <= 50_000)
    ratio = thread_first / thread_second
    yield Row("  the first in a thread, the second", "ns",
              recorded=f"{figure(thread_first)}, {figure(thread_second)}",
              difference=f"x {ratio:.2f}", target="x 2", met=ratio <= 2)


# open sockets, threads
TABLES = ((10, 1), (1_000, 1), (100_000, 1), (1_000_000, 1), (1_000, 2), (1_000, 4), (1_000, 8))


def tables(bench):
    """The recorder's tables alone: with more sockets than a process may have descriptors, and with
    several threads that do nothing but open and close."""
    for held, threads in TABLES:
        bench.recordings.mkdir()
        lines = bench.run([bench.program("bench-tables"), bench.recordings, held, threads,
                           20 if bench.quick else 100]).split()
        if bench.take_recorded() < held:
            raise RuntimeError("the tables did not hold them")
        took = [float(line) for line in lines]
        at_once = "" if threads == 1 else f", {threads} threads"
        yield Row(f"tables alone, {held:,} open{at_once}", "ns", recorded=figure(p10(took)),
                  difference=f"median {figure(statistics.median(took))}")


FEW, MORE = 10, 10_000
OTHERS = 64  # descriptors that are not the benchmark's sockets


def size(bench):
    """Disk that recordings take (st_blocks), with FEW sockets open and with MORE on top."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    more = MORE if limit == resource.RLIM_INFINITY else min(MORE, limit - FEW - OTHERS)

    def blocks(count):
        bench.run_recorded([bench.program("bench-calls"), "open", count])
        taken = sum(file.stat().st_blocks * 512 for file in bench.recordings.iterdir())
        if bench.take_recorded() != count:
            raise RuntimeError(f"not all of {count} sockets were recorded")
        return taken

    few = blocks(FEW)
    each = (blocks(FEW + more) - few) / more
    yield Row(f"recording with {FEW} open sockets", "bytes", recorded=f"{few:,}")
    yield Row(f"each of {more:,} open sockets more", "bytes", recorded=f"{each:.1f}",
              target="256", met=each <= 256)
