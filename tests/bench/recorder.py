# SPDX-License-Identifier: MIT
"""What all cases share: programs under the recorder, percentiles, one row of the table."""

import dataclasses
import json
import os
import shutil
import statistics
import subprocess

SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


class Missing(Exception):
    """A case can't be measured here; says why."""


def find_program(name):
    path = shutil.which(name, path=SEARCH_PATH)
    if not path:
        raise Missing(f"there is no {name}")
    return path


def p10(values):
    """The 10th percentile: what it costs when nobody else is running."""
    return sorted(values)[len(values) // 10]


@dataclasses.dataclass
class Row:
    what: str
    unit: str
    bare: str = ""
    again: str = ""
    recorded: str = ""
    difference: str = ""
    target: str = ""
    met: object = None  # None: nothing was to be reached

    def cells(self):
        verdict = "" if self.met is None else "reached" if self.met else "MISSED"
        return (self.what, self.unit, self.bare, self.again, self.recorded, self.difference,
                self.target, verdict)


def figure(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def ratio_text(ratios):
    return f"x {statistics.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f})"


def ratio_row(what, unit, samples, target=None, met=None):
    """SAMPLES: (bare, bare again, recorded), measured side by side, several times."""
    again = [b / a for a, b, _ in samples]
    ratios = [r / a for a, _, r in samples]
    if target:
        met = statistics.median(ratios) <= target
    return Row(what, unit,
               bare=figure(statistics.median(a for a, _, _ in samples)), again=ratio_text(again),
               recorded=figure(statistics.median(r for _, _, r in samples)),
               difference=ratio_text(ratios),
               target=f"x {target}" if target else "", met=met)


class Bench:
    """One case: where its recordings go and how long it may take."""

    def __init__(self, build, folder, quick, rounds=None):
        self.folder = folder
        self.quick = quick
        self.rounds = rounds or (3 if quick else 15)  # of whole servers
        self.recordings = folder / "recordings"
        self.library = (build / "preload" / "libfinleak.so").resolve()
        self._finleak = build / "analyzer" / "finleak"
        self._programs = build / "tests" / "bench"
        folder.mkdir()

    def program(self, name):
        return str((self._programs / name).resolve())

    def bare_environment(self):
        """Ours, without what changes how programs run."""
        kept = {name: value for name, value in os.environ.items()
                if name not in ("LD_PRELOAD", "FINLEAK_OPTIONS") and "proxy" not in name.lower()}
        return {**kept, "PATH": SEARCH_PATH, "LC_ALL": "C"}

    def recorder_environment(self):
        return {"LD_PRELOAD": str(self.library),
                "FINLEAK_OPTIONS": f"recordings={self.recordings}"}

    def run(self, argv, environment=None):
        """Runs it to its end; its stdout."""
        done = subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False,
                              env={**self.bare_environment(), **(environment or {})})
        if done.returncode:
            raise RuntimeError(f"{argv} failed with {done.returncode}: {done.stderr}")
        return done.stdout

    def run_recorded(self, argv):
        return self.run(argv, self.recorder_environment())

    def take_recorded(self):
        """How many sockets the recordings made since the last call say were opened. A benchmark
        that recorded nothing, or lost something, has measured something else."""
        if not self.recordings.is_dir():
            return 0
        report = json.loads(self.run([self._finleak, "report", "--format=json", self.recordings]))
        if report["summary"]["lost"]:
            raise RuntimeError(f"the recorder lost something: {report['summary']}")
        shutil.rmtree(self.recordings)
        return sum(process["opened"] for process in report["processes"])
