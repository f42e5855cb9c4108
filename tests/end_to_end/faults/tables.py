# SPDX-License-Identifier: MIT
"""All rows."""
from faults import ends

ROWS = [*ends.ROWS]

NAMES = [row.name for row in ROWS]
assert len(set(NAMES)) == len(NAMES), "two rows have one name"
