# SPDX-License-Identifier: MIT
"""Holds a JSON report against docs/report.schema.json, with no other key than those, and against
what a schema can't say: the sums that must agree. check() returns what is wrong, one line each."""
import json
import os

import jsonschema

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/report.schema.json")
LIBFINLEAK = "libfinleak.so"
# Of what only a recorder sees, `finleak scan` knows nothing, and finleak's own recordings all.
ONLY_RECORDED = {"opened": "process", "eof": "process", "closed": "process", "eof_reads": "socket"}


def strict(schema):
    """SCHEMA, by which a key that it does not name is wrong."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if "properties" in made and isinstance(made.get("type"), str):
        made.setdefault("additionalProperties", False)
    return made


def validator(scanned):
    with open(SCHEMA) as file:
        schema = strict(json.load(file))
    for key, kind in ONLY_RECORDED.items():
        schema["$defs"][kind]["properties"][key]["type"] = "null" if scanned else "integer"
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


VALIDATORS = {scanned: validator(scanned) for scanned in (False, True)}


def check_equal(where, value, expected, wrong):
    if value != expected:
        wrong.append("%s: %r, should be %r" % (where, value, expected))


def check_frame(where, frame, wrong):
    if LIBFINLEAK in (frame["module"] or ""):
        wrong.append("%s: a frame of libfinleak itself" % where)


def check_process(where, process, wrong):
    for name, count in process["unowned_sockets"].items():
        if not 0 < count <= process["tcp_states"].get(name, 0):
            wrong.append("%s.unowned_sockets.%s: %r" % (where, name, count))
    for threads in process.get("threads", []):
        for frame in threads["stack"]:
            check_frame(where + ".threads", frame, wrong)


def check_leak(where, leak, wrong):
    if ("listener" in leak) != (leak["class"] == "never-accepted"):
        wrong.append("%s: a listener is what never-accepted has" % where)
    frames = [frame for stack in leak["stacks"].values() for frame in stack]
    for frame in frames:
        check_frame(where + ".stacks", frame, wrong)
    # What a call was given is in no stack; nor is the call itself, where that is a handler's.
    if "registered_at" not in leak and leak["site"] not in [*frames, None]:
        wrong.append("%s.site: not a frame of its stacks" % where)
    if not (leak["because"]["facts"] and all(leak["because"]["facts"])):
        wrong.append("%s.because: no facts" % where)
    if leak["siblings"]["closed_here"] > leak["siblings"]["eof_here"]:
        wrong.append("%s.siblings: more closed than ended" % where)
    # Of what was closed in the end there may be no more than its count.
    least = 0 if leak["reason"] == "closed-at-exit" else 1
    if leak["verdict"] == "leak" and not least <= len(leak["sockets"]) <= leak["count"]:
        wrong.append("%s: count %d, %d sockets" % (where, leak["count"], len(leak["sockets"])))


def counted(leak):
    """The sockets that count for a gate."""
    return leak["count"] - leak["suppressed"] - leak["baselined"]


def check(report, scanned=False):
    """SCANNED: it is of `finleak scan`."""
    wrong = ["%s: %s" % (error.json_path, error.message[:300])
             for error in VALIDATORS[scanned].iter_errors(report)]
    if wrong:
        return wrong
    for i, process in enumerate(report["processes"]):
        check_process("processes[%d]" % i, process, wrong)
    for i, leak in enumerate(report["leaks"]):
        check_leak("leaks[%d]" % i, leak, wrong)

    summary = report["summary"]
    all_leaks = [leak for leak in report["leaks"] if leak["verdict"] == "leak"]
    leaks = [leak for leak in all_leaks if counted(leak)]
    check_equal("summary.baselined", summary["baselined"],
                sum(leak["baselined"] for leak in all_leaks), wrong)
    check_equal("summary.processes", summary["processes"], len(report["processes"]), wrong)
    check_equal("summary.leak_sites", summary["leak_sites"], len(leaks), wrong)
    check_equal("summary.leaked_sockets", summary["leaked_sockets"],
                sum(counted(leak) for leak in leaks), wrong)
    for name, count in summary["by_class"].items():
        found = sum(counted(leak) for leak in leaks if leak["class"] == name)
        if any(leak["class"] == name for leak in leaks):
            check_equal("summary.by_class." + name, count, found, wrong)
    for name in {leak["class"] for leak in leaks} - set(summary["by_class"]):
        wrong.append("summary.by_class: no %r" % name)
    return wrong
