# SPDX-License-Identifier: MIT
"""check_classes.py FINLEAK: docs/CLASSES.md has a section for each class and each reason that the
tables of the analyzer have, and its table has the reasons of each class."""
import os
import re
import subprocess
import sys

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def explain(finleak, *arguments):
    return subprocess.run([finleak, "explain", *arguments], stdout=subprocess.PIPE, check=True,
                          universal_newlines=True).stdout


def classes(finleak):
    # A long line goes on further in.
    listed = re.findall(r"^  \S.*", explain(finleak).split("\n\n")[0], re.M)
    return [line.split()[0] for line in listed]


def reasons(explanation):
    listed = re.search(r"^Reasons$(.*?)^\S", explanation, re.M | re.S)
    return set(re.findall(r"^  ([a-z-]+)$", listed.group(1), re.M)) if listed else set()


def main():
    finleak = sys.argv[1]
    with open(os.path.join(TOP, "docs", "CLASSES.md")) as file:
        document = file.read()
    rows = {row[0]: set(re.findall(r"\(#([a-z-]+)\)", row[1]))
            for row in re.findall(r"^\| \[([a-z-]+)\]\(#[a-z-]+\)[^|]*\|([^|]*)\|", document, re.M)}
    anchors = set(re.findall(r"^##+ ([a-z-]+)$", document, re.M))
    wrong = ["no row of the table for %s" % name for name in classes(finleak) if name not in rows]
    wrong += ["the table has %s, which is no class" % name
              for name in rows if name not in classes(finleak)]
    for name in set(rows) & set(classes(finleak)):
        known = reasons(explain(finleak, name))
        if rows[name] != known:
            wrong.append("%s: the table has reasons %s, its rules %s" % (
                name, sorted(rows[name]), sorted(known)))
        wrong += ["no section for %s" % anchor for anchor in {name, *known} - anchors]
    if wrong:
        sys.exit("docs/CLASSES.md: " + "\n".join(sorted(set(wrong))))


main()
