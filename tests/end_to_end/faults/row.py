# SPDX-License-Identifier: MIT
"""What one row of the tables holds: a program, how it ends, and what finleak must report of it."""
import dataclasses
from typing import Optional


@dataclasses.dataclass(frozen=True)
class Finding:
    """One finding that must be in the report. What is left at None may be anything.

    A place is the name of a function: for `site` that of the frame itself, for a stack that of any
    of its frames."""
    class_name: Optional[str]
    count: int
    site: Optional[str] = None
    reason: Optional[str] = None
    verdict: str = "leak"
    stacks: dict = dataclasses.field(default_factory=dict)
    closed_here: Optional[int] = None  # siblings
    closed_at: Optional[str] = None    # ... and where, one of the places
    fix: Optional[str] = None          # a regular expression that the advice must match


@dataclasses.dataclass(frozen=True)
class Row:
    """A program that is recorded, and what must come of it.

    name        the letter of the fault, and what is special
    right       why this is right, in one sentence
    program     the command line; the first word is a program of programs/ or an interpreter.
                "{programs}" is that folder
    findings    all findings that the report must have, no others; notes count with --all only
    ends        "itself" or what the runner does to the program once it has printed "ready":
                "forwarded": SIGTERM to `finleak run`, which forwards it
                "terminated": SIGTERM to the program, "interrupted": SIGINT
                "killed": SIGKILL
    recorder    "run": `finleak run`; "preload": LD_PRELOAD alone, then `finleak report`
    options     for `finleak run` and `finleak report`
    peer        which peer of peers.py the program gets; "{port}" in PROGRAM is its port
    before      a command that runs to its end, not recorded, before the program; what it prints
                takes the place of "{before}" in PROGRAM
    output      what the program must print
    status      how the program ends when it is not recorded
    processes   how many recordings there must be
    says        regular expressions that the text report must match, all of them
    never_says  and must not match
    blind_spots a regular expression: one blind spot must match; without it there must be none
    check       more to check: a function of checks.py
    is_judged   whether there must be a report
    full_disk   the recordings go to a small tmpfs, which the program fills; "{disk}" is its folder
    """
    name: str
    right: str
    program: tuple
    findings: tuple = ()
    ends: str = "itself"
    recorder: str = "run"
    options: tuple = ()
    peer: Optional[str] = None
    before: tuple = ()
    output: Optional[str] = None
    status: int = 0
    processes: Optional[int] = None
    says: tuple = ()
    never_says: tuple = ()
    blind_spots: Optional[str] = None
    check: Optional[str] = None
    is_judged: bool = True
    full_disk: bool = False

    @property
    def letter(self):
        return self.name.partition("_")[0]
