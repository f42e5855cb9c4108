# SPDX-License-Identifier: MIT
"""a to j: what the recorder's core must not lose, mix up, crash on or let cost too much."""
from faults.row import Finding, Row

LEFT = 10


def full_disk(what):
    return Row("a_" + what, "a full disk costs the recording something, the program nothing",
               ("full_disk", what, "{disk}"), recorder="preload", output="alive", full_disk=True,
               check="recording_is_readable", is_judged=False)


def firsts(how):
    return Row("b_" + {"_Fork": "async_fork"}.get(how, how),
               "one recording for each worker, however many threads are its first",
               ("firsts", "{port}", "25", how), (Finding("eof-unclosed", 100, "open_first"),),
               peer="closes", options=("--min-held=10ms",), processes=26)


def race(letter, how):
    return Row("%s_%s" % (letter, how), "what is legal costs no row, and the sums hold",
               ("races", how), (Finding("eof-unclosed", LEFT, "read_end"),),
               check="sums_hold")


def over_mptcp(how, *findings):
    return Row("mptcp_" + how, "connections that share a cookie are distinguished",
               ("over_mptcp", how), findings)


def exec_variant(call):
    return Row("g_" + call, "arguments and environment arrive, of all the exec calls",
               ("exec_variants", call), output="arrived 2 3 4 5 6 7 8 9 FAULT=here$")


def killed_young(how, recorder):
    return Row("young_%s_%s" % (how, recorder),
               "what was killed before it was recorded damages nothing, and hides nothing",
               ("killed_young", how, "200"), recorder=recorder, check="young_are_left_out",
               is_judged=False)


def as_limited(when, mib):
    return Row("address_space_%s_%d" % (when, mib),
               "address space is the program's: the recorder takes little, and more by need",
               ("as_limited", when, str(mib)), (Finding("eof-unclosed", 3),), output="alive")


ROWS = [
    over_mptcp("eof", Finding("eof-unclosed", 3, "main")),
    over_mptcp("byte", Finding("fin-unread", 3, "read_request", "not-polled")),
    over_mptcp("unread", Finding("fin-unread", 3, "accept_one", "data-unread")),
    over_mptcp("closed"),
    *map(full_disk, ("close", "fork", "dup2", "fcntl", "close_range", "use", "open",
                     "nothing")),
    *map(firsts, ("fork", "_Fork", "grandchild")),
    *(race("c", how) for how in ("dup", "dup2", "fcntl", "rights")),
    race("d", "closers"),
    Row("e_one_stack", "one stack has one id, though eight threads bring it at once",
        ("one_stack",), (Finding("eof-unclosed", 8, "read_end"),)),
    *map(exec_variant, ("execl", "execle", "execlp")),
    # A child that a busy machine lets wait for 200 ms after the fork has closed its copies of
    # connections that late, which is true and reported: so 2 s.
    Row("h_fork_beside", "a fork copies what its threads do at that moment, whole",
        ("fork_beside", "300"), options=("--late=2s",)),
    Row("i_storm", "a child refers to what its parent has recorded: it copies no stacks",
        ("storm", "100", "200"), recorder="preload", check="children_are_small"),
    Row("j_system_calls", "at most two system calls of the recorder's for each connection",
        ("serves", "10"), recorder="preload", check="two_system_calls_each"),
    *(killed_young(how, recorder) for how in ("fork", "spawn") for recorder in ("run", "preload")),
    *(as_limited(when, mib) for when in ("before", "after") for mib in (16, 32, 64, 200, 283)),
    # The loader itself has hardly room for the libraries: nothing is recorded, or something is.
    *(Row("address_space_tight_%d" % mib, "with or without a recording, the program runs",
          ("as_limited", "before", str(mib)), recorder="preload", output="alive",
          is_judged=False) for mib in (6, 8, 10)),
]
