# SPDX-License-Identifier: MIT
"""p to y: what happened to a socket, and what is reported of it."""
from faults.row import Finding, Row

NEVER_CONNECTED = Finding("connect-unclosed", 3, "start_connect",
                          stacks={"connect": "start_connect"})


def never_connected(how):
    return Row("p_" + how, "never connected wins: a read of 0 ends no stream that never began",
               ("never_connected", how), (NEVER_CONNECTED,),
               never_says=("when the read returns 0", "EOF was read"))


def pending(how, ends="itself", recorder="run"):
    name = "_".join(["q", how] + [w for w in (ends, recorder) if w not in ("itself", "run")])
    return Row(name, "shut down in place of closed: the descriptor leaks, though nothing failed",
               ("pending", how) + ("stay",) * (ends != "itself"),
               (Finding("shutdown-unclosed", 3, "give_up", stacks={"shutdown": "give_up"}),),
               ends, recorder, never_says=("connect failed", "connection failed"),
               # Nothing sampled it, and nobody saw it end.
               blind_spots="unknown time" if (ends, recorder) == ("killed", "preload") else None)


def stuck(where, call=None, recorder="run", fix=None):
    name = "_".join(["r_stuck", where] + [recorder] * (recorder != "run"))
    return Row(name, "a loop that hangs has had no report from epoll", ("stuck_loop", where),
               (Finding("fin-unread", 3, "accept_client", "not-polled-since", fix=fix),),
               recorder=recorder,
               says=(call,) if call else (), never_says=("epoll has reported",))


def slow_reader(pause, how, ends="itself"):
    name = "t_reader_%s_%s" % (pause, ends if ends != "itself" else how)
    return Row(name, "a reader that goes on is no leak", ("slow_reader", pause, how), ends=ends,
               status=0 if ends in ("itself", "killed") else 128 + 15)


ROWS = [
    *map(never_connected, ("so_error", "recv", "epoll", "loop")),

    *(pending(how, ends) for how in ("write", "both") for ends in ("itself", "killed")),
    pending("write", "itself", "preload"),
    pending("write", "killed", "preload"),

    stuck("sleep", r"sleeps in (clock_)?nanosleep"),
    stuck("lock", r"sleeps in futex", fix=r"Unlock taken, locked in main\(\) .* waits for it in hang\(\)"),
    stuck("pipe", r"sleeps in read on descriptor"),
    stuck("spin", r"\bruns\b"),
    *(stuck(where, None, "preload") for where in ("sleep", "spin")),
    Row("r_stuck_python", "a loop that hangs has had no report from epoll",
        ("python3", "{programs}/stuck_loop.py"),
        (Finding("fin-unread", 3, None, "not-polled-since",
                 fix=r"sleeps in futex \(\w+\) in wait_for_lock\(\) \(stuck_loop\.py:27\)"),),
        says=(r"#0 +wait_for_lock \S+stuck_loop\.py:27",),
        never_says=("epoll has reported", "the code+0x", r"task_step_impl\(\)", "py-spy")),
    Row("r_stuck_python_spin", "... and a loop that computes",
        ("python3", "{programs}/stuck_loop.py", "spin"),
        (Finding("fin-unread", 3, None, "not-polled-since",
                 fix=r"It runs in compute\(\) \(stuck_loop\.py:3[123]\)"),),
        never_says=("epoll has reported", "py-spy")),
    Row("r_polls", "epoll reports the hangup again and again, and this loop ignores it",
        ("stuck_loop", "polls"), (Finding("fin-unread", 3, "accept_client", "hangup-ignored"),)),

    *(Row("r_behind_%s_%s" % (how, ends), "a loop that has not polled since may yet close them, as it does all others",
          ("behind_loop", how, "busy", *stay), (), ends,
          says=("no leaks; 3 sockets whose peers had closed were open, and no loop had polled since",))
      for how in ("epoll", "poll", "select") for ends, stay in (("itself", ()), ("killed", ("stay",)))),
    *(Row("r_forgets_" + how, "this loop polls, and no longer has them among what it waits for",
          ("behind_loop", how, "forgets"), (Finding("fin-unread", 3, "accept_client", "not-polled"),))
      for how in ("epoll", "poll", "select")),

    Row("s_reset_late", "nobody noticed for longer than --idle: leaks",
        ("unnoticed_reset", "2600"), (Finding("error-unclosed", 3, "accept_client"),),
        options=("--idle=700ms",)),
    Row("s_reset_late_killed", "... however it ends", ("unnoticed_reset", "2600", "stay"),
        (Finding("error-unclosed", 3, "accept_client"),), "killed", options=("--idle=700ms",)),
    Row("s_reset_young", "reset a moment ago: who has not polled yet forgot nothing",
        ("unnoticed_reset", "400"),
        says=("no leaks; 3 sockets that had been reset were left open",)),
    *(Row("s_reset_dropped_" + ends, "epoll reported it: taking it out of the set closes nothing",
          ("dropped_reset", "epoll", "400", how),
          (Finding("error-unclosed", 3, "hear_by_epoll", fix="EPOLL_CTL_DEL leaves"),), ends)
      for ends, how in (("itself", "exit"), ("killed", "stay"), ("terminated", "stay"),
                        ("forwarded", "stay"))),
    *(Row("s_reset_strict_" + poller, "reset, and left open at an end that the program chose",
          ("dropped_reset", poller, "0"), (Finding("exit-unclosed", 3, site),),
          options=("--strict",))
      for poller, site in (("epoll", "hear_by_epoll"), ("poll", "accept_client"),
                         ("select", "accept_client"), ("nobody", "accept_client"))),

    *(Row("s_response_unread_%s_%s" % (order, ends), "a response that nobody reads is no idle connection",
          ("python3", "{programs}/responses.py", "unread", order, *how),
          (Finding("fin-unread", 3, "ask"),), ends)
      for order in ("together", "after") for ends, how in (("itself", ()), ("killed", ("stay",)))),
    *(Row("s_response_read_%s_%s" % (order, ends), "a pool may drop it: the order of data and FIN matters not",
          ("python3", "{programs}/responses.py", "read", order, *how), (), ends,
          says=("no leaks; 3 idle sockets whose peers had closed were left open",))
      for order in ("together", "after") for ends, how in (("itself", ()), ("killed", ("stay",)))),

    slow_reader("20", "exit"),
    slow_reader("150", "exit"),
    *(slow_reader(pause, "on", ends) for pause in ("20", "150")
      for ends in ("forwarded", "terminated", "killed")),
    Row("t_reader_20_stops", "it read for 600 ms and then no more: that is forgotten data",
        ("slow_reader", "20", "stops"), (Finding("fin-unread", 1, "read_slowly"),)),

    Row("u_half_served", "who was called to serve forgot it, and not who accepted",
        ("half_served",), (Finding("fin-unread", 5, "serve", closed_here=5, closed_at="serve"),),
        says=("5 of the 10 sockets opened at",),
        never_says=("idle connections", "EPOLLRDHUP", "[Pp]ool")),

    Row("u_half_fetched", "used once, then forgotten: half of them were closed, and it is no pool",
        ("half_served", "{port}"), (Finding("fin-unread", 5, "connect_to", closed_here=5,
                                            closed_at="fetch"),),
        peer="answers", options=("--idle=200ms",), says=("5 of the 10 sockets opened at",),
        never_says=("Nothing watches", "[Pp]ooled")),

    Row("v_shut_read", "shutdown(SHUT_RD) is a use: its line is where the programmer looks",
        ("after_end", "shut_read"), (Finding("eof-unclosed", 3, "read_first"),),
        says=(r"on_eof",), never_says=("only epoll_ctl",)),
    Row("v_reread", "another read is shown with its own stack, not with epoll_ctl()'s",
        ("after_end", "reread"), (Finding("eof-unclosed", 3, "read_first"),),
        says=(r"A read returned 0 once more.{0,100}read_again",),
        never_says=(r"A read returned 0 once more.{0,60}watch",)),
    Row("v_rewatch", "another read is shown with its own stack, not with epoll_ctl()'s",
        ("after_end", "rewatch"), (Finding("eof-unclosed", 3, "read_first"),),
        says=(r"A read returned 0 once more.{0,100}read_again",),
        never_says=(r"A read returned 0 once more.{0,60}watch",)),
    Row("v_spin", "20,000 reads of one end burn a processor, though they end well",
        ("after_end", "spin"), (Finding(None, 3, verdict="warning"),), check="spinning_counted"),
    Row("v_spin_on", "how often and when it was read agree: to the last moment",
        ("after_end", "spin_on"), (Finding("eof-unclosed", 1, "read_first"),),
        says=(r"40,?00[01] times",), never_says=(r"[34]\d\d ms before the end",),
        check="spinning_counted"),
    Row("v_again", "an end that is read twice more and then closed is no news",
        ("after_end", "again")),
    Row("v_late_numbers", "a median lies between the least and the most",
        ("late", "spread"), (Finding("late-close", 3, "read_request", verdict="warning"),),
        options=("--late=300ms",), check="medians_in_range"),
    Row("v_late_eof", "closed, but late, and the program goes on", ("late", "eof"),
        (Finding("late-close", 3, "read_request", verdict="warning"),),
        options=("--late=300ms",), check="medians_in_range"),
    Row("v_late_unread", "closed late is closed late, whether the end was read or not",
        ("late", "unread"), (Finding("late-close", 3, "accept_client", verdict="warning"),),
        options=("--late=300ms",)),
    Row("v_wrapped", "where the leak and its siblings part is the line that matters",
        ("wrapped",), (Finding("eof-unclosed", 3, closed_here=3, fix=r"handle\(\)"),)),

    Row("w_earlier", "what an earlier process left in TIME_WAIT is not this one's",
        ("listen_again", "{before}", "0"), before=("python3", "{programs}/earlier.py", "120"),
        ends="forwarded", check="time_wait_is_own"),
    Row("w_earlier_and_own", "only what began after the process is its own",
        ("listen_again", "{before}", "7"), before=("python3", "{programs}/earlier.py", "120"),
        ends="forwarded", check="time_wait_is_own"),

    Row("x_idle", "pools reap in seconds: idle for 0.8 s is a note by default",
        ("pool", "{port}", "used"), peer="answers"),
    Row("x_idle_preload", "pools reap in seconds: idle for 0.8 s is a note by default",
        ("pool", "{port}", "used"), recorder="preload", peer="answers"),
    Row("x_idle_noted", "... which --all shows", ("pool", "{port}", "used"),
        (Finding("fin-unread", 3, "connect_to", "not-polled", "note"),), peer="answers",
        options=("--all",)),
    Row("x_idle_option", "above --idle it is a leak", ("pool", "{port}", "used"),
        (Finding("fin-unread", 3, "connect_to", "not-polled"),), peer="answers",
        options=("--idle=300ms",)),
    *(Row("_".join(["x_pool", use, how] + [word for word in (ends, recorder)
                                           if word not in ("itself", "run")]),
          "above --idle it is a leak, whoever closes it at the end",
          ("pool", "{port}", use, how),
          (Finding(class_name, 1, site, "closed-at-exit", stacks={"closed": "clean_up"}),),
          ends, recorder, options=("--idle=300ms",), peer="answers")
      for use, class_name, site in (("used", "fin-unread", "connect_to"),
                                    ("drained", "eof-unclosed", "use"))
      for how, ends, recorder in (("return", "itself", "run"), ("return", "itself", "preload"),
                                  ("exit", "itself", "run"), ("handler", "forwarded", "run"),
                                  ("handler", "terminated", "run"), ("flag", "terminated", "run"),
                                  ("flag", "terminated", "preload"))),
    *(Row("_".join(["x_pool", use, "killed"]), "... and if nobody does",
          ("pool", "{port}", use, "flag"), (Finding(class_name, 1, site, reason),), "killed",
          options=("--idle=300ms",), peer="answers")
      for use, class_name, site, reason in (("used", "fin-unread", "connect_to", "not-polled"),
                                            ("drained", "eof-unclosed", "use", None))),
    Row("x_pool_noted", "idle for 0.8 s is a note, though its clean-up closes it",
        ("pool", "{port}", "used", "return"),
        (Finding("fin-unread", 1, "connect_to", "not-polled", "note"),), peer="answers",
        options=("--all",)),
    Row("x_unused", "one that was never used is no connection of a pool",
        ("pool", "{port}", "unused"), (Finding("fin-unread", 3, "connect_to", "not-polled"),),
        peer="closes"),
    Row("x_accepted", "an accepted connection belongs to no pool", ("ends", "open", "unread"),
        (Finding("fin-unread", 3, "accept_client", "not-polled"),)),

    Row("leader_gone", "who ends main()'s thread alone goes on, and is sampled as before",
        ("leader_gone", "forgets"), (Finding("fin-unread", 3, "accept_client", "not-polled"),), "killed"),
    Row("leader_gone_closes", "and its twin closes", ("leader_gone", "closes"), (), "killed"),

    Row("y_two_handlers", "two defects: the listeners distinguish them",
        ("python3", "{programs}/two_handlers.py"),
        (Finding("eof-unclosed", 3), Finding("eof-unclosed", 3)), check="listeners_shown"),
    Row("y_listeners", "two listeners are two findings, though one loop serves both",
        ("one_loop", "listeners"),
        (Finding("eof-unclosed", 3, "read_end"), Finding("eof-unclosed", 3, "read_end")),
        check="listeners_shown"),
    Row("y_clients", "on the connecting side every port is another: that splits nothing",
        ("one_loop", "clients"), (Finding("eof-unclosed", 3, "read_end"),)),
    Row("y_unnamed", "frames without names split nothing", ("one_loop", "unnamed"),
        (Finding("eof-unclosed", 3, "read_end"),)),
    Row("y_node", "what a JIT compiled again is the same line", ("node", "{programs}/forget.js"),
        (Finding("eof-unclosed", 10),), status=128 + 9),
    Row("y_rust", "what the toolchain brought is not the program's own code",
        ("rustc", "{programs}/eof.rs"), (Finding("eof-unclosed", 3, "eof::read_request"),)),
    Row("z_unrecorded", "what no recorded call opened, as in Go, is judged by the kernel's view",
        ("inline_calls",), (Finding("eof-unclosed", 3),), blind_spots="."),
]
