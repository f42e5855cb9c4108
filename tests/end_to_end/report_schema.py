# SPDX-License-Identifier: MIT
"""Holds a JSON report against the schema finleak-report/1: every key there, no other key, types,
and the sums that must agree. check() returns what is wrong, one line each."""

TCP_STATES = {
    "BOUND", "CLOSED", "CLOSING", "CLOSE_WAIT", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "IDLE",
    "LAST_ACK", "LISTEN", "SYN_RECEIVED", "SYN_SENT", "TIME_WAIT",
}
CLASSES = {
    "eof-unclosed", "fin-unread", "never-accepted", "duplicate-held", "held-elsewhere",
    "shutdown-unclosed", "error-unclosed", "connect-unclosed", "late-close", "exit-unclosed",
}
VERDICTS = {"leak", "warning", "note"}
STATES = {"running", "exited", "killed", "execed"}
LIBFINLEAK = "libfinleak.so"

NUMBER = (int, float)
TEXT_OR_NULL = (str, type(None))
INT_OR_NULL = (int, type(None))
NUMBER_OR_NULL = (int, float, type(None))

REPORT = {"schema": str, "version": str, "summary": dict, "processes": list, "leaks": list}
SUMMARY = {
    "leaked_sockets": int, "leak_sites": int, "processes": int, "by_class": dict,
    "suppressed": int, "baselined": int, "lost": int, "headline": str,
}
PROCESS = {
    "pid": int, "parent_pid": int, "executable": str, "command": str, "state": str,
    # None: nobody saw the end of a process that was killed.
    "duration_ms": NUMBER_OR_NULL, "opened": int, "eof": int, "closed": int, "open_at_end": int,
    "descriptor_limit": int, "tcp_states": dict, "blind_spots": list,
    "census_ms": NUMBER_OR_NULL, "unowned_sockets": dict, "time_wait_unattributed": INT_OR_NULL,
    "tuning": list, "descriptors": INT_OR_NULL, "leaked": int,
    "leaks_per_minute": NUMBER_OR_NULL, "exhausted_in_ms": NUMBER_OR_NULL,
}
LEAK = {
    "id": str, "class": str, "reason": TEXT_OR_NULL, "verdict": str, "count": int,
    "site": (dict, type(None)), "stacks": dict, "because": dict, "siblings": dict,
    "headline": str, "details": list, "fix": str, "sockets": list,
}
BECAUSE = {"rule": str, "facts": list}
SIBLINGS = {"eof_here": int, "closed_here": int, "closed_at": list}
CLOSED_AT = {"site": (dict, type(None)), "count": int, "median_held_ms": NUMBER}
SOCKET = {
    "pid": int, "fd": INT_OR_NULL, "cookie": (int, str), "local": TEXT_OR_NULL,
    "peer": TEXT_OR_NULL, "tcp_state": TEXT_OR_NULL, "receive_queue": INT_OR_NULL,
    "thread": INT_OR_NULL, "opened_at": TEXT_OR_NULL, "opened_ms": NUMBER_OR_NULL, "eof_ms": NUMBER_OR_NULL, "eof_reads": int,
    "held_ms": NUMBER_OR_NULL, "holders": list, "epoll": list,
}
# Of what only a recorder sees, `finleak scan` knows nothing.
SCANNED_PROCESS = {**PROCESS, **dict.fromkeys(("opened", "eof", "closed"), type(None)),
                   "executable": TEXT_OR_NULL}
SCANNED_SOCKET = {**SOCKET, "eof_reads": type(None), "cookie": INT_OR_NULL}
LISTENER = {"local": str, "pid": int, "fd": INT_OR_NULL, "queued": int, "queue_maximum": int,
            "last_accept_ms": NUMBER_OR_NULL, "accepting_thread": TEXT_OR_NULL}
INTEREST = {"pid": int, "fd": int, "events": str}
HOLDER = {"pid": int, "fd": INT_OR_NULL}
OUTSIDER = {**HOLDER, "command": str}  # a program that was not recorded
FRAME = {
    "function": TEXT_OR_NULL, "file": TEXT_OR_NULL, "line": INT_OR_NULL, "inlined": bool,
    "module": TEXT_OR_NULL, "build_id": TEXT_OR_NULL, "offset": (int, str),
}


def check_object(where, value, keys, wrong):
    """Is VALUE an object with exactly KEYS (name: type or types)?"""
    if not isinstance(value, dict):
        wrong.append("%s: %r is no object" % (where, value))
        return False
    for key in sorted(keys.keys() - value.keys()):
        wrong.append("%s: no %r" % (where, key))
    for key in sorted(value.keys() - keys.keys()):
        wrong.append("%s: unknown key %r" % (where, key))
    for key in keys.keys() & value.keys():
        allowed = keys[key] if isinstance(keys[key], tuple) else (keys[key],)
        # In Python a bool is an int.
        if type(value[key]) not in allowed:
            wrong.append("%s.%s: %r is of the wrong type" % (where, key, value[key]))
            return False
    return keys.keys() <= value.keys()


def check_one_of(where, value, allowed, wrong):
    if value not in allowed:
        wrong.append("%s: %r is none of %s" % (where, value, ", ".join(sorted(allowed))))


def check_equal(where, value, expected, wrong):
    if value != expected:
        wrong.append("%s: %r, should be %r" % (where, value, expected))


def check_frame(where, frame, wrong):
    if not check_object(where, frame, FRAME, wrong):
        return
    if LIBFINLEAK in (frame["module"] or ""):
        wrong.append("%s: a frame of libfinleak itself" % where)
    if frame["line"] is not None and frame["line"] < 0:
        wrong.append("%s.line: %d" % (where, frame["line"]))


def check_process(where, process, wrong, scanned):
    if not check_object(where, process, SCANNED_PROCESS if scanned else PROCESS, wrong):
        return
    check_one_of(where + ".state", process["state"], STATES, wrong)
    check_equal(where + ".tcp_states", set(process["tcp_states"]), TCP_STATES, wrong)
    for name, count in process["tcp_states"].items():
        if type(count) is not int or count < 0:
            wrong.append("%s.tcp_states.%s: %r" % (where, name, count))
    for name, count in process["unowned_sockets"].items():
        if not 0 < count <= process["tcp_states"].get(name, 0):
            wrong.append("%s.unowned_sockets.%s: %r" % (where, name, count))
    for key in "blind_spots", "tuning":
        for text in process[key]:
            if not isinstance(text, str):
                wrong.append("%s.%s: %r" % (where, key, text))


def check_siblings(where, siblings, wrong):
    if not check_object(where, siblings, SIBLINGS, wrong):
        return
    if siblings["closed_here"] > siblings["eof_here"]:
        wrong.append("%s: more closed than ended" % where)
    for i, closed in enumerate(siblings["closed_at"]):
        here = "%s.closed_at[%d]" % (where, i)
        if check_object(here, closed, CLOSED_AT, wrong) and closed["site"] is not None:
            check_frame(here + ".site", closed["site"], wrong)


def check_leak(where, leak, wrong, scanned):
    listens = leak.get("class") == "never-accepted"
    if not check_object(where, leak, {**LEAK, "listener": dict} if listens else LEAK, wrong):
        return
    check_one_of(where + ".class", leak["class"], CLASSES, wrong)
    check_one_of(where + ".verdict", leak["verdict"], VERDICTS, wrong)
    if leak["site"] is not None:
        check_frame(where + ".site", leak["site"], wrong)
    for name, stack in leak["stacks"].items():
        for i, frame in enumerate(stack):
            check_frame("%s.stacks.%s[%d]" % (where, name, i), frame, wrong)
    if leak["site"] and leak["site"] not in [f for s in leak["stacks"].values() for f in s]:
        wrong.append("%s.site: not a frame of its stacks" % where)
    if check_object(where + ".because", leak["because"], BECAUSE, wrong) and \
            not (leak["because"]["facts"] and all(leak["because"]["facts"])):
        wrong.append("%s.because: no facts" % where)
    check_siblings(where + ".siblings", leak["siblings"], wrong)
    if listens:
        check_object(where + ".listener", leak["listener"], LISTENER, wrong)
    if not leak["fix"]:
        wrong.append("%s.fix: empty" % where)
    # Of what was closed in the end there may be no more than its count.
    least = 0 if leak["reason"] == "closed-at-exit" else 1
    if leak["verdict"] == "leak" and not least <= len(leak["sockets"]) <= leak["count"]:
        wrong.append("%s: count %d, %d sockets" % (where, leak["count"], len(leak["sockets"])))
    for i, socket in enumerate(leak["sockets"]):
        here = "%s.sockets[%d]" % (where, i)
        if not check_object(here, socket, SCANNED_SOCKET if scanned else SOCKET, wrong):
            continue
        for interest in socket["epoll"]:
            check_object(here + ".epoll", interest, INTEREST, wrong)
        for holder in socket["holders"]:
            check_object(here + ".holders", holder, OUTSIDER if "command" in holder else HOLDER,
                         wrong)


def check(report, scanned=False):
    """SCANNED: it is of `finleak scan`."""
    wrong = []
    if not check_object("report", report, REPORT, wrong):
        return wrong
    check_equal("schema", report["schema"], "finleak-report/1", wrong)
    for i, process in enumerate(report["processes"]):
        check_process("processes[%d]" % i, process, wrong, scanned)
    for i, leak in enumerate(report["leaks"]):
        check_leak("leaks[%d]" % i, leak, wrong, scanned)
    if not check_object("summary", report["summary"], SUMMARY, wrong) or wrong:
        return wrong

    summary = report["summary"]
    leaks = [leak for leak in report["leaks"] if leak["verdict"] == "leak"]
    check_equal("summary.processes", summary["processes"], len(report["processes"]), wrong)
    check_equal("summary.leak_sites", summary["leak_sites"], len(leaks), wrong)
    check_equal("summary.leaked_sockets", summary["leaked_sockets"],
                sum(leak["count"] for leak in leaks), wrong)
    for name, count in summary["by_class"].items():
        check_one_of("summary.by_class", name, CLASSES, wrong)
        found = sum(leak["count"] for leak in leaks if leak["class"] == name)
        if any(leak["class"] == name for leak in leaks):
            check_equal("summary.by_class." + name, count, found, wrong)
    for name in {leak["class"] for leak in leaks} - set(summary["by_class"]):
        wrong.append("summary.by_class: no %r" % name)
    return wrong
