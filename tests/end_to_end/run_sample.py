# SPDX-License-Identifier: MIT
"""run_sample.py NAME [--fixed | --built FILE]: runs one sample (or its fixed twin, or another build
of it) with its own peers under finleak and holds the report against expected.py."""
import os
import signal
import subprocess
import sys

import commands
import expected
import report_layout


def fail_if(wrong, document):
    if not wrong:
        return
    print("\n".join(wrong))
    print("the report's findings:")
    for leak in document["leaks"]:
        print("  %(class)s %(reason)s %(verdict)s count %(count)d" % leak)
        for name, stack in leak["stacks"].items():
            print("    %s: %s" % (name, " < ".join(
                "%s (%s:%s)" % (f["function"], os.path.basename(f["file"] or "?"), f["line"])
                for f in stack)))
        print("    siblings: %r" % leak["siblings"])
    sys.exit(1)


def is_at(frame, name, place):
    """Is FRAME in the function, file and line of PLACE = (function, marker)?"""
    function, marker = place
    named = frame.get("function") or ""
    # C++ names come with their namespace and parameters.
    named = named.split("(anonymous namespace)::")[-1].split("(")[0].split("::")[-1]
    # Those of Python come with their class.
    named = named.split(".")[-1]
    return (named == function and frame.get("line") == commands.marked_line(name, marker)[0] and
            os.path.realpath(frame.get("file") or "") ==
            os.path.realpath(commands.sample_source(name)))


def differences(name, leak, finding):
    """What of the reported LEAK is not as in FINDING."""
    wrong = []
    if finding.get("reason") and leak["reason"] != finding["reason"]:
        wrong.append("reason %r, expected %r" % (leak["reason"], finding["reason"]))
    if leak["verdict"] != finding.get("verdict", "leak"):
        wrong.append("verdict %r" % leak["verdict"])
    if leak["count"] != finding["count"]:
        wrong.append("count %d, expected %d" % (leak["count"], finding["count"]))
    if "site" in finding and not is_at(leak["site"] or {}, name, finding["site"]):
        wrong.append("site %r, expected %s at the line marked %s" % (leak["site"],
                                                                     *finding["site"]))
    for stack, place in finding.get("stacks", {}).items():
        if not any(is_at(frame, name, place) for frame in leak["stacks"].get(stack, [])):
            wrong.append("stack %s has no frame of %s at the line marked %s" % (stack, *place))
    for kernel in [(s["tcp_state"], s["receive_queue"]) for s in leak["sockets"]]:
        state, queue = finding.get("kernel", kernel)
        if kernel[0] != state or queue not in (None, kernel[1]):
            wrong.append("kernel %r, expected %r" % (kernel, finding["kernel"]))
    if "siblings" in finding:
        wrong += sibling_differences(name, leak["siblings"], *finding["siblings"])
    return ["%s: %s" % (leak["class"], text) for text in wrong]


def sibling_differences(name, siblings, ended, closed, closed_at):
    wrong = []
    if siblings["eof_here"] != ended or siblings["closed_here"] != closed:
        wrong.append("siblings: %d ended, %d closed; expected %d, %d" % (
            siblings["eof_here"], siblings["closed_here"], ended, closed))
    places = siblings["closed_at"]
    if closed_at and not any(p["count"] == closed and is_at(p["site"] or {}, name, closed_at)
                             for p in places):
        wrong.append("siblings: not %d closed in %s at the line marked %s" % (closed, *closed_at))
    if not closed and places:
        wrong.append("siblings: closed_at %r" % places)
    return wrong


# Where the recorder takes a stack from inside of libc's fork().
PLUMBING = {"__run_prefork_handlers", "__run_fork_handlers", "__libc_fork", "fork", "_Fork"}


def check_leaky(name, document):
    findings = expected.SAMPLES[name]
    wrong = []
    if len(document["leaks"]) != len(findings):
        wrong.append("%d findings, expected %d" % (len(document["leaks"]), len(findings)))
    for finding in findings:
        found = [leak for leak in document["leaks"] if leak["class"] == finding["class"]]
        if len(found) != 1:
            wrong.append("%d findings of class %s" % (len(found), finding["class"]))
        for leak in found:
            wrong += differences(name, leak, finding)
            wrong += ["stack %s begins in %s" % (stack, frames[0]["function"])
                      for stack, frames in leak["stacks"].items()
                      if frames[0]["function"] in PLUMBING]
    return wrong


def check_fixed(name, document):
    wrong = []
    if document["leaks"]:
        wrong.append("the fixed twin has findings")
    if name not in expected.NO_EOF and not any(p["eof"] for p in document["processes"]):
        wrong.append("no EOF was seen at all")
    if not any(p["closed"] for p in document["processes"]):
        wrong.append("no close was seen at all")
    return wrong


def check_processes(name, document):
    """Nothing lost, nothing unseen, and the books of each process agree."""
    wrong = []
    for process in document["processes"]:
        if process["blind_spots"] and name not in expected.USES_RING:
            wrong.append("pid %(pid)d: blind spots %(blind_spots)r" % process)
    if document["summary"]["lost"]:
        wrong.append("%d lost" % document["summary"]["lost"])
    return wrong


def quotes(shown, line):
    """Is SHOWN the marked source line, cut where it is too wide?"""
    marked, _, text = shown.partition(">")
    text = text.lstrip(" 0123456789")
    cut = text.rstrip("…")
    return not marked.strip() and len(cut) > 10 and (line == text or text != cut and line.startswith(cut))


def check_text(name, recordings):
    """The text report names the line, and quotes it."""
    done = commands.finleak("report", "--color=never",
                            *expected.REPORT_OPTIONS.get(name, []), recordings)
    wrong = [] if done.returncode == 0 else ["text report: status %d" % done.returncode]
    wrong += ["text report: " + what for what in report_layout.problems(done.stdout)]
    for finding in expected.SAMPLES[name]:
        # The advice may be broken into lines.
        for key in "fix", "says":
            if finding.get(key, "") not in " ".join(done.stdout.split()):
                wrong.append("text report: no %r" % finding[key])
        if finding["class"] not in done.stdout:
            wrong.append("text report: no %r" % finding["class"])
        if "site" not in finding:
            continue
        number, line = commands.marked_line(name, finding["site"][1])
        place = "%s:%d" % (os.path.basename(commands.sample_source(name)), number)
        for text in (place, finding["site"][0]):
            if text not in done.stdout:
                wrong.append("text report: no %r" % text)
        if not any(quotes(shown, line.strip()) for shown in done.stdout.splitlines()):
            wrong.append("text report: no %r" % line.strip())
    return [text + "\n" + done.stdout + done.stderr for text in wrong[:1]] + wrong[1:]


def run_until_observed(name, recordings, arguments):
    """Runs finleak and ends the sample once a live report has as many findings as there must be."""
    options = expected.REPORT_OPTIONS.get(name, [])
    counts = sorted(finding["count"] for finding in expected.SAMPLES[name])

    def all_told():
        document = commands.report(recordings, *options)[1]
        return document and sorted(leak["count"] for leak in document["leaks"]) == counts

    with subprocess.Popen([commands.FINLEAK, *arguments, "--hold"], text=True,
                          env=commands.environment(), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        try:
            commands.wait_for("a live report with findings", all_told)
            # Only who has not moved between two samples has a stack.
            for _ in range(2):
                commands.look(run, recordings)
        except AssertionError as error:
            print(error)
        out, err = run.communicate(timeout=commands.PATIENCE)
    return subprocess.CompletedProcess(arguments, run.returncode, out, err)


def main(name, fixed, built):
    # Java's names of sources begin at the package.
    os.chdir(commands.SOURCES)
    command = [os.path.join(commands.SAMPLES, built)] if built else commands.sample_command(name, fixed)
    options = expected.OPTIONS.get(name, []) + expected.REPORT_OPTIONS.get(name, [])
    if name in expected.USES_RING:
        commands.needs_io_uring()
    gates = not fixed and any(f.get("verdict", "leak") == "leak" for f in expected.SAMPLES[name])

    with commands.folder() as work:
        recordings = os.path.join(work, "recordings")
        output = os.path.join(work, "report.json")
        arguments = ["run", "-f", "json", "-o", output, "-d", recordings, "-e", "99", *options,
                     "--", *command, "--self-test", str(expected.VISITS)]
        if name in expected.OBSERVED and not fixed:
            done = run_until_observed(name, recordings, arguments)
        else:
            done = commands.finleak(*arguments)
        sys.stdout.write(done.stdout + done.stderr)
        if not os.path.exists(output):
            sys.exit("no report; finleak's status is %d" % done.returncode)
        document = commands.load_report(output)
        commands.check_schema(document)
        wrong = check_processes(name, document)
        status = -signal.SIGKILL if name in expected.KILLED else 99 if gates else 0
        if done.returncode != status:
            wrong.append("status %d, expected %d" % (done.returncode, status))
        wrong += check_fixed(name, document) if fixed else check_leaky(name, document)
        if not fixed:
            wrong += check_text(name, recordings)
        fail_if(wrong, document)


if __name__ == "__main__":
    main(sys.argv[1], "--fixed" in sys.argv[2:],
         sys.argv[3] if sys.argv[2:3] == ["--built"] else None)
