# SPDX-License-Identifier: MIT
"""What leads from a loop, or from nothing at all, to the code that should have closed."""
from faults.row import Finding, Row

ROWS = [
    Row("number_mixed_up", "nobody used it, and its number had just been closed: that is where to look",
        ("mixed_up",),
        (Finding("fin-unread", 3, "accept_next", "not-polled"),),
        says=(r"Nothing was read or written after accept\(\); the descriptor number it got had been closed "
              r"[\d.]+ (us|ms) earlier, at mixed_up\.c:\d+ in drop_client\(\)",)),
    Row("wrapper_member", "a member function of one line only makes the call", ("one_line", "member"),
        (Finding("eof-unclosed", 3, "serve_member"),)),
    Row("wrapper_lambda", "so does a lambda, which is called by its variable", ("one_line", "lambda"),
        (Finding("eof-unclosed", 3, "serve_lambda"),)),
    Row("wrappers_python", "and two methods of one line, one inside the other",
        ("python3", "{programs}/one_line.py"), (Finding("eof-unclosed", 3, "serve"),),
        says=(r"Reader\.next\(\) and Client\.receive\(\) only wrap the call: the site is their caller\.",)),
    Row("wrapper_peeks", "who asks whether a connection is alive does not decide", ("peeks",),
        (Finding("eof-unclosed", 3, "take_from_pool"),),
        says=(r"is_alive\(\) only wraps the call: the site is its caller\.",)),
    Row("left_epoll", "what is wanted is who took it off epoll, not the helper that calls epoll_ctl()",
        ("after_end", "leave"),
        (Finding("eof-unclosed", 3, "read_first", fix=r"after the EPOLL_CTL_DEL in forget\(\)"),)),
    Row("tail_call_drain", "who ended with a jump to the call has no frame, and is named",
        ("tail_calls", "drain"), (Finding("eof-unclosed", 3, "drain"),)),
    Row("tail_call_serve", "so is who jumped to a function that jumped", ("tail_calls", "serve"),
        (Finding("eof-unclosed", 3, "serve"),)),
    Row("tail_call_keep", "and who jumped to one that has a frame", ("tail_calls", "keep"),
        (Finding("eof-unclosed", 3, "read_and_count", stacks={"eof": "keep"}),)),
    Row("handed_over", "who accepts for a thread does not serve: the thread's code forgot it",
        ("handed_over", "forgets"), (Finding("fin-unread", 3, "serve", "data-unread"),),
        says=(r"The connection was opened by other code; the site is where it was used\.",
              r"the connection used in serve\(\)")),
    Row("two_ways_refused", "what reads the same is one finding: one line that connects, called twice",
        ("two_ways", "refused"), (Finding("connect-unclosed", 6, "open_socket"),)),
    Row("two_ways_requests", "so is one request that other functions make, at first and later",
        ("two_ways", "requests"), (Finding("eof-unclosed", 3, "read_answer"),)),
    Row("handed_over_closed", "and its twin closes", ("handed_over", "closes")),
]
