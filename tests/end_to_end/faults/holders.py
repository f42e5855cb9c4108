# SPDX-License-Identifier: MIT
"""l to o: who still holds a socket, and who only seems to."""
from faults.row import Finding, Row

COPY_KEPT = Finding("duplicate-held", 3, "keep_copy",
                    stacks={"duplicated": "keep_copy", "closed": "end_session",
                            "opened": "accept_client"})
BOTH_SHOWN = (r"[Dd]uplicated at .*keep_copy", r"[Cc]losed at .*end_session")


def copy_kept(how, call="dup", **more):
    return Row("_".join(["l", how, call] + [more.get("ends", "")] * ("ends" in more) +
                        [more.get("recorder", "")] * ("recorder" in more)),
               "the close was recorded, so what is left is the duplicate, whoever closed first",
               ("duplicates", how, call) + ("stay",) * ("ends" in more), (COPY_KEPT,),
               says=BOTH_SHOWN, never_says=("never closed", "Nothing watches"), **more)


def python_copy_kept(how):
    return Row("l_python_" + how, "the line that called dup() forgot it",
               ("python3", "{programs}/keep_copy.py", how),
               (Finding("duplicate-held", 3, "keep_copy",
                        stacks={} if how == "teardown" else {"closed": "end_request"}),),
               never_says=("never closed",))


def half_closed(how, ends="itself", recorder="run"):
    return Row("m_half_close_%s%s" % (how, "_preload" if recorder == "preload" else ""),
               "half a connection that waits for its answer is no leak, whoever closes it",
               ("half_close", "{port}", how), ends=ends, recorder=recorder, peer="silent")


def short_children(how, what):
    return Row("n_%s_%s" % (how, what), "nobody holds a socket longer than it lives",
               ("short_children", how, what))


def per_connection(how, recorder="run"):
    return Row("o_%s%s" % ({"_exit": "exit_at_once"}.get(how, how),
                           "_preload" if recorder == "preload" else ""),
               "a child that was made for a connection closes it by ending",
               ("per_connection", how), recorder=recorder)


ROWS = [
    copy_kept("eof"),
    *(copy_kept("first", call) for call in ("dup", "dup2", "dup3", "fcntl")),
    Row("l_eof_message", "what it sends to itself and closes, it has as a duplicate",
        ("duplicates", "eof", "message"),
        (Finding("duplicate-held", 3, "receive_copy",
                 stacks={"duplicated": "receive_copy", "closed": "end_session",
                         "eof": "read_end"}),)),
    *(Row("l_%s_closed" % call, "a duplicate that is closed is no leak",
          ("duplicates", "eof", call, "closes")) for call in ("message", "dup")),
    copy_kept("first", ends="killed"),
    copy_kept("first", recorder="preload"),
    copy_kept("shutdown"),
    copy_kept("shutdown", ends="killed"),
    copy_kept("half"),
    *map(python_copy_kept, ("eof", "first", "shutdown", "teardown")),

    *(Row("l_first_tidy_%s" % ends, "the end closes the duplicate that was forgotten",
          ("duplicates", "first", "dup", "tidy"),
          (Finding("duplicate-held", 3, "keep_copy", "closed-at-exit",
                   stacks={"duplicated": "keep_copy", "closed": "tidy_up"}),), ends)
      for ends in ("forwarded", "terminated")),

    *(half_closed(how) for how in ("open", "return", "atexit")),
    half_closed("flag", "forwarded"),
    half_closed("flag", "terminated", "preload"),
    half_closed("atexit", recorder="preload"),

    *(short_children(how, what) for what in ("read", "unread")
      for how in ("fork", "fork_that_closes", "system", "popen", "spawn", "vfork",
                  "later_close")),

    *(Row("n_python_" + how, "nobody holds a socket longer than it lives",
          ("python3", "{programs}/short_children.py", how))
      for how in ("system", "closing", "inheriting")),
    Row("n_perl", "nobody holds a socket longer than it lives",
        ("perl", "{programs}/short_children.pl")),

    Row("n_worker_of_killed", "a worker goes on with what it inherited, and holds it",
        ("snapshot", "worker"), (Finding("held-elsewhere", 3, None, "forked-child"),)),

    *(per_connection(how) for how in ("_exit", "exit", "unread", "shell", "double_fork",
                                      "execs", "reset", "reset_fork")),
    *(per_connection(how, "preload") for how in ("_exit", "shell")),
    Row("o_keeps", "the parent forgot its copy: it holds what its child read the end of",
        ("per_connection", "keeps"),
        (Finding("held-elsewhere", 3, "accept_client", "parent",
                 stacks={"opened": "accept_client", "eof": "read_to_the_end"}),),
        never_says=("finished with here, but another process holds it",)),
    *(Row("o_keeps_tidy_" + recorder, "the parent held it until its end closed everything",
          ("per_connection", "keeps_tidy"),
          (Finding("held-elsewhere", 3, "accept_client", "parent",
                   stacks={"opened": "accept_client", "eof": "read_to_the_end",
                           "closed": "tidy_up"}),), recorder=recorder)
      for recorder in ("run", "preload")),
    Row("o_killed_preload", "who is killed while it sits on an end has not closed it",
        ("per_connection", "killed"), (Finding("eof-unclosed", 3, "read_to_the_end"),),
        recorder="preload", blind_spots="killed at an unknown time"),
    Row("o_own", "what a process accepted itself was its own to close",
        ("per_connection", "own"), (Finding("eof-unclosed", 3, "read_to_the_end"),)),
]
