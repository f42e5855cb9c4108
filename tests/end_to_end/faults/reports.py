# SPDX-License-Identifier: MIT
"""What text reports say, and what they leave out."""
from faults.row import Finding, Row

ROWS = [
    Row("report_many", "of more than five findings a table comes first", ("many_sites",),
        tuple(Finding("eof-unclosed", 1) for _ in range(12)),
        says=(r"\(many_sites, pid \d+\) +1\. 1 eof-unclosed many_sites\.c:\d+ in forget_\d+\(\) 2\. ",
              r" 12\. 1 eof-unclosed many_sites\.c:\d+ in forget_\d+\(\) 1\. eof-unclosed: ",
              r" 12\. eof-unclosed: 1 socket at ",
              r" finleak: 12 sockets leaked at 12 sites in 1 process$")),
    Row("report_top", "... and only the first are shown in full, by --top", ("many_sites",),
        tuple(Finding("eof-unclosed", 1) for _ in range(12)), options=("--top=2",),
        says=("2 of 12 findings are shown in full", r" 12\. 1 eof-unclosed ",
              r" 2\. eof-unclosed: 1 socket at "),
        never_says=(r" 3\. eof-unclosed: 1 socket at ",)),
    Row("report_sockets", "--sockets lists each, with the time of day", ("wrapped",),
        (Finding("eof-unclosed", 3),), options=("--sockets",),
        says=(r"- pid \d+, descriptor \d+: 127\.0\.0\.1:\d+, peer 127\.0\.0\.1:\d+, CLOSE_WAIT, held "
              r"for \d+ ms, receive queue 0, opened 20\d\d-\d\d-\d\dT[\d:.]+Z",)),
    Row("report_parting", "where the ways part is what the user looks for", ("wrapped", "counted"),
        (Finding("eof-unclosed", 3, "counted_recv"),),
        says=(r"Fix: Call close\(\) on the path of these connections too: "
              r"`must\(counted_close\(fd\) == 0, \"close\"\);` at wrapped\.c:\d+ closes others, in "
              r"counted_close\(\) \(wrapped\.c:\d+\); for these, it does not, or is not reached\. ",),
        never_says=(r"In handle_counted\(\), ",)),
    Row("report_wrapper", "who only makes a call for its caller does not decide", ("wrapped",),
        (Finding("eof-unclosed", 3, "handle", closed_here=3, closed_at="handle"),),
        says=(r"my_recv\(\) only wraps the call: the site is its caller\.",
              r"Fix: Call close\(\) on this path too when my_recv\(\) in handle\(\) \(wrapped\.c:\d+\) "
              r"finds EOF\. In handle\(\), this path leaves after the call at wrapped\.c:\d+; other connections are closed at "
              r"wrapped\.c:\d+\. ",)),
    Row("report_folded", "what means nothing is folded", ("wrapped",), (Finding("eof-unclosed", 3),),
        never_says=("_start", "3 of them", r"Held for ([\d.]+ m?s) to \1", "a minute", "EMFILE")),
    Row("report_full", "... unless --full-stacks is given", ("wrapped",),
        (Finding("eof-unclosed", 3),), options=("--full-stacks",), says=(r" _start ",)),
    Row("report_lambda", "C++ names are short where nothing is lost by that", ("lambdas",),
        (Finding("eof-unclosed", 3),),
        says=(r"#\d+ main\(\)::\{lambda at lambdas\.cpp:\d+\} ", r"\d frames? of the C\+\+ library",
              r"dispatch\(std::map<std::string, "),
        never_says=("basic_string", "std::allocator", "std::less")),
    Row("report_asyncio", "asyncio's users close a writer, and never left epoll themselves",
        ("python3", "{programs}/streams.py"), (Finding("eof-unclosed", 3),),
        says=(r"Fix: Call writer\.close\(\)", r"\d+ frames? of asyncio"),
        never_says=("EPOLL_CTL_DEL", r"Fix: Call close\(\)", "_PyEval")),
    Row("report_node", "Node's users destroy a socket", ("node", "{programs}/forget.js"),
        (Finding("eof-unclosed", 10),), status=128 + 9,
        says=(r"Fix: Call end\(\) or destroy\(\) on the socket when it emits 'end'",
              r"\d+ frames? of Node\.js"),
        never_says=("EPOLL_CTL_DEL",)),
    Row("report_tls", "SSL_accept() is the call, and SSL_free() does not close", ("handshake",),
        (Finding("eof-unclosed", 3, "greet"),),
        says=(r"Fix: Call close\(\) on the descriptor when SSL_accept\(\) in greet\(\) "
              r"\(handshake\.c:\d+\) fails: SSL_free\(\) does not close it\.",)),
]
