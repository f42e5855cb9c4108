# SPDX-License-Identifier: MIT
"""check_includes.py: what may include what.

The folders of analyzer/ are stages, those of preload/ are rooms: each includes itself and those
above it in its list. The recorder includes nothing of the analyzer, and the analyzer of the recorder
only its folder recording/, but for attach/ and script_stacks/. Inside a folder no modules include
each other in a circle; a module is NAME.h together with NAME.c.

What breaks this today is listed and may only become less: what is mended must leave the list."""
import os
import re
import sys

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

STAGES = ["base", "kernel_view", "recordings", "script_stacks", "sockets", "rules", "symbolize", "source", "call_sites",
          "gate", "settings", "report", "render", "pack", "scan", "options", "observer", "launch",
          "attach", "watch", "verbs"]
ROOMS = ["recording", "platform", "ledger", "unwind", "runtimes", "process", "events", "calls", "testing",
         "node"]
ORDER = {"analyzer": STAGES, "preload": ROOMS}

# The layouts of interpreters, for who reads a process from outside: nothing that runs in it.
SHARED_WITH_STACKS = ("preload/runtimes/script_merge.h",) + tuple(
    "preload/runtimes/python/python_%s.h" % name
    for name in ("frame", "layouts", "lines", "memory", "spelling", "version"))

# `finleak attach` is a second recorder: it writes by the ledger, and reads unwind information.
SHARED_WITH_ATTACH = ("preload/ledger/", "preload/unwind/unwind_entry.h",
                      "preload/unwind/unwind_program.h")

ALLOWED = {
    # The list of calls is data, which the table of real calls is made of.
    ("preload/platform/early_calls.S", "preload/calls/interposed_calls.def"),
    ("preload/platform/real_calls.c", "preload/calls/interposed_calls.def"),
    ("preload/platform/real_calls.h", "preload/calls/interposed_calls.def"),
    # Start and end of the recorder, as main() is in a program: they reach all rooms but calls/.
    ("preload/process/recorder.c", "preload/events/events.h"),
}
KNOWN_UPWARD = set()
KNOWN_CIRCLES = {}


def includes():
    """(file, included file), for each include of the two programs' own headers."""
    for program in ORDER:
        for path, _, names in os.walk(os.path.join(TOP, program)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".S", ".def")):
                    with open(os.path.join(path, name)) as file:
                        for included in re.findall(r'^#\s*include "([^"]+)"', file.read(), re.M):
                            yield os.path.relpath(os.path.join(path, name), TOP), included


def may_include(name, included):
    program, *folders = name.split("/")
    parts = included.split("/")
    if parts[0] != program:
        return program == "analyzer" and (included.startswith("preload/recording/") or (
            folders[0] == "attach" and included.startswith(SHARED_WITH_ATTACH)) or (
            folders[0] in ("attach", "script_stacks") and included in SHARED_WITH_STACKS))
    if len(folders) == 1:
        return True  # main.c, which is in no stage
    if folders[0] not in ORDER[program] or parts[1] not in ORDER[program]:
        return True  # which folders_without_place() says
    return ORDER[program].index(parts[1]) <= ORDER[program].index(folders[0])


def folders_without_place():
    return ["%s/%s/ is not in the order" % (program, name) for program in ORDER
            for name in sorted(os.listdir(os.path.join(TOP, program)))
            if os.path.isdir(os.path.join(TOP, program, name)) and name not in ORDER[program]]


def circles(edges):
    """The sets of nodes from which one can come back, by EDGES, to where one was; each sorted."""
    reached = {}
    for start in edges:
        seen, ahead = set(), [start]
        while ahead:
            for node in edges.get(ahead.pop(), ()):
                if node not in seen:
                    seen.add(node)
                    ahead.append(node)
        reached[start] = seen
    return {" ".join(sorted(other for other in seen if start in reached.get(other, ())))
            for start, seen in reached.items() if start in seen}


def circles_in_folders(pairs):
    edges = {}
    for name, included in pairs:
        folder = os.path.dirname(name)
        module, other = (os.path.splitext(os.path.basename(path))[0] for path in (name, included))
        if os.path.dirname(included) == folder and module != other:
            edges.setdefault(folder, {}).setdefault(module, set()).add(other)
    return {folder: circles(edges[folder]) for folder in edges}


def main():
    pairs = set(includes())
    upward = {pair for pair in pairs if not may_include(*pair)} - ALLOWED
    found = {(folder, circle) for folder, some in circles_in_folders(pairs).items()
             for circle in some}
    known = {(folder, circle) for folder, some in KNOWN_CIRCLES.items() for circle in some}
    wrong = folders_without_place()
    wrong += ["%s may not include %s" % pair for pair in sorted(upward - KNOWN_UPWARD)]
    wrong += ["%s: these include each other: %s" % pair for pair in sorted(found - known)]
    wrong += ["mended, take it out of KNOWN_UPWARD or ALLOWED: %s includes %s" % pair
              for pair in sorted((KNOWN_UPWARD - upward) | (ALLOWED - pairs))]
    wrong += ["mended, take it out of KNOWN_CIRCLES: %s: %s" % pair
              for pair in sorted(known - found)]
    if wrong:
        sys.exit("\n".join(wrong))


main()
