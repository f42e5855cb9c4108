# SPDX-License-Identifier: MIT
"""check_faults.py NAME: runs one row of the tables in faults/, and holds the report against it.
check_faults.py --list prints the names of all rows.

A row whose name is in faults/known.py must fail: once it passes, its name has to go from there."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading

import report_layout
from faults import checks, peers
from faults.known import KNOWN, KNOWN_RACES
from faults.tables import ROWS

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults", "programs")
LEAKS_FOUND = 99
SIGNALS = {"forwarded": signal.SIGTERM, "terminated": signal.SIGTERM,
           "interrupted": signal.SIGINT, "killed": signal.SIGKILL}
# Words that name no program of ours. Ours must have been built, but for those in C++.
INTERPRETERS = {"java", "node", "perl", "php", "python3", "ruby", "rustc", "sh"}
IN_CPP = {"raii"}
DISK_SIZE = 16 << 20
MIN_HELD_MS = 100
SANE = 1 << 40  # a sum above this has been below 0


class Skip(Exception):
    """The row can't be tried here; says why."""


class Run:
    """What came of a row's program: documents, statuses, what was printed."""

    def __init__(self, row, work):
        self.row = row
        self.recordings = os.path.join(work, "recordings")
        self.output = os.path.join(work, "report.json")
        self.command = []         # the program's, not recorded
        self.environment = {}     # ... and its environment, recorded
        self.document = None      # the report as JSON
        self.lines = ""           # ... and as text
        self.text = ""            # ... with a blank for each run of blanks and ends of lines
        self.program_status = None
        self.gate_status = None   # with --error-exitcode
        self.printed = ""
        self.errors = ""


def find_program(word):
    if word == "python3":
        return sys.executable  # what comes first on the PATH may be a shell script
    if word not in INTERPRETERS | IN_CPP:
        return os.path.join(os.environ["FINLEAK_FAULTS"], word)
    found = shutil.which(word, path=os.environ["FINLEAK_FAULTS"] + ":" + os.environ["PATH"])
    if not found:
        raise Skip("no %s" % word)
    return found


def compile_rust(source, work):
    program = os.path.join(work, "program")
    subprocess.run([find_program("rustc"), "-g", "-o", program, source], check=True,
                   timeout=commands.PATIENCE)
    return program


def command_line(row, work):
    values = {"programs": HERE, "disk": os.path.join(work, "recordings")}
    if row.peer:
        values["port"] = peers.serve(row.peer)
    if row.before:
        before = [find_program(row.before[0]),
                  *(word.format(**values) for word in row.before[1:])]
        values["before"] = subprocess.run(before, stdout=subprocess.PIPE, text=True, check=True,
                                          timeout=commands.PATIENCE).stdout.strip()
    program, *arguments = row.program
    if program == "rustc":
        return [compile_rust(arguments[0].format(**values), work)]
    script = ["-B"] if program == "python3" else []
    return [find_program(program), *script, *(word.format(**values) for word in arguments)]


def status_of(process):
    """As a shell has it: 128 and more stands for a signal."""
    status = process.wait()
    return 128 - status if status < 0 else status


def finish(run, process):
    """Lets PROCESS come to its end in the way of the row. Returns its status."""
    lines = []
    hangs = threading.Timer(commands.PATIENCE, os.killpg, (process.process.pid, signal.SIGKILL))
    hangs.start()
    for line in process.process.stdout:
        lines.append(line)
        ready = re.match(r"ready (\d+)$", line)
        if ready and run.row.ends != "itself":
            pid = process.process.pid if run.row.ends == "forwarded" else int(ready.group(1))
            os.kill(pid, SIGNALS[run.row.ends])
    status = status_of(process)
    hangs.cancel()
    run.printed = "".join(lines)
    run.errors += process.process.stderr.read()
    return status


def record(run, command):
    row = run.row
    run.command = command
    run.environment = commands.environment(LD_PRELOAD=os.environ["FINLEAK_LIBRARY"],
                                           FINLEAK_OPTIONS="recordings=" + run.recordings)
    if row.recorder == "run":
        command = [commands.FINLEAK, "run", "-f", "json", "-o", run.output, "-d", run.recordings,
                   "-e", str(LEAKS_FOUND), "--min-held=100ms", *row.options, "--", *command]
        environment = commands.environment()
    else:
        environment = run.environment
    with commands.Server(command, env=environment) as process:
        status = finish(run, process)
    if row.recorder == "run":
        run.gate_status = status
        if os.path.exists(run.output):
            run.document = commands.load_report(run.output)
    else:
        run.program_status = status
        run.gate_status, run.document, errors = commands.report(
            run.recordings, "-e", str(LEAKS_FOUND), "--min-held=100ms", *row.options)
        run.errors += errors
    done = commands.finleak("report", "--color=never", "--min-held=100ms", *row.options,
                            run.recordings)
    run.lines = done.stdout
    run.text = " ".join(done.stdout.split())


def totals(document):
    return sorted((leak["class"], leak["reason"] or "", leak["verdict"], leak["count"])
                  for leak in document["leaks"])


def check_agreement(run):
    """`finleak report` finds in the recordings what `finleak run` has found."""
    if run.row.recorder != "run":
        return []
    _, again, errors = commands.report(run.recordings, "--min-held=100ms", *run.row.options)
    if again is None:
        return ["no report on the recordings: " + errors]
    if totals(again) != totals(run.document):
        return ["finleak report: %r, finleak run: %r" % (totals(again), totals(run.document))]
    return []


def functions(frames):
    # C++ names come with their namespace and parameters.
    return [(frame["function"] or "?").split("(anonymous namespace)::")[-1].split("(")[0]
            for frame in frames]


def mismatches(leak, finding):
    """Why LEAK of a report is not what FINDING says; empty where it is."""
    wrong = []

    def expect(what, value, expected):
        if expected is not None and value != expected:
            wrong.append("%s is %r, not %r" % (what, value, expected))

    expect("class", leak["class"], finding.class_name)
    expect("reason", leak["reason"], finding.reason)
    expect("verdict", leak["verdict"], finding.verdict)
    expect("count", leak["count"], finding.count)
    expect("site", functions([leak["site"]])[0] if leak["site"] else None, finding.site)
    for name, place in finding.stacks.items():
        if place not in [function.split("::")[-1]
                         for function in functions(leak["stacks"].get(name, []))]:
            wrong.append("stack %s is %r, without %s()" % (
                name, functions(leak["stacks"].get(name, [])), place))
    siblings = leak["siblings"]
    expect("siblings closed", siblings["closed_here"], finding.closed_here)
    places = functions(closed["site"] for closed in siblings["closed_at"] if closed["site"])
    if finding.closed_at and finding.closed_at not in places:
        wrong.append("siblings were closed at %r, not %s()" % (places, finding.closed_at))
    if finding.fix and not re.search(finding.fix, leak["fix"]):
        wrong.append("the advice is %r, without %r" % (leak["fix"], finding.fix))
    return wrong


def check_findings(run):
    wrong = []
    leaks = list(run.document["leaks"])
    for finding in run.row.findings:
        if not leaks:
            wrong.append("no finding %r" % (finding,))
            continue
        nearest = min(leaks, key=lambda leak: len(mismatches(leak, finding)))
        wrong += ["%s: %s" % (finding.class_name, text) for text in mismatches(nearest, finding)]
        leaks.remove(nearest)
    wrong += ["one finding too many: %(class)s (%(reason)s), %(verdict)s, %(count)d" % leak
              for leak in leaks]
    return wrong


def check_times(run):
    """A leak has lasted as long as its reason says."""
    options = [option for option in run.row.options if option.startswith("--min-held=")]
    if run.row.blind_spots or options or "--strict" in run.row.options:
        return []
    return ["%s: held for %g ms" % (leak["class"], socket["held_ms"])
            for leak in run.document["leaks"] if leak["verdict"] == "leak"
            for socket in leak["sockets"] if not socket["held_ms"] >= MIN_HELD_MS]


def check_processes(run):
    """Nothing lost, nothing unseen, sums that hold."""
    wrong = []
    processes = run.document["processes"]
    if run.row.processes not in (None, len(processes)):
        wrong.append("%d processes, not %d" % (len(processes), run.row.processes))
    spots = [spot for process in processes for spot in process["blind_spots"]]
    if run.row.blind_spots is None:
        wrong += ["blind spot: " + spot for spot in spots]
        if run.document["summary"]["lost"]:
            wrong.append("%d lost" % run.document["summary"]["lost"])
    elif not any(re.search(run.row.blind_spots, spot) for spot in spots):
        wrong.append("no blind spot matches %r: %r" % (run.row.blind_spots, spots))
    for process in processes:
        wrong += ["%s: %d" % (key, process[key]) for key in ("opened", "closed", "open_at_end")
                  if not 0 <= process[key] < SANE]
    return wrong


def check_status(run):
    row = run.row
    ended = {"killed": 128 + signal.SIGKILL}.get(row.ends, row.status)
    gate = LEAKS_FOUND if any(f.verdict == "leak" for f in row.findings) else 0
    wrong = []
    if 77 in (run.gate_status, run.program_status):
        raise Skip("the program says that it can't be tried here")
    if row.recorder == "run":
        expected = ended or gate
        if run.gate_status != expected:
            wrong.append("finleak run: status %d, not %d" % (run.gate_status, expected))
        return wrong
    if run.program_status != ended:
        wrong.append("the program's status is %d, not %d" % (run.program_status, ended))
    if row.is_judged and row.blind_spots is None and run.gate_status != gate:
        wrong.append("finleak report: status %d, not %d" % (run.gate_status, gate))
    return wrong


def check_text(run):
    wrong = ["the layout: " + what for what in report_layout.problems(
        run.lines, "--full-stacks" in run.row.options)]
    wrong += ["the text does not match %r:\n%s" % (pattern, run.text)
             for pattern in run.row.says if not re.search(pattern, run.text)]
    return wrong + ["the text matches %r:\n%s" % (pattern, run.text)
                    for pattern in run.row.never_says if re.search(pattern, run.text)]


def problems(row):
    """Tries ROW; returns what is not right, one text each."""
    with commands.folder() as work, contextlib.ExitStack() as undo:
        run = Run(row, work)
        if row.full_disk:
            undo.enter_context(checks.small_disk(run.recordings, DISK_SIZE))
        record(run, command_line(row, work))
        wrong = check_status(run)
        if row.output is not None and not re.search(row.output, run.printed):
            wrong.append("printed %r, nothing that matches %r" % (run.printed, row.output))
        if row.check:
            wrong += getattr(checks, row.check)(run)
        if not row.is_judged:
            return wrong
        if run.document is None:
            return wrong + ["no report: " + run.errors]
        commands.check_schema(run.document)
        wrong += check_findings(run) + check_times(run) + check_agreement(run)
        wrong += check_processes(run) + check_text(run)
        if wrong:
            wrong += ["--- as text: " + run.text, "--- stderr: " + run.errors]
        return wrong


def main(name):
    row = next(row for row in ROWS if row.name == name)
    try:
        wrong = problems(row)
    except (Skip, checks.Skip) as reason:
        print("skipped: %s" % reason)
        sys.exit(commands.SKIPPED)
    except AssertionError as error:
        wrong = [str(error)]
    if wrong:
        print("right: %s\nwrong:\n  %s" % (row.right, "\n  ".join(wrong)))
    if name in KNOWN + KNOWN_RACES:
        if not wrong and name in KNOWN:
            sys.exit("%s passes: remove it from KNOWN in faults/known.py" % name)
        print("known: fault %s%s" % (row.letter, "" if wrong else ", which did not show itself"))
    elif wrong:
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        print("\n".join(row.name for row in ROWS))
    else:
        import commands
        main(sys.argv[1])
