# SPDX-License-Identifier: MIT
"""check_includes.py: who may include whom. The folders of the analyzer are stages; each includes
those above it in STAGES only. The recorder includes nothing of the analyzer, and the analyzer of the
recorder only its folder recording/."""
import os
import re
import sys

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

STAGES = ["base", "kernel_view", "recordings", "sockets", "rules", "symbolize", "call_sites",
          "report", "render", "scan", "options", "observer", "launch", "watch", "verbs"]


def sources(folder):
    for path, _, names in os.walk(os.path.join(TOP, folder)):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".S", ".def")):
                with open(os.path.join(path, name)) as file:
                    yield os.path.relpath(os.path.join(path, name), TOP), file.read()


def may_include(stage, included):
    parts = included.split("/")
    if parts[0] == "preload":
        return included.startswith("preload/recording/")
    return (len(parts) == 3 and parts[1] in STAGES and
            (stage is None or STAGES.index(parts[1]) <= STAGES.index(stage)))


def main():
    wrong = []
    for name, text in sources("analyzer"):
        stage = name.split("/")[1] if name.count("/") == 2 else None
        if stage is not None and stage not in STAGES:
            wrong.append("%s lies in no stage" % name)
            continue
        wrong += ["%s includes %s" % (name, included)
                  for included in re.findall(r'#include "([^"]+)"', text)
                  if not may_include(stage, included)]
    wrong += ["%s includes %s" % (name, included) for name, text in sources("preload")
              for included in re.findall(r'#include "(analyzer/[^"]+)"', text)]
    if wrong:
        sys.exit("\n".join(wrong))


main()
