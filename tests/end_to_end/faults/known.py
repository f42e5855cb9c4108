# SPDX-License-Identifier: MIT
"""Rows that fail, because their fault is not fixed yet: their tests pass for as long as they do.
Who fixes a fault removes its rows from here, and the tests insist on it. One name a line, under the
letter of its fault."""

KNOWN = [
    # l
    "l_python_teardown",
    # r
    # u
    # v
    # z
    "z_unrecorded",
]

# Those that fail only when threads, or a sample, come at the wrong moment: they may pass.
KNOWN_RACES = [
    # b
    "b_fork",
    "b_async_fork",
    "b_grandchild",
    # c
    "c_dup",
    "c_dup2",
    "c_fcntl",
    "c_rights",
    # h
    "h_fork_beside",
]
