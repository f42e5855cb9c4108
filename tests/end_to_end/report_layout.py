# SPDX-License-Identifier: MIT
"""What every text report in a pipe must look like: 80 columns, the answer first, a line for logs last."""
import re

COLUMNS = 80
ABOVE_STACKS = 12

FINDING = re.compile(r"^\d+\. [a-z-]+(?: |:)")
STACK = re.compile(r"^  [A-Z][a-z A-Z]+ at$")
# How libc starts a process or a thread.
START = re.compile(r"^    #\d+ +(?:_start|__libc_start_\w+|start_thread|__?clone3?) ")


def problems(text, full_stacks=False):
    """What is not so in TEXT, one line each."""
    lines = text.splitlines()
    # The first and the last line are for logs: never broken.
    wrong = ["%d columns: %s" % (len(line), line) for line in lines[1:-1] if len(line) > COLUMNS]
    wrong += ["the start of a process is shown: " + line for line in lines
              if START.match(line) and not full_stacks]
    begin = None
    for number, line in enumerate(lines):
        if FINDING.match(line):
            begin = number
            if not any(further.startswith("   Fix: ") for further in lines[number:number + 7]):
                wrong.append("no advice on the first lines: " + line)
        elif STACK.match(line) and begin is not None:
            if number - 1 - begin > ABOVE_STACKS:
                wrong.append("%d lines above the stacks: %s" % (number - 1 - begin, lines[begin]))
            begin = None
    if not lines or not lines[-1].startswith("finleak: ") and len(lines) > 1:
        wrong.append("no summary on the last line")
    return wrong
