# SPDX-License-Identifier: MIT
"""run_static.py NAME COMPILER: a sample that is linked statically, which nothing can be preloaded
into, is reported by `finleak run` as if it were dynamic (tests/end_to_end/expected.py)."""
import os
import subprocess
import sys

import attaching
import commands
import expected
import run_sample


def build(name, compiler, folder):
    commands.needs(compiler)
    program = os.path.join(folder, name)
    sources = [os.path.join(commands.SOURCES, file) for file in (name + ".c", "traffic.c")]
    built = subprocess.run([compiler, "-static", "-g", "-O2", "-D_GNU_SOURCE",
                            "-I", os.path.dirname(commands.SOURCES), "-pthread", *sources,
                            "-o", program], stderr=subprocess.PIPE, text=True)
    if built.returncode:
        print("skipped: %s links nothing statically: %s" % (compiler, built.stderr))
        sys.exit(commands.SKIPPED)
    return program


def main(name, compiler):
    os.chdir(commands.SOURCES)
    with commands.folder() as work:
        program = build(name, compiler, work)
        recordings, output = os.path.join(work, "recordings"), os.path.join(work, "report.json")
        done = commands.finleak("run", "-f", "json", "-o", output, "-d", recordings, "-e", "99",
                                "--recorder=kernel", "--", program)
        sys.stdout.write(done.stdout + done.stderr)
        if any(refusal in done.stderr for refusal in attaching.REFUSALS):
            sys.exit(commands.SKIPPED)
        document = commands.load_report(output)
        commands.check_schema(document)
        wrong = run_sample.check_processes(name, document) + run_sample.check_leaky(name, document)
        if done.returncode != 99:
            wrong.append("status %d, expected 99" % done.returncode)
        # Which recorder it is is found out.
        chosen = commands.finleak("run", "-d", recordings + ".chosen", "--", program)
        if "recording from the kernel" not in chosen.stderr:
            wrong.append("by itself finleak did not record from the kernel: " + chosen.stderr)
        run_sample.fail_if(wrong, document)


if __name__ == "__main__":
    main(*sys.argv[1:])
