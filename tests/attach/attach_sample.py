# SPDX-License-Identifier: MIT
"""attach_sample.py NAME [--fixed]: a sample without the recorder in it, attached to before its
traffic, is reported as if the recorder had been there (tests/end_to_end/expected.py)."""
import os
import sys
import threading

import attaching
import commands
import expected
import run_sample


def end_when_observed(name, program, recordings):
    """Ends the sample once a live report has as many findings as there must be."""
    counts = sorted(finding["count"] for finding in expected.SAMPLES[name])
    options = expected.REPORT_OPTIONS.get(name, [])

    def all_told():
        document = commands.report(recordings, *options)[1]
        return document and sorted(leak["count"] for leak in document["leaks"]) == counts

    try:
        commands.wait_for("a live report with findings", all_told)
        # What the live report saw is not kept: finleak's own samples see it as well by then.
        for _ in range(3):
            before = commands.observations(recordings)
            commands.wait_for("a sample", lambda: commands.observations(recordings) - before)
    except AssertionError as error:
        print(error)
    program.end()


def attach(name, fixed, recordings, output):
    """Runs the sample; returns the status of `finleak attach`."""
    held = name in expected.OBSERVED and not fixed
    command = [*commands.sample_command(name, fixed), "--self-test", str(expected.VISITS)]
    options = ["-f", "json", "-o", output, "-d", recordings, "-e", "99",
               *[o for o in expected.OPTIONS.get(name, []) if not o.startswith("--wait")],
               *expected.REPORT_OPTIONS.get(name, [])]

    with attaching.Program(command + ["--hold"] * held) as program:
        with attaching.Attached([program.pid], *options) as attached:
            reader = threading.Thread(target=program.process.stdout.read)
            reader.start()
            program.go()
            if held:
                end_when_observed(name, program, recordings)
            status = attached.wait()
            reader.join()
            sys.stdout.write(attached.out + attached.err)
    return status


def main(name, fixed):
    os.chdir(commands.SOURCES)
    gates = not fixed and any(f.get("verdict", "leak") == "leak" for f in expected.SAMPLES[name])
    if name in expected.USES_RING:
        commands.needs_io_uring()
    with commands.folder() as work:
        recordings, output = os.path.join(work, "recordings"), os.path.join(work, "report.json")
        status = attach(name, fixed, recordings, output)
        if not os.path.exists(output):
            sys.exit("no report; finleak's status is %d" % status)
        document = commands.load_report(output)
        commands.check_schema(document)
        wrong = run_sample.check_processes(name, document)
        if status != (99 if gates else 0):
            wrong.append("status %d, expected %d" % (status, 99 if gates else 0))
        wrong += run_sample.check_fixed(name, document) if fixed else run_sample.check_leaky(
            name, document)
        run_sample.fail_if(wrong, document)


if __name__ == "__main__":
    main(sys.argv[1], "--fixed" in sys.argv[2:])
