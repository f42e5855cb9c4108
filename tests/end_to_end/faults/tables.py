# SPDX-License-Identifier: MIT
"""All rows."""
from faults import core, ends, handlers, holders, reports, silent, verdicts

ROWS = [*core.ROWS, *ends.ROWS, *handlers.ROWS, *holders.ROWS, *verdicts.ROWS, *silent.ROWS,
        *reports.ROWS]

NAMES = [row.name for row in ROWS]
assert len(set(NAMES)) == len(NAMES), "two rows have one name"
