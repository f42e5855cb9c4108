# SPDX-License-Identifier: MIT
"""k: an orderly end turns no leak into a clean run. What was finished for longer than --min-held
when the end began, and was closed only then, is a leak: closed-at-exit."""
import dataclasses
import signal

from faults.row import Finding, Row

FORGOTTEN = 3

# What the connections stand in: the class, the site, the stack that decides.
STATES = {
    "eof": ("eof-unclosed", "read_request", {"eof": "read_request"}),
    "unread": ("fin-unread", "accept_client", {}),
    "reset": ("error-unclosed", "read_request", {"error": "read_request"}),
}


def closed_at_exit(state, closer="close_all", served=0):
    """What the end has closed is no sibling that was closed in time; SERVED were."""
    class_name, site, stacks = STATES[state]
    return Finding(class_name, FORGOTTEN, site, "closed-at-exit",
                   stacks={"closed": closer, "opened": "accept_client", **stacks},
                   closed_here=served)


def killed(state, recorder):
    class_name, site, stacks = STATES[state]
    return Row("k_killed_%s%s" % (state, "_preload" if recorder == "preload" else ""),
               "kill -9 and an orderly end find the same",
               ("ends", "flag", state),
               (Finding(class_name, FORGOTTEN, site,
                        stacks={"opened": "accept_client", **stacks}),),
               "killed", recorder,
               # Nothing sampled it, and nobody saw it end.
               blind_spots="unknown time" if recorder == "preload" else None)


def end(how, state, ends="itself", recorder="run", closer="close_all"):
    name = "_".join(["k", how.strip("_"), state] + [word for word in (ends, recorder)
                                                     if word not in ("itself", "run")])
    return Row(name, "forgotten for %s: the end of the process excuses nothing" % "400 ms",
               ("ends", how, state), (closed_at_exit(state, closer),), ends, recorder)


def by_signal(how, number, ends="itself", recorder="run", closer="close_and_raise"):
    """It ends by a signal that it sends itself, which its parent sees."""
    return dataclasses.replace(end(how, "eof", ends, recorder, closer), status=128 + number)


def crash(how, status, recorder="run"):
    """The handler of the crash closes, and then computes for longer than a burst of closes waits."""
    name = "_".join(["k_crash", how] + [recorder] * (recorder != "run"))
    return Row(name, "a handler of a crash that closes excuses nothing", ("crashes", how),
               (closed_at_exit("eof"),), recorder=recorder, status=status,
               # The kernel's signal: nobody saw it end.
               blind_spots="unknown time" if recorder == "preload" and how in ("again", "assert", "heap")
               else None)


def script(interpreter, how, ends="itself", closer="close_all", file=None):
    """The class and the reason; where a script's own lines are known, those too."""
    name = "_".join(["k", interpreter, how])
    site = "read_request" if interpreter == "python3" else None
    stacks = {"closed": closer} if site and closer else {}
    return Row(name, "an interpreter's teardown is the end of its program",
               (interpreter, "{programs}/" + (file or "ends.py"), how),
               (Finding("eof-unclosed", FORGOTTEN, site, "closed-at-exit", stacks=stacks),), ends)


ROWS = [
    # A signal that `finleak run` forwards.
    *(end("flag", state, "forwarded") for state in STATES),
    end("handler", "eof", "forwarded", closer="close_in_handler"),
    end("sigwait", "eof", "forwarded", closer="wait_and_exit"),
    end("signalfd", "eof", "forwarded"),
    end("slowly", "eof", "forwarded"),
    end("slowly", "unread", "forwarded"),
    end("close_range", "eof", "forwarded", closer="end_by_close_range"),
    end("shutdown", "eof", "forwarded"),
    end("shutdown", "unread", "forwarded"),
    *(end("lingering", state, "forwarded") for state in STATES),
    end("busy", "eof", "forwarded"),
    end("busy", "unread", "forwarded"),
    Row("k_mixed_eof_forwarded", "six were closed in time, at the same lines: only three leak",
        ("ends", "mixed", "eof"), (closed_at_exit("eof", served=6),), "forwarded"),
    Row("k_mixed_eof_terminated_preload", "six were closed in time, at the same lines",
        ("ends", "mixed", "eof"), (closed_at_exit("eof", served=6),), "terminated", "preload"),
    Row("k_min_held", "what stood for less than --min-held when the end began is no leak",
        ("ends", "flag", "eof"), ends="forwarded", options=("--min-held=20s",)),
    Row("k_asked_twice", "SIGHUP asked for something else: the end began with SIGTERM",
        ("asked_twice",), (closed_at_exit("eof"),)),
    # One that comes from elsewhere.
    *(end("flag", state, "terminated") for state in STATES),
    end("flag", "eof", "interrupted"),
    end("handler", "eof", "terminated", closer="close_in_handler"),
    # ... to a program that was not started by `finleak run`: nothing samples it.
    *(end("flag", state, "terminated", "preload") for state in STATES),
    end("handler", "eof", "terminated", "preload", closer="close_in_handler"),
    end("signalfd", "eof", "terminated", "preload"),
    end("shutdown", "unread", "terminated", "preload"),
    *(end("other_work", state, "terminated", recorder) for state in STATES
      for recorder in ("run", "preload")),
    # ... whose handler closes, restores the default and raises the signal again; abort().
    by_signal("raise", signal.SIGTERM, "forwarded"),
    *(by_signal("raise", signal.SIGTERM, "terminated", recorder) for recorder in ("run", "preload")),
    *(by_signal("abort", signal.SIGABRT, recorder=recorder, closer="close_before_the_dump")
      for recorder in ("run", "preload")),
    # A crash, which libc or the kernel signals.
    *(crash(how, status, recorder) for recorder in ("run", "preload")
      for how, status in (("exit", 3), ("raise", 128 + signal.SIGSEGV),
                          ("again", 128 + signal.SIGSEGV), ("assert", 128 + signal.SIGABRT),
                          ("heap", 128 + signal.SIGABRT))),
    *(Row("k_crash_" + how, "a handler of a crash that is survived closes as any function does",
          ("crashes", how)) for how in ("serves", "works", "reloads")),
    # The same program, killed: what stood then, stands in the report.
    *(killed(state, "run") for state in STATES),
    *(killed(state, "preload") for state in ("eof", "reset")),
    # No signal at all.
    *(end("return", state) for state in STATES),
    *(end(how, "eof") for how in ("_exit", "exec", "atexit", "quick_exit", "destructor")),
    *(end(how, "unread") for how in ("_exit", "exec", "atexit")),
    *(end(how, "eof", recorder="preload")
      for how in ("return", "_exit", "atexit", "quick_exit", "destructor")),
    *(end("return", state, recorder="preload") for state in ("unread", "reset")),
    *(Row("k_raii_" + how, "a destructor that runs at the end of the program is its end",
          ("raii", how), (closed_at_exit("eof", "~Session"),))
      for how in ("main", "static", "exception", "thread")),
    # In the midst of traffic: what is on its way is no leak, what was forgotten is one.
    *(Row("_".join(["k_busy", how, work, ends, recorder]), "three were forgotten at the beginning",
          ("busy_server", how, work, "forgets"), (Finding("eof-unclosed", FORGOTTEN, "serve"),),
          ends, recorder, blind_spots="unknown time" if recorder == "preload" else None)
      for how, work, ends, recorder in (
          ("return", "slow", "itself", "run"), ("return", "quick", "itself", "run"),
          ("on", "slow", "killed", "run"), ("on", "quick", "killed", "preload"))),
    # Interpreters.
    *(script("python3", how) for how in ("finally", "atexit")),
    script("python3", "with", closer="end_by_with"),
    script("python3", "teardown", closer=None),
    script("python3", "signal", "forwarded"),
    *(script("perl", how, file="ends.pl") for how in ("end", "teardown")),
    script("perl", "signal", "forwarded", file="ends.pl"),
    script("node", "signal", "forwarded", file="ends.js"),
    *(script("ruby", how, file="ends.rb") for how in ("at_exit", "teardown", "ensure")),
    script("ruby", "signal", "forwarded", file="ends.rb"),
    *(script("php", how, file="ends.php") for how in ("shutdown", "destructor", "teardown")),
    *(Row("k_php_client" + name, "PHP closes at the end of a script what it forgot",
          ("php", "{programs}/client.php", "{port}", held),
          (Finding(class_name, 1, "fetch", "closed-at-exit"),), recorder=recorder,
          options=options, peer="answers")
      for name, class_name, held, recorder, options in (
          ("", "eof-unclosed", "400", "run", ()),
          ("_preload", "eof-unclosed", "400", "preload", ()),
          ("_strict", "exit-unclosed", "0", "run", ("--strict",)))),
]
