# SPDX-License-Identifier: MIT
"""Rows that fail, because their fault is not fixed yet: their tests pass for as long as they do.
Who fixes a fault removes its rows from here, and the tests insist on it. One name a line, under the
letter of its fault."""

KNOWN = [
]

# Those that fail only when threads, or a sample, come at the wrong moment: they may pass.
KNOWN_RACES = [
]
