# SPDX-License-Identifier: MIT
"""How long finleak report takes and how much memory. Started by ./analyzer, which builds first."""

import argparse
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import big_programs
from recorder import Missing, find_program

MIB = 1 << 20


class Cost:
    """Of several runs of one command: wall time and user + system time (s), greatest memory."""

    def __init__(self):
        self.walls, self.cpus, self.memory = [], [], 0

    def run(self, argv, stdin=None, folder=None):
        source = subprocess.DEVNULL if stdin is None else open(stdin, "rb")
        begin = time.monotonic()
        child = subprocess.Popen([str(word) for word in argv], stdin=source, cwd=folder,
                                 stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})
        _, status, usage = os.wait4(child.pid, 0)
        self.walls.append(time.monotonic() - begin)
        child.returncode = os.waitstatus_to_exitcode(status)
        if stdin is not None:
            source.close()
        if child.returncode:
            raise RuntimeError(f"{argv} failed with {child.returncode}")
        self.cpus.append(usage.ru_utime + usage.ru_stime)
        self.memory = max(self.memory, usage.ru_maxrss * 1024)

    def cpu(self):
        """What is compared: all of these are single threads that read what is in memory, so on an
        idle machine it is the wall time, and on a busy one it is still their own."""
        return statistics.median(self.cpus)

    def text(self):
        return (f"CPU {self.cpu():5.2f} s ({min(self.cpus):.2f}-{max(self.cpus):.2f}), "
                f"wall {statistics.median(self.walls):5.2f} s, {self.memory / MIB:5.0f} MiB")


class Bench:
    def __init__(self, build, folder, kept, quick):
        self.folder, self.kept, self.quick = folder, kept, quick
        self.rounds = 3 if quick else 9
        self.finleak = (build / "analyzer" / "finleak").resolve()
        self.synthesize = (build / "tests" / "bench" / "bench-synthesize").resolve()
        self.symbolize_libdw = (build / "tests" / "bench" / "bench-symbolize-libdw").resolve()
        self.symbolize = (build / "tests" / "bench" / "bench-symbolize").resolve()

    def recordings(self, name, *numbers, module=None, addresses=None):
        folder = self.folder / name
        if not folder.is_dir():
            folder.mkdir()
            argv = [self.synthesize, folder, *numbers] + ([module] if module else [])
            with open(addresses or os.devnull, "rb") as stdin:
                subprocess.run([str(word) for word in argv], stdin=stdin, check=True)
        return folder

    def report(self, recordings, *options, rounds=None):
        cost = Cost()
        for _ in range(rounds or self.rounds):
            cost.run([self.finleak, "report", *options, recordings])
        return cost


def verdict(met):
    return "reached" if met else "MISSED"


def sockets(bench):
    folder = bench.recordings("sockets", 1, 1_000_000, 10_000, 20)
    cost = bench.report(folder)
    yield (f"1,000,000 sockets, 10,000 sites    {cost.text()}   to reach: 2 s, 1024 MiB: "
           f"{verdict(cost.cpu() <= 2 and cost.memory <= 1024 * MIB)}")
    cost = bench.report(folder, "-f", "json", rounds=3)
    yield (f"  as JSON                          {cost.text()}   to reach: 3 s, 1024 MiB: "
           f"{verdict(cost.cpu() <= 3 and cost.memory <= 1024 * MIB)}")
    shutil.rmtree(folder)


def recordings(bench):
    for sites in (10, 100):
        folder = bench.recordings(f"recordings-{sites}", 10_000, 10, sites, 20)
        cost = bench.report(folder)
        yield (f"10,000 recordings of {sites:3} sites    {cost.text()}   to reach: 10 s, 512 MiB: "
               f"{verdict(cost.cpu() <= 10 and cost.memory <= 512 * MIB)}")
        shutil.rmtree(folder)


def split(folder):
    return big_programs.cxx_program(folder, ("-g", "-gsplit-dwarf"))


PROGRAMS = {
    "C, DWARF 4": lambda folder: big_programs.c_program(folder, ("-g", "-gdwarf-4")),
    "C, DWARF 5": lambda folder: big_programs.c_program(folder, ("-g", "-gdwarf-5")),
    "C++, DWARF 4": lambda folder: big_programs.cxx_program(folder, ("-g", "-gdwarf-4")),
    "C++, DWARF 5": lambda folder: big_programs.cxx_program(folder, ("-g", "-gdwarf-5")),
    "C++, DWARF 5, dwz": lambda folder: big_programs.with_dwz(
        big_programs.cxx_program(folder, ("-g", "-gdwarf-5"))),
    "C++, DWARF 5, split": split,
    "Rust, DWARF 4": lambda folder: big_programs.rust_program(folder, 4),
    "Rust, DWARF 5": lambda folder: big_programs.rust_program(folder, 5),
}


def built(bench, name):
    """The program, compiled once for all runs of this command in this tree."""
    folder = bench.kept / name.replace(", ", "-").replace(" ", "").lower()
    program = folder / "program"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        PROGRAMS[name](folder)
        (folder / "complete").touch()
    return program


def addresses_of(bench, program, count, add=0):
    path = bench.folder / f"addresses-{count}-{add}"
    chosen = big_programs.sample_addresses(program, count)
    path.write_text("".join(f"{address + add:#x}\n" for address in chosen))
    return path


def debug_size(program):
    size = sum(map(big_programs.debug_info_size, program.parent.glob("*.dwo")))
    return size + big_programs.debug_info_size(program)


def spread(others, ours):
    """OTHERS' cost by OURS in the same round: median (least-most)."""
    ratios = [other / our for other, our in zip(others.cpus, ours.cpus)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def symbols(bench):
    llvm = find_program("llvm-symbolizer")
    version = subprocess.run([llvm, "--version"], capture_output=True, text=True, check=True).stdout
    yield "beside llvm-symbolizer " + next(
        (line.split()[-1] for line in version.splitlines() if "version" in line), "?")
    for name in PROGRAMS:
        try:
            program = built(bench, name)
        except Missing as reason:
            yield f"{name}: not measured: {reason}"
            continue
        for count in (1_000, 10_000):
            addresses = addresses_of(bench, program, count)
            ours, libdw, theirs = Cost(), Cost(), Cost()
            for _ in range(bench.rounds):
                ours.run([bench.symbolize, program], addresses, folder=program.parent)
                libdw.run([bench.symbolize_libdw, program], addresses, folder=program.parent)
                theirs.run([llvm, f"--obj={program}"], addresses, folder=program.parent)
            times = theirs.cpu() / ours.cpu()
            yield (f"{name:<18} {debug_size(program) / MIB:4.0f} MiB {count:6,} addresses  "
                   f"{ours.cpu() * 1e3:4.0f} ms {ours.memory / MIB:4.0f} MiB   "
                   f"by libdw's calls x {spread(libdw, ours)}   "
                   f"llvm {theirs.cpu() * 1e3:4.0f} ms {theirs.memory / MIB:4.0f} MiB   "
                   f"x {spread(theirs, ours)} {verdict(times >= 1.5 and ours.memory < theirs.memory)}")


def names(bench):
    program = built(bench, "C++, DWARF 4")
    for sites in (20, 1_000):
        folder = bench.recordings(f"names-{sites}", 1, 10_000, sites, 20, module=program,
                                  addresses=addresses_of(bench, program, 10_000, add=1))
        yield f"{sites:,} sites in C++".ljust(35) + bench.report(folder).text()


CASES = {"sockets": sockets, "recordings": recordings, "symbols": symbols, "names": names}


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/analyzer")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--list", action="store_true", help="only name the cases")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(CASES))
        return 0
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {' '.join(sorted(unknown))} (--list names them)")
    status = 0
    with tempfile.TemporaryDirectory(prefix="finleak-bench.") as folder:
        bench = Bench(arguments.build, pathlib.Path(folder),
                      (arguments.build / "programs").resolve(), arguments.quick)
        print(f"Linux {platform.release()}, {os.cpu_count()} CPUs, load average "
              f"{' '.join(f'{value:.2f}' for value in os.getloadavg())}; median (least-most) of "
              f"{bench.rounds} runs", flush=True)
        for name in arguments.cases or CASES:
            try:
                for line in CASES[name](bench):
                    print(line, flush=True)
            except Missing as reason:
                print(f"{name}: not measured: {reason}", flush=True)
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
