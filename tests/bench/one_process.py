# SPDX-License-Identifier: MIT
"""What is measured inside one process of bench-calls: time, instructions, system calls."""

import collections
import re

from recorder import Row, find_program, p10, ratio_row


def turns(case, what, target=None, fewer=1):
    """Bare, bare again and recorded take turns in one process; repeated in several processes,
    because each has its own luck with addresses. FEWER: of so many rounds one is done."""
    def measure(bench):
        processes, rounds = (1, 100 // fewer) if bench.quick else (7, 400 // fewer)
        samples, server = [], []
        for _ in range(processes):
            lines = bench.run_recorded([bench.program("bench-calls"), "turns", case, rounds])
            columns = list(zip(*(map(float, line.split()) for line in lines.splitlines())))
            figures = [p10(column) for column in columns]
            samples.append(figures[:3])
            server.append(figures[3:])
            if bench.take_recorded() == 0:
                raise RuntimeError(f"{case}: nothing was recorded")
        rows = [ratio_row(what, "ns", samples, target)]
        if server[0][0]:
            rows.append(ratio_row("  of it the server's part", "ns", server))
        return rows
    return measure


INSTRUCTIONS = (
    # case, what, few, many, many when quick, most that may be added
    # 15 for each call (contracts.p10_hot_path), and a stack in one of 128.
    ("recv", "recv, 64 bytes", 1_000, 101_000, 11_000, 27),
    ("read", "read, 64 bytes", 1_000, 101_000, 11_000, 27),
    ("send", "send, 64 bytes", 1_000, 101_000, 11_000, 27),
    ("write", "write, 64 bytes", 1_000, 101_000, 11_000, 27),
    ("recv-eagain", "recv, EAGAIN", 1_000, 101_000, 11_000, None),
    ("connection-8", "connection, event loop, 8 frames", 1_000, 11_000, 3_000, None),
    ("connection-20", "connection, event loop, 20 frames", 1_000, 11_000, 3_000, None),
    ("served-8", "connection, a request and its reply, 8 frames", 1_000, 11_000, 3_000, None),
    ("uses-8", "  of it the first uses", 1_000, 11_000, 3_000, None),
)


def instructions(bench):
    """User instructions by callgrind: of MANY calls minus of FEW, so that nothing else is in it."""
    valgrind = find_program("valgrind")
    out = bench.folder / "callgrind.out"

    def run(case, calls, times):
        bench.run_recorded([valgrind, "--tool=callgrind", f"--callgrind-out-file={out}",
                            bench.program("bench-calls"), "once", case, calls, times])

    def count(case, calls, times):
        run(case, calls, times)
        return int(re.search(r"^totals: (\d+)", out.read_text(), re.MULTILINE).group(1))

    def count_within(name, case, times):
        """What functions of this NAME took, with what they called."""
        run(case, "recorded", times)
        listed = bench.run([find_program("callgrind_annotate"), "--inclusive=yes", "--auto=no",
                            "--threshold=100", out])
        return sum(int(figure.replace(",", "")) for figure in
                   re.findall(rf"^ *([\d,]+) .*\.c:{name}\w* \[", listed, re.MULTILINE))

    for case, what, few, many, many_when_quick, bound in INSTRUCTIONS:
        many = many_when_quick if bench.quick else many
        bare, recorded = ((count(case, calls, many) - count(case, calls, few)) / (many - few)
                          for calls in ("bare", "recorded"))
        added = recorded - bare
        yield Row(what, "instructions", bare=f"{bare:.1f}", recorded=f"{recorded:.1f}",
                  difference=f"+ {added:.1f}", target=f"+ {bound}" if bound else "",
                  met=added <= bound if bound else None)
    few, many = 1_000, 3_000 if bench.quick else 11_000
    added = (count_within("next_call_", "connection-8", many) -
             count_within("next_call_", "connection-8", few)) / (many - few)
    yield Row("connection: what came next", "instructions", difference=f"+ {added:.1f}")


KERNEL_NAMES = {"recv": "recvfrom", "send": "sendto"}
AT_MOST = {"accept4": 1, "socket": 1, "recv: first EOF": 1, "recv: 64 bytes": 0,
           "send: 64 bytes": 0, "recv: EAGAIN": 0}
STEPS = 100


def system_calls(bench):
    """All system calls of each step of STEPS connections, without the program's own."""
    trace = bench.folder / "strace"
    preload = [word for name, value in bench.recorder_environment().items()
               for word in ("-E", f"{name}={value}")]
    bench.run([find_program("strace"), "-f", "-o", trace, *preload,
               bench.program("bench-calls"), "steps", STEPS])
    steps, step = {}, ""
    for line in trace.read_text().splitlines():
        mark = re.search(r'access\("/bench-step/(.*)", F_OK', line)
        call = re.match(r"\d+ +(\w+)\(", line)
        if mark:
            step = mark.group(1)
            steps[step] = collections.Counter()  # the second pass, the warm one, is what counts
        elif call and step:
            steps[step][call.group(1)] += 1
    for step, calls in steps.items():
        if step in ("", "warm"):
            continue
        own = step.split(":")[0]
        calls[KERNEL_NAMES.get(own, own)] -= STEPS
        ours = {name: count / STEPS for name, count in calls.items() if count}
        added = sum(ours.values())
        bound = AT_MOST.get(step)
        yield Row(step, "system calls", bare="1", recorded=f"{1 + added:g}",
                  difference=f"+ {added:g} {' '.join(ours)}".strip(),
                  target="" if bound is None else f"+ {bound}",
                  met=None if bound is None else added <= bound)
