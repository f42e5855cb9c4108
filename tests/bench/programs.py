# SPDX-License-Identifier: MIT
"""What a whole program pays: its start, and the disk its recording takes."""

import resource
import statistics

from recorder import Row, p10


def start_up(bench):
    """/bin/true, from its start to its end."""
    rounds = 60 if bench.quick else 300
    bench.recordings.mkdir()
    lines = bench.run([bench.program("bench-start-up"), rounds, bench.library, bench.recordings])
    columns = list(zip(*(map(float, line.split()) for line in lines.splitlines())))
    made = len(list(bench.recordings.iterdir()))
    if made < rounds:
        raise RuntimeError(f"{made} recordings of {rounds} starts")
    for name, of, bound in (("p10", p10, 1000), ("median", statistics.median, None)):
        bare, again, recorded = map(of, columns)
        added = recorded - bare
        yield Row(f"start and end of true, {name}", "us", bare=f"{bare:.0f}",
                  again=f"{again - bare:+.0f}", recorded=f"{recorded:.0f}",
                  difference=f"+ {added:.0f}", target=f"+ {bound}" if bound else "",
                  met=added <= bound if bound else None)


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
    yield Row(f"recording of a program with {FEW} sockets", "bytes", recorded=f"{few:,}")
    yield Row(f"each of {more:,} open sockets more", "bytes", recorded=f"{each:.1f}",
              target="256", met=each <= 256)
