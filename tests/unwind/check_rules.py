# SPDX-License-Identifier: MIT
"""check_rules.py PRINT_RULES LIBRARY...: each row of each function of whole libraries, as readelf
prints it (--debug-dump=frames-interp), held against the rule that our unwinder works out.

When it fails: `readelf -wF LIBRARY` shows the function's table, `readelf -wf LIBRARY` the program
that it is made from.
"""

import pathlib
import re
import subprocess
import sys

INTRICATE_MAX = 0.02  # of all rows: PLT stubs, some assembler
FRAME = re.compile(r"^[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)")
ROW = re.compile(r"^([0-9a-f]{16}) (\S+)\s+(.*)")


def rows(library):
    """(first address, address behind it, cfa, rbp, ra) of each row, as readelf spells them."""
    text = subprocess.run(["readelf", "-W", "--debug-dump=frames-interp", library],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=False).stdout  # it fails where debug information is kept apart
    end, columns, row, in_frames = None, [], None, True
    for line in text.splitlines():
        if line.startswith("Contents of the "):
            in_frames = ".eh_frame" in line  # what is in .debug_frame is for debuggers
        frame, found = FRAME.match(line), ROW.match(line)
        if not found and row:
            yield row[0], end, *row[1:]
            row = None
        if frame:
            end = int(frame.group(2), 16) if in_frames else None
        elif " CIE " in line:
            end = None
        elif line.split()[:1] == ["LOC"]:
            columns = line.split()[2:]
        elif found and end is not None:
            address = int(found.group(1), 16)
            # A register is written with its name behind it, sometimes twice: r10 (r10)
            rules = dict(zip(columns, re.sub(r" \(\w+\)", "", found.group(3)).split()))
            if row and address > row[0]:
                yield row[0], address, *row[1:]
            row = address, found.group(2), rules.get("rbp", "u"), rules.get("ra", "u")
    if row:
        yield row[0], end, *row[1:]


def allowed(cfa, rbp, ra):
    """The rules that are right for a row."""
    if ra == "u":
        return {"outermost 0 0"}
    intricate = {"intricate 0 0", "signal 0 0"}
    number = re.fullmatch(r"(rsp|rbp)([+-]\d+)", cfa)
    if cfa == "exp":
        return None  # readelf does not say which
    if ra != "c-8":  # only assembler that makes no call: vfork(), setcontext()
        return intricate | {"misleading 0 0"}
    if not number:
        return intricate
    saved = re.fullmatch(r"c([+-]\d+)", rbp)
    fps = [saved.group(1)] if saved else ["kept", "lost"] if rbp in "us" else []
    kind = "by_sp" if number.group(1) == "rsp" else "by_fp"
    if not fps:
        return intricate if rbp != "exp" else None
    return {f"{kind} {int(number.group(2))} {fp}" for fp in fps}


def check(print_rules, library):
    table = list(rows(library))
    asked = [address for first, end, *_ in table for address in (first, end - 1)]
    answers = subprocess.run([print_rules, library], input="\n".join(f"{a:x}" for a in asked),
                             stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    if len(answers) != len(asked):
        sys.exit(f"{library}: {len(asked)} questions, {len(answers)} answers")
    wrong = intricate = 0
    for i, (first, end, cfa, rbp, ra) in enumerate(table):
        for address, answer in zip((first, end - 1), answers[2 * i:2 * i + 2]):
            right = allowed(cfa, rbp, ra)
            intricate += answer.startswith("intricate")
            if right is not None and answer not in right:
                wrong += 1
                if wrong <= 10:
                    print(f"{library}: {address:#x}: {answer}, not {cfa} rbp={rbp} ra={ra}")
    print(f"{pathlib.Path(library).name}: {len(asked)} addresses, {intricate} left to libunwind, "
          f"{wrong} wrong")
    return wrong == 0 and len(table) > 10 and intricate <= INTRICATE_MAX * len(asked)


def main():
    print_rules, *libraries = sys.argv[1:]
    return 0 if all([check(print_rules, library) for library in libraries]) else 1


if __name__ == "__main__":
    sys.exit(main())
