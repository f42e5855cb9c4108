# SPDX-License-Identifier: MIT
"""What one row of leaky_programs.py and more_leaky_programs.py says."""
import dataclasses
import sys

FORGOTTEN = 4


@dataclasses.dataclass(frozen=True)
class Leaky:
    """A program: gets a port of a server of HTTP that answers and closes as its last argument, or
    prints "port N" and serves itself; prints "ready"; ends when its input ends.

    class_name  of its leaks; "A or B", where it depends on how bytes come
    unseen      LD_PRELOAD alone can't see it, as no call of the program learns of the end; the
                report must say so
    build       the command that builds it, where it is not a script's
    parted      its one defect may be several findings, as frames of the interpreter differ
    modules     of Python that the program imports, where they may be missing
    words       what a client of a server sends to be forgotten, and to be closed
    packages    of npm that the program loads from FINLEAK_NODE_MODULES
    leaks       how many are left; 0: the program closes well
    fix         what the advice must say
    known       what finleak does not get right yet, by the way it ends; and why
    """
    name: str
    file: str
    command: tuple
    text: str
    class_name: str
    reasons: tuple = (None,)
    unseen: bool = False
    build: tuple = ()
    parted: bool = False
    modules: tuple = ()
    words: tuple = (b"forget\n", b"close\n")
    known: tuple = ()
    packages: tuple = ()
    leaks: int = FORGOTTEN
    fix: str = ""


READ = (None, "closed-at-exit")
UNREAD = ("data-unread", "not-polled", "closed-at-exit")
PYTHON = (sys.executable, "{file}")
