# SPDX-License-Identifier: MIT
"""Healthy programs: nothing is reported of them, and the gate lets them pass."""
from faults.row import Row


def healthy_end(how, ends="itself", recorder="run", peer=None):
    name = "_".join(["silent", how] + [w for w in (ends, recorder) if w not in ("itself", "run")])
    return Row(name, "nothing was forgotten when the end began",
               ("healthy_ends", how) + ("{port}",) * (peer is not None), ends=ends,
               recorder=recorder, peer=peer)


def healthy_use(how, recorder="run"):
    name = "_".join(["silent", how] + [recorder] * (recorder != "run"))
    return Row(name, "legal, complete, and in time", ("healthy_uses", how), recorder=recorder)


def moving_queue(how, ends="itself"):
    name = "_".join(["silent", "backlog", how] + [ends] * (ends != "itself"))
    return Row(name.replace("-", "_"), "the queue moves, or moved until the end began",
               ("backlog", how), ends=ends)


ROWS = [
    moving_queue("slow"),
    moving_queue("slow-child"),
    *(moving_queue("slow-ended", ends) for ends in ("forwarded", "terminated")),
    *(moving_queue("stopping", ends) for ends in ("forwarded", "terminated")),
    *(healthy_end(how, ends) for how in ("in_flight", "idle", "together")
      for ends in ("forwarded", "terminated")),
    *(healthy_end(how, "terminated", "preload") for how in ("in_flight", "idle", "together")),
    *(healthy_end("drained", ends) for ends in ("forwarded", "terminated")),
    healthy_end("drained", "terminated", "preload"),
    # Of a signal from elsewhere nobody knows when it came.
    healthy_end("drained_together", "forwarded"),
    *(healthy_end(how, recorder=recorder) for how in ("after_work", "connected")
      for recorder in ("run", "preload")),
    *(healthy_end(how, peer="answers", recorder=recorder)
      for how in ("client", "client_works") for recorder in ("run", "preload")),
    *(Row("_".join(["silent_busy", how, work, ends, recorder]),
          "what is on its way to be closed is no leak",
          ("busy_server", how, work), ends=ends, recorder=recorder,
          blind_spots="unknown time" if (ends, recorder) == ("killed", "preload") else None)
      for how, work, ends, recorder in (
          ("return", "slow", "itself", "run"), ("return", "slow", "itself", "preload"),
          ("return", "quick", "itself", "run"), ("flag", "slow", "forwarded", "run"),
          ("flag", "slow", "terminated", "preload"), ("on", "slow", "killed", "run"),
          ("on", "quick", "killed", "run"), ("on", "quick", "killed", "preload"))),
    Row("silent_busy_crash", "while its core is dumped a program reads nothing",
        ("busy_server", "crash", "quick", "{disk}"), status=128 + 6),
    Row("silent_snapshot", "a child with a task of its own outlives its parent for as long",
        ("snapshot", "task")),
    healthy_end("lingering", "terminated"),
    healthy_end("lingering", "terminated", "preload"),
    *map(healthy_use, ("half_close_both_ways", "lingering_close", "serve_in_child",
                       "serve_as_inetd", "pass_to_workers", "reap_idle", "upgrade", "hand_over",
                       "two_streams", "replace_numbers")),
    *(healthy_use(how, "preload") for how in ("half_close_both_ways", "serve_in_child",
                                              "serve_as_inetd", "pass_to_workers", "upgrade")),
]
