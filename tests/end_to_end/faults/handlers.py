# SPDX-License-Identifier: MIT
"""What leads from a loop, or from nothing at all, to the code that should have closed."""
from faults.row import Finding, Row

ROWS = [
    Row("number_mixed_up", "nobody used it, and its number had just been closed: that is where to look",
        ("mixed_up",),
        (Finding("fin-unread", 3, "accept_next", "not-polled"),),
        says=(r"Nothing was read or written after accept\(\); the descriptor number it got had been closed "
              r"[\d.]+ (us|ms) earlier, at mixed_up\.c:\d+ in drop_client\(\)",)),
]
